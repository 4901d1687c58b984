//! `cst repair`, `backup`, `restore` and the levels of `verify`.

use std::path::{Path, PathBuf};

use cst_cache::Document;

use crate::support::command::{Done, Place, count};
use crate::support::samples::SAMPLES;
use crate::support::{grammar, segments, writer};

/// The command on another store than the place's own.
fn on(place: &Place, store: &str, arguments: &[&str]) -> Done {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cst"));
    command.current_dir(place.root()).env_remove("CST_STORE").args(arguments).args(["--store", store]);
    Done::of(&mut command)
}

fn indexed() -> Place {
    let place = Place::with_samples();
    place.settle();
    place.index();
    place
}

/// Where the tree of a sample lies in the one segment.
fn tree_in_segment(place: &Place, sample: usize) -> (PathBuf, Vec<u8>, usize) {
    let (language, _, text) = SAMPLES[sample];
    let key = Document::new(grammar(language), text.as_bytes()).key();
    let payload = writer(&place.store()).reader().get(&key.0).unwrap().unwrap().to_vec();
    let [segment] = &segments(&place.store())[..] else { panic!("one segment") };
    let bytes = std::fs::read(segment).unwrap();
    let at = bytes.windows(payload.len()).position(|window| window == payload).unwrap();
    (segment.clone(), bytes, at)
}

/// Writes a file anew: its old inode may be mapped.
fn replace(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn trees(place: &Place, store: &str) -> u64 {
    count(&on(place, store, &["verify", "--json"]).expect(0).json(), "trees")
}

#[test]
fn a_backup_is_a_store_and_can_be_restored() {
    let place = indexed();
    let report = place.run(&["backup", "copy", "--json"]).expect(0).json();
    assert_eq!(count(&report, "records"), 57, "28 trees, their catalog entries, the ledger: {report}");
    assert_eq!(trees(&place, "copy"), 28);
    place.run(&["backup", "copy"]).expect(2).says(&["error: ", "copy", "already holds", "empty"]);

    // Into a folder that is not there, then over a store that went on.
    on(&place, "anew", &["restore", "copy"]).expect(0);
    assert_eq!(trees(&place, "anew"), 28);
    place.write("more.rs", "fn more() {}\n");
    place.index();
    place.run(&["restore", "copy"]).expect(2).says(&["error: ", "already holds", "--replace"]);
    assert_eq!(trees(&place, "store"), 29);
    let report = place.run(&["restore", "copy", "--replace", "--json"]).expect(0).json();
    assert_eq!((count(&report, "records"), count(&report, "removed")), (57, 2), "{report}");
    assert_eq!(trees(&place, "store"), 28);
    let table = on(&place, "other", &["restore", "copy"]).expect(0).stdout;
    assert!(table.contains("records") && table.contains("57"), "{table}");
}

#[test]
fn a_backup_needs_no_pause_of_the_writer() {
    let place = indexed();
    let held = writer(&place.store());
    held.put(&[9; 32], b"not committed").unwrap();
    place.run(&["backup", "copy"]).expect(0);
    assert_eq!(trees(&place, "copy"), 28);
    for arguments in [&["repair"][..], &["restore", "copy", "--replace"]] {
        place.run(arguments).expect(2).says(&["error: ", "being written by", "wait"]);
    }
}

#[test]
fn where_there_is_nothing_that_is_said() {
    let place = Place::empty();
    for arguments in [&["repair"][..], &["backup", "copy"], &["export", "file"]] {
        place.run(arguments).expect(2).says(&["error: ", "no store in", "cst index DIR"]);
    }
    place.run(&["restore", "copy"]).expect(2).says(&["error: ", "no backup in", "copy"]);
    assert!(!place.store().exists() && !place.root().join("copy").exists());
    assert!(!place.root().join("file").exists());
}

#[test]
fn a_damaged_tree_is_found_repaired_and_named() {
    let place = indexed();
    let (segment, mut bytes, at) = tree_in_segment(&place, 0);
    bytes[at + 9] ^= 2;
    replace(&segment, &bytes);
    for (level, status) in [("headers", 0), ("checksums", 1), ("deep", 1), ("parse", 1)] {
        let done = place.run(&["verify", "--level", level, "--json"]).expect(status);
        assert_eq!(count(&done.json(), if level == "parse" { "damaged" } else { "wrong" }), status as u64);
    }
    let table = place.run(&["verify", "--level", "checksums"]).expect(1).stdout;
    assert!(table.contains("wrong: damaged payload at byte "), "{table}");

    let done = place.run(&["backup", "copy", "--json"]).expect(1);
    assert_eq!(count(&done.json(), "records"), 56);
    done.says(&["lost: damaged payload", SAMPLES[0].1, "cst index"]);

    let done = place.run(&["repair", "--json"]).expect(1);
    let report = done.json();
    assert_eq!((count(&report, "records"), count(&report, "salvaged")), (56, 0), "{report}");
    let lost = &report["lost"][0];
    assert!(lost["path"].as_str().unwrap().ends_with(SAMPLES[0].1), "{report}");
    assert_eq!(lost["key"].as_str().unwrap().len(), 64);
    assert_eq!(report["set_aside"].as_array().unwrap().len(), 1);
    place.run(&["verify", "--level", "deep"]).expect(0);
    assert_eq!(count(&place.index(), "parsed"), 1);
    place.run(&["verify"]).expect(0);
    let report = place.run(&["repair", "--json"]).expect(0).json();
    assert_eq!((count(&report, "records"), report["set_aside"].as_array().unwrap().len()), (57, 0));
}

#[test]
fn a_segment_without_its_end_is_salvaged_in_place_or_elsewhere() {
    let place = indexed();
    let [segment] = &segments(&place.store())[..] else { panic!("one segment") };
    let mut bytes = std::fs::read(segment).unwrap();
    // Where the index begins, the footer says: all records are left, and nothing proves it.
    let footer = bytes.len() - 112;
    let index = u64::from_le_bytes(bytes[footer + 32..footer + 40].try_into().unwrap());
    bytes.truncate(usize::try_from(index).unwrap());
    replace(segment, &bytes);
    assert_eq!(count(&place.run(&["stats", "--json"]).expect(1).json(), "trees"), 0);
    let report = place.run(&["repair", "--into", "saved", "--json"]).expect(1).json();
    assert_eq!((count(&report, "records"), count(&report, "salvaged")), (57, 57), "{report}");
    assert_eq!(report["lost"][0]["what"], "truncated or damaged segment", "{report}");
    assert_eq!(trees(&place, "saved"), 28);
    assert_eq!(std::fs::read(segment).unwrap(), bytes, "the store is as it was");
    let table = place.run(&["repair"]).expect(1).stdout;
    assert!(table.contains("57") && table.contains(".damaged"), "{table}");
    assert_eq!(trees(&place, "store"), 28);
}

#[test]
fn a_tree_under_a_wrong_key_is_found_by_the_deep_level_alone() {
    let place = indexed();
    let store = writer(&place.store());
    let key = |sample: usize| {
        let (language, _, text) = SAMPLES[sample];
        Document::new(grammar(language), text.as_bytes()).key().0
    };
    let other = store.reader().get(&key(1)).unwrap().unwrap().to_vec();
    store.put(&key(0), &other).unwrap();
    store.commit(cst_cache::Durability::Fsync).unwrap();
    drop(store);
    place.run(&["verify", "--level", "checksums"]).expect(0);
    let report = place.run(&["verify", "--level", "deep", "--json"]).expect(1).json();
    assert_eq!((count(&report, "wrong"), count(&report, "trees")), (1, 27), "{report}");
    place.run(&["verify", "source", "--level", "deep"]).expect(2).says(&["error: ", "--level"]);
}

/// Indexes a folder beside the source that has one file, with this text; how many records were lost.
fn index_other(place: &Place, text: &str) -> u64 {
    place.write("../other/a.rs", text);
    count(&place.run(&["index", "other", "--json"]).expect(0).json(), "lost")
}

/// A tree is gone: the run over its file says that it parsed it, and no run that it is lost.
fn check_lost_for_good(place: &Place) {
    assert_eq!(count(&place.verify(), "damaged"), 1);
    let report = place.index();
    assert_eq!((count(&report, "lost"), count(&report, "parsed")), (0, 1), "{report}");
    let report = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&report, "damaged"), count(&report, "trees")), (0, 29), "{report}");
}

/// A run that reads the whole store finds the damage, copies the rest at once, and says what it could not copy.
#[test]
fn damage_that_a_run_finds_is_told() {
    let place = indexed();
    let (segment, mut bytes, at) = tree_in_segment(&place, 0);
    bytes[at + 9] ^= 2;
    replace(&segment, &bytes);
    assert_eq!(index_other(&place, "fn a() {}"), 1);
    assert!(!segment.exists(), "it was copied");
    check_lost_for_good(&place);
}

/// So does one that comes upon it only because it is time to merge segments.
#[test]
fn what_compaction_cannot_take_along_is_told() {
    let place = indexed();
    let (segment, mut bytes, at) = tree_in_segment(&place, 0);
    // From now on a run over this folder reads only what is of it.
    assert_eq!(index_other(&place, "fn a() {}"), 0);
    bytes[at + 9] ^= 2;
    replace(&segment, &bytes);
    let (mut lost, mut runs) = (0, 0);
    while segment.exists() {
        runs += 1;
        assert!(runs <= 8 && lost == 0, "{lost} lost in {runs} runs, and the segment is still there");
        lost = index_other(&place, &format!("fn a() {{ {runs} }}"));
    }
    assert!(lost == 1 && runs > 1, "{lost} lost in {runs} runs");
    check_lost_for_good(&place);
}
