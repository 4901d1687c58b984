//! `cst index`: what it counts, and when it parses.

use std::time::{Duration, SystemTime};

use crate::support::command::{Place, count, reason, set_modified};
use crate::support::samples::{SAMPLES, long};

const FIELDS: [&str; 12] = [
    "files",
    "lines",
    "source_bytes",
    "parsed",
    "hits",
    "skipped",
    "failed",
    "parse_seconds",
    "encode_seconds",
    "seconds",
    "live_tree_bytes",
    "stored_bytes",
];

#[test]
fn the_first_run_parses_all_and_the_second_nothing() {
    let place = Place::with_samples();
    let first = place.index();
    for field in FIELDS {
        assert!(!first[field].is_null(), "{field} in {first}");
    }
    let lines: usize = SAMPLES.iter().map(|sample| sample.2.lines().count()).sum();
    let bytes: usize = SAMPLES.iter().map(|sample| sample.2.len()).sum();
    assert_eq!(count(&first, "files"), 28);
    assert_eq!((count(&first, "parsed"), count(&first, "hits")), (28, 0));
    assert_eq!((count(&first, "lines"), count(&first, "source_bytes")), (lines as u64, bytes as u64));
    assert_eq!((count(&first, "skipped"), count(&first, "failed")), (0, 0));
    assert!(first["skipped"].is_object() && first["failed"].is_object());
    assert!(
        first["parse_seconds"].as_f64().unwrap() > 0.0 && first["encode_seconds"].as_f64().unwrap() > 0.0
    );
    assert!(count(&first, "live_tree_bytes") > 5 * bytes as u64);
    let on_disk: u64 =
        crate::support::segments(&place.store()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(count(&first, "stored_bytes"), on_disk);

    for run in 0..2 {
        let again = place.index();
        assert_eq!(
            (count(&again, "files"), count(&again, "parsed"), count(&again, "hits")),
            (28, 0, 28),
            "{run}"
        );
        for field in ["lines", "source_bytes", "live_tree_bytes"] {
            assert_eq!(again[field], first[field], "{field}");
        }
        assert_eq!((again["parse_seconds"].as_f64(), count(&again, "damaged")), (Some(0.0), 0));
        // Then with times that can be trusted, so that the files are not even read.
        place.settle();
        place.index();
    }
    assert_eq!(count(&place.verify(), "trees"), 28);
}

#[test]
fn what_is_settled_is_not_read_again_and_the_store_does_not_grow() {
    let place = Place::with_samples();
    place.settle();
    let first = place.index();
    for _ in 0..5 {
        let again = place.index();
        assert_eq!(count(&again, "hits"), 28);
        let (grown, was) = (count(&again, "stored_bytes"), count(&first, "stored_bytes"));
        assert!(grown <= was * 3, "{was} bytes became {grown}");
    }
}

#[test]
fn plain_trees_take_more_room_and_are_hits_in_any_form() {
    let (place, compact) = (Place::with_samples(), Place::with_samples());
    let plain = place.run(&["index", "source", "--json", "--form", "plain"]).expect(0).json();
    let compact = compact.index();
    assert!(count(&plain, "stored_bytes") > count(&compact, "stored_bytes"), "{plain}, {compact}");
    // They are not stored again in the other.
    for form in ["compact", "plain"] {
        let again = place.run(&["index", "source", "--json", "--form", form]).expect(0).json();
        assert_eq!((count(&again, "parsed"), count(&again, "hits")), (0, 28), "{form}");
    }
    let (verified, got) = (place.verify(), place.run(&["get", "source/rust/sound.rs"]).expect(0));
    assert_eq!((count(&verified, "trees"), count(&verified, "differing")), (28, 0));
    assert!(got.stdout.starts_with("(source_file"));
    place.run(&["index", "source", "--form", "other"]).expect(2);
}

#[test]
fn a_file_that_was_only_touched_is_a_hit() {
    let place = Place::with_samples();
    place.settle();
    place.index();
    set_modified(&place.source().join("rust/sound.rs"), SystemTime::now() - Duration::from_secs(10));
    let again = place.index();
    assert_eq!((count(&again, "parsed"), count(&again, "hits")), (0, 28));
}

#[test]
fn only_a_file_that_changed_is_parsed() {
    let place = Place::with_samples();
    place.settle();
    place.index();
    let path = place.write("python/sound.py", "x = 1\ny = 2\n");
    let again = place.index();
    assert_eq!((count(&again, "parsed"), count(&again, "hits"), count(&again, "files")), (1, 27, 28));
    // Of the same length, and written so soon after that its time may be the same.
    place.write("python/sound.py", "x = 1\ny = 3\n");
    let again = place.index();
    assert_eq!((count(&again, "parsed"), count(&again, "hits")), (1, 27));
    // And back: the store still has that tree.
    std::fs::write(path, "x = 1\ny = 2\n").unwrap();
    let again = place.index();
    assert_eq!((count(&again, "parsed"), count(&again, "hits")), (0, 28));
    assert_eq!(count(&place.verify(), "differing"), 0);
}

#[test]
fn added_renamed_and_deleted_files() {
    let place = Place::with_samples();
    place.index();
    place.write("go/new.go", "package p\n");
    assert_eq!(count(&place.index(), "parsed"), 1);
    std::fs::rename(place.source().join("go/new.go"), place.source().join("go/other.go")).unwrap();
    let renamed = place.index();
    assert_eq!((count(&renamed, "parsed"), count(&renamed, "files")), (0, 29), "the content is known");
    assert_eq!(count(&renamed, "forgotten"), 1, "the one of the old name");
    std::fs::remove_file(place.source().join("go/other.go")).unwrap();
    let removed = place.index();
    assert_eq!((count(&removed, "parsed"), count(&removed, "files")), (0, 28));
    assert_eq!(count(&removed, "forgotten"), 1);
    let verified = place.verify();
    assert_eq!(
        (count(&verified, "trees"), count(&verified, "differing"), count(&verified, "damaged")),
        (28, 0, 0)
    );
    assert_eq!(count(&verified, "stale"), 0, "nothing is said of files that are gone");
    assert_eq!(count(&place.run(&["stats", "--json"]).expect(0).json(), "files"), 28);
    // Only those of the folder that is indexed, and only what is gone: not what is skipped.
    place.write("rust/large.rs", long("rust", 200));
    place.index();
    std::fs::remove_dir_all(place.source().join("python")).unwrap();
    let sub = |options: &[&str]| {
        let arguments = [&["index", "source/rust", "--json"], options].concat();
        place.run(&arguments).expect(0).json()
    };
    assert_eq!(count(&sub(&["--max-file-size", "1kB"]), "forgotten"), 0);
    assert_eq!(count(&place.run(&["stats", "--json"]).expect(0).json(), "files"), 29);
    assert_eq!(count(&sub(&[]), "hits"), 3);
    assert_eq!(count(&place.index(), "forgotten"), 2);
}

#[test]
fn the_same_text_in_many_files_is_one_tree_per_language() {
    let place = Place::empty();
    for i in 0..20 {
        place.write(&format!("{i}.ts"), "f(1);\n");
        place.write(&format!("{i}.js"), "f(1);\n");
    }
    assert_eq!(count(&place.index(), "files"), 40);
    let stats = place.run(&["stats", "--json"]).expect(0).json();
    assert_eq!((count(&stats, "files"), count(&stats, "trees")), (40, 2));
    assert_eq!(count(&place.verify(), "trees"), 40);
    assert_eq!(count(&place.index(), "hits"), 40);
}

#[test]
fn the_table_has_every_row_and_no_progress_where_there_is_no_terminal() {
    let place = Place::with_samples();
    place.write("odd.xyz", "what is this");
    let done = place.run(&["index", "source"]).expect(0);
    for row in [
        "files", "lines", "source", "parsed", "hits", "skipped", "failed", "parse", "encode", "total",
        "live", "store",
    ] {
        assert!(done.stdout.lines().any(|line| line.starts_with(row)), "{row} in\n{}", done.stdout);
    }
    assert!(done.stdout.contains("lines / MB") && done.stdout.contains("of the source"), "{}", done.stdout);
    assert!(done.stdout.contains("unknown language 1"), "{}", done.stdout);
    assert!(!done.stdout.contains('\u{1b}') && done.stderr.is_empty(), "{done:?}");
}

#[test]
fn threads_and_compression_change_nothing_in_the_result() {
    let place = Place::with_samples();
    let reports = ["1", "2", "16"].map(|threads| {
        let _ = std::fs::remove_dir_all(place.store());
        place.run(&["index", "source", "--json", "--threads", threads, "--compression", "9"]).expect(0).json()
    });
    for report in &reports {
        for field in ["files", "lines", "source_bytes", "parsed", "live_tree_bytes"] {
            assert_eq!(report[field], reports[0][field], "{field}");
        }
    }
    assert_eq!(count(&place.verify(), "trees"), 28);
}

#[test]
fn a_budget_that_no_file_fits_skips_them_by_that_reason() {
    let place = Place::with_samples();
    place.write("large.rs", long("rust", 2_000));
    place.write("empty.rs", "");
    let report = place.run(&["index", "source", "--json", "--memory-budget", "1MB"]).expect(0).json();
    assert_eq!(reason(&report, "skipped", "too_large"), 1, "{report}");
    assert_eq!(count(&report, "parsed"), 29);
    let report = place.run(&["index", "source", "--json", "--memory-budget", "0"]).expect(0).json();
    assert_eq!((reason(&report, "skipped", "too_large"), count(&report, "files")), (29, 1), "{report}");
}

#[test]
fn many_small_runs_leave_few_segments() {
    let place = Place::with_samples();
    place.settle();
    for run in 0..40 {
        place.write(&format!("{run}.rs"), format!("fn f{run}() {{}}\n"));
        assert_eq!(count(&place.index(), "parsed"), 1 + if run == 0 { 28 } else { 0 });
        let segments = crate::support::segments(&place.store()).len();
        assert!(segments < 8, "{segments} after {run}");
    }
    assert_eq!(count(&place.verify(), "trees"), 68);
    let left = std::fs::read_dir(place.store()).unwrap().flatten();
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn stats_say_what_index_said() {
    let place = Place::with_samples();
    let indexed = place.index();
    let stats = place.run(&["stats", "--json"]).expect(0).json();
    for field in
        ["files", "lines", "source_bytes", "live_tree_bytes", "stored_bytes", "stored_per_source_byte"]
    {
        assert_eq!(stats[field], indexed[field], "{field}");
    }
    assert_eq!(
        (count(&stats, "trees"), count(&stats, "damaged"), count(&stats, "quarantined_segments")),
        (28, 0, 0)
    );
    assert_eq!(stats["languages"].as_object().unwrap().len(), 14);
    for (language, of) in stats["languages"].as_object().unwrap() {
        assert_eq!(of["files"], 2, "{language}");
        assert!(
            of["lines"].as_u64().unwrap() > 1 && of["tree_record_bytes"].as_u64().unwrap() > 100,
            "{language}"
        );
    }
    let table = place.run(&["stats"]).expect(0).stdout;
    assert!(table.contains("distinct trees") && table.contains("ruby"), "{table}");
}
