//! Which files `cst index` takes: those that ripgrep would search, in languages it knows.

use crate::support::command::{Done, Place, count, reason};

/// The names of the files in the catalog, as `verify` would read them again.
fn indexed(place: &Place, names: &[&str]) -> Vec<bool> {
    names.iter().map(|name| place.run(&["get", &format!("source/{name}")]).status == 0).collect()
}

#[test]
fn ignored_and_hidden_files_are_passed_over() {
    let place = Place::empty();
    std::fs::create_dir(place.source().join(".git")).unwrap();
    place.write(".gitignore", "/target\n*.gen.rs\n!keep.gen.rs\n");
    place.write("sub/.gitignore", "local.rs\n");
    place.write(".ignore", "by_ignore.rs\n");
    place.write(".rgignore", "by_rgignore.rs\n");
    place.write(".git/info/exclude", "by_exclude.rs\n");
    let names = [
        ("a.rs", true),
        ("target/b.rs", false),
        ("sub/target/c.rs", true),
        ("d.gen.rs", false),
        ("keep.gen.rs", true),
        ("sub/local.rs", false),
        ("local.rs", true),
        ("by_ignore.rs", false),
        ("by_rgignore.rs", false),
        ("by_exclude.rs", false),
        (".hidden.rs", false),
        (".hidden/e.rs", false),
        ("sub/deep/er/f.rs", true),
    ];
    for (i, (name, _)) in names.iter().enumerate() {
        place.write(name, format!("fn f{i}() {{}}\n"));
    }
    let report = place.index();
    assert_eq!(count(&report, "files"), 5, "{report}");
    assert_eq!((count(&report, "skipped"), count(&report, "failed")), (0, 0), "{report}");
    let found = indexed(&place, &names.map(|(name, _)| name));
    assert_eq!(found, names.map(|(_, expected)| expected));
}

#[test]
fn outside_of_a_repository_gitignore_says_nothing() {
    let place = Place::empty();
    place.write(".gitignore", "*.rs\n");
    place.write("a.rs", "fn f() {}\n");
    assert_eq!(count(&place.index(), "files"), 1);
}

#[test]
fn a_store_within_the_folder_is_not_indexed() {
    let place = Place::empty();
    place.write("a.json", "[1]\n");
    for store in ["source/store", "source/.cst"] {
        for _ in 0..2 {
            let mut command = place.command(&["index", "source", "--json"]);
            let report = Done::of(command.env("CST_STORE", store)).expect(0).json();
            assert_eq!(count(&report, "files"), 1);
            assert_eq!((count(&report, "skipped"), count(&report, "failed")), (0, 0), "{report}");
        }
    }
}

#[cfg(unix)]
#[test]
fn links_are_counted_and_not_followed() {
    use std::os::unix::fs::symlink;
    let place = Place::empty();
    let file = place.write("sub/a.rs", "fn f() {}\n");
    symlink(&file, place.source().join("link.rs")).unwrap();
    symlink("nowhere", place.source().join("dangling.rs")).unwrap();
    symlink("..", place.source().join("sub/loop")).unwrap();
    symlink("itself", place.source().join("itself")).unwrap();
    let report = place.index();
    assert_eq!((count(&report, "files"), reason(&report, "skipped", "symlink")), (1, 4), "{report}");
    assert_eq!(count(&report, "failed"), 0, "{report}");
    // A link that is named itself is followed.
    symlink(place.source(), place.root().join("link")).unwrap();
    let report = place.run(&["index", "link", "--json"]).expect(0).json();
    assert_eq!((count(&report, "files"), count(&report, "hits")), (1, 1));
    place.run(&["get", "source/link.rs"]).expect(0);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let place = Place::empty();
    place.write("a.rs", "fn f() {}\n");
    let _listener = std::os::unix::net::UnixListener::bind(place.source().join("socket.rs")).unwrap();
    // Opening a pipe that nobody writes would wait for ever.
    let made = std::process::Command::new("mkfifo").arg(place.source().join("pipe.rs")).status();
    let pipes = u64::from(made.is_ok_and(|status| status.success()));
    let report = place.index();
    assert_eq!(
        (count(&report, "files"), reason(&report, "skipped", "not_a_file")),
        (1, 1 + pipes),
        "{report}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_skipped_and_counted() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::empty();
    place.write("a.rs", "fn f() {}\n");
    place.write("caf\u{e9} \u{1f600}\n.rs", "fn g() {}\n");
    std::fs::write(place.source().join(OsStr::from_bytes(b"bad\xff.rs")), "fn h() {}\n").unwrap();
    let folder = place.source().join(OsStr::from_bytes(b"bad\xfe"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("b.rs"), "fn i() {}\n").unwrap();
    let report = place.index();
    assert_eq!(
        (count(&report, "files"), count(&report, "skipped"), count(&report, "failed")),
        (2, 2, 0),
        "{report}"
    );
    assert_eq!(count(&place.index(), "hits"), 2);
    assert_eq!(count(&place.verify(), "trees"), 2);
}

#[test]
fn the_language_follows_from_the_name() {
    let place = Place::empty();
    let names = [
        ("A.RS", "rust"),
        ("a.pyi", "python"),
        ("a.jsx", "javascript"),
        ("a.mts", "typescript"),
        ("a.h", "c"),
        ("a.C", "cpp"),
        ("PKGBUILD", "bash"),
        ("Gemfile", "ruby"),
        ("a.b.htm", "html"),
    ];
    for (name, _) in names {
        place.write(name, "x = 1\n");
    }
    let report = place.index();
    assert_eq!(count(&report, "files"), names.len() as u64, "{report}");
    let stats = place.run(&["stats", "--json"]).expect(0).json();
    for (name, language) in names {
        assert_eq!(stats["languages"][language]["files"], 1, "{name}");
    }
}
