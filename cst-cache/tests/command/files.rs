//! Files that are not what one would wish: skipped or failed, counted by reason, never the end of a run.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::command::{Place, count, reason};
use crate::support::samples::long;

#[test]
fn each_is_counted_by_what_is_wrong_with_it() {
    let place = Place::empty();
    place.write("good.rs", "fn f() {}\n");
    place.write("empty.rs", "");
    place.write("blank.py", "\n\n   \n");
    place.write("binary.rs", b"fn f() {}\0\x01\x02");
    place.write("utf16.py", b"\xff\xfex\0=\0y\0");
    place.write("latin1.c", b"/* caf\xe9 */ int x;\n");
    place.write("mark.json", b"\xef\xbb\xbf[1]\n");
    place.write("unknown.xyz", "text");
    place.write("crlf.go", "package p\r\n\r\nfunc f() {}\r\n");
    place.write("late_nul.js", [vec![b' '; 9_000], b"\0x\n".to_vec()].concat());
    for run in 0..2 {
        let report = place.index();
        assert_eq!(count(&report, "files"), 6, "{report}");
        assert_eq!(reason(&report, "skipped", "binary"), 2, "{report}");
        assert_eq!(reason(&report, "skipped", "not_utf8"), 1, "{report}");
        assert_eq!(reason(&report, "skipped", "unknown_language"), 1, "{report}");
        assert_eq!((count(&report, "skipped"), count(&report, "failed")), (4, 0), "{report}");
        assert_eq!(count(&report, if run == 0 { "parsed" } else { "hits" }), 6, "{report}");
    }
    assert_eq!(count(&place.verify(), "trees"), 6);
    for name in ["empty.rs", "blank.py", "mark.json", "late_nul.js"] {
        place.run(&["get", &format!("source/{name}")]).expect(0);
    }
    for name in ["binary.rs", "latin1.c"] {
        place.run(&["get", &format!("source/{name}")]).expect(3).says(&["never indexed"]);
    }
}

#[test]
fn large_files_are_skipped_without_being_read() {
    let place = Place::empty();
    place.write("good.rs", "fn f() {}\n");
    place.write("limit.rs", long("rust", 100));
    let sparse = std::fs::File::create(place.source().join("sparse.rs")).unwrap();
    sparse.set_len(100 << 20).unwrap();
    let report = place.index();
    assert_eq!((count(&report, "files"), reason(&report, "skipped", "too_large")), (2, 1), "{report}");
    let size = long("rust", 100).len();
    for (limit, skipped) in [(size - 1, 2), (size, 1)] {
        let report =
            place.run(&["index", "source", "--json", "--max-file-size", &limit.to_string()]).expect(0).json();
        assert_eq!(reason(&report, "skipped", "too_large"), skipped, "{report}");
    }
    // Nothing but zeros: allowed in, it is binary.
    let arguments = ["index", "source", "--json", "--max-file-size", "200MB", "--memory-budget", "16GB"];
    let report = place.run(&arguments).expect(0).json();
    assert_eq!((reason(&report, "skipped", "binary"), count(&report, "files")), (1, 2), "{report}");
    place.run(&["get", "source/sparse.rs"]).expect(3);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_a_failure_of_that_file_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::empty();
    place.write("good.rs", "fn f() {}\n");
    let file = place.write("closed.rs", "fn g() {}\n");
    let folder = place.source().join("closed");
    place.write("closed/inner.rs", "fn h() {}\n");
    let set = |path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(&file, 0o000);
    set(&folder, 0o000);
    let may_read_all = std::fs::File::open(&file).is_ok();
    let report = place.index();
    if may_read_all {
        println!("this user may read everything: nothing is unreadable here");
        assert_eq!((count(&report, "files"), count(&report, "failed")), (3, 0), "{report}");
    } else {
        assert_eq!((count(&report, "files"), reason(&report, "failed", "unreadable")), (1, 2), "{report}");
        place.run(&["get", "source/closed.rs"]).expect(2).says(&["cannot read", "closed.rs"]);
    }
    set(&folder, 0o755);
    set(&file, 0o644);
    assert_eq!(count(&place.index(), "files"), 3);
}

#[test]
fn a_file_that_becomes_unreadable_text_does_not_keep_its_old_tree() {
    let place = Place::empty();
    let path = place.write("a.rs", "fn f() {}\n");
    place.settle();
    place.index();
    std::fs::write(path, b"fn f() {}\0").unwrap();
    let report = place.index();
    assert_eq!((count(&report, "files"), reason(&report, "skipped", "binary")), (0, 1), "{report}");
    place.run(&["get", "source/a.rs"]).expect(3);
}

#[test]
fn a_file_rewritten_all_the_while_never_gives_a_wrong_tree() {
    let place = Place::empty();
    for i in 0..10 {
        place.write(&format!("still_{i}.rs"), long("rust", 50 + i));
    }
    let paths: Vec<_> = (0..4).map(|i| place.write(&format!("moving_{i}.rs"), "fn f() {}\n")).collect();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !stop.load(Ordering::Relaxed) {
                round += 1;
                for path in &paths {
                    // In place, so that readers may see a part of it.
                    let _ = std::fs::write(path, long("rust", round % 300));
                }
            }
        });
        for _ in 0..10 {
            let report = place.index();
            let seen = count(&report, "files") + count(&report, "skipped") + count(&report, "failed");
            assert_eq!(seen, 14, "{report}");
            let verified = place.verify();
            assert_eq!((count(&verified, "differing"), count(&verified, "damaged")), (0, 0), "{verified}");
        }
        stop.store(true, Ordering::Relaxed);
    });
    // At rest, each file's tree is that of its content.
    let report = place.index();
    assert_eq!(count(&report, "files"), 14);
    let verified = place.verify();
    assert_eq!((count(&verified, "trees"), count(&verified, "stale")), (14, 0), "{verified}");
}

#[test]
fn files_that_vanish_while_they_are_indexed_end_nothing() {
    let place = Place::empty();
    place.write("still.rs", "fn f() {}\n");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for i in 0..50 {
                    place.write(&format!("passing/{i}.py"), format!("x = {i}\n"));
                }
                let _ = std::fs::remove_dir_all(place.source().join("passing"));
            }
        });
        for _ in 0..10 {
            let report = place.run(&["index", "source", "--json"]).expect(0).json();
            assert!(count(&report, "files") >= 1, "{report}");
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(count(&place.verify(), "differing"), 0);
}
