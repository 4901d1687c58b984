//! `cst export` and `import`, and a pack read where it lies.

use std::path::PathBuf;

use cst_cache::Document;
use cst_frozen::{Key, Options, Pack};

use crate::support::command::{Place, count};
use crate::support::samples::SAMPLES;
use crate::support::{grammar, reader};

/// A place with an exported pack, and the pack.
fn exported() -> (Place, PathBuf) {
    let place = Place::with_samples();
    place.settle();
    place.index();
    let report = place.run(&["export", "trees.pack", "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "damaged")), (28, 0), "{report}");
    assert_eq!(report["languages"]["rust"], 2, "{report}");
    let file = place.root().join("trees.pack");
    assert_eq!(count(&report, "bytes"), std::fs::metadata(&file).unwrap().len());
    (place, file)
}

/// Writes the pack again with another header, or other records.
fn rewrite(file: &PathBuf, change: impl FnOnce(&mut serde_json::Value, &mut Vec<(Key, Vec<u8>)>)) {
    let pack = Pack::open(file, Options::default()).unwrap();
    let mut header = serde_json::from_slice(pack.header()).unwrap();
    let mut records: Vec<_> =
        pack.reader().iter().map(Result::unwrap).map(|(key, record)| (key, record.to_vec())).collect();
    change(&mut header, &mut records);
    Pack::write(file, header.to_string().as_bytes(), records).unwrap();
}

#[test]
fn what_one_machine_parsed_another_does_not_parse() {
    let (place, file) = exported();
    let there = Place::with_samples();
    there.settle();
    let file = file.to_str().unwrap();
    let report = there.run(&["import", file, "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "present")), (28, 0), "{report}");
    there.run(&["get", "source/rust/sound.rs"]).expect(0);
    let report = there.index();
    assert_eq!((count(&report, "parsed"), count(&report, "hits")), (0, 28), "{report}");
    assert_eq!(count(&there.verify(), "trees"), 28);
    let table = there.run(&["import", file]).expect(0).stdout;
    assert!(table.contains("in the store already"), "{table}");
    drop(place);
}

#[test]
fn the_same_trees_make_the_same_pack_and_no_path_goes_with_them() {
    let (place, file) = exported();
    let (other, again) = exported();
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes, std::fs::read(again).unwrap());
    let root = place.root();
    let root = root.to_str().unwrap().as_bytes();
    assert!(!bytes.windows(root.len()).any(|window| window == root));
    drop(other);
}

#[test]
fn a_pack_is_read_where_it_lies() {
    let (place, _) = exported();
    std::fs::remove_dir_all(place.store()).unwrap();
    std::fs::rename(place.root().join("trees.pack"), place.store()).unwrap();
    let tree = place.run(&["get", "source/rust/sound.rs"]).expect(0).stdout;
    assert!(tree.starts_with("(source_file"), "{tree}");
    let report = place.run(&["stats", "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "files")), (28, 0), "{report}");
    let report = place.run(&["verify", "--level", "deep", "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "wrong")), (28, 0), "{report}");
    place.run(&["verify"]).expect(2).says(&["error: ", "pack", "--level deep"]);
    place.run(&["index", "source"]).expect(2).says(&["error: ", "not a store"]);
    // The library does the same.
    let store = cst_cache::care::open(&place.store()).unwrap();
    let cache = cst_cache::Cache::builder().store(std::sync::Arc::new(store)).build();
    let (language, _, text) = SAMPLES[0];
    assert!(cache.get(&Document::new(grammar(language), text.as_bytes())).is_some());
}

#[test]
fn a_pack_of_another_release_or_of_other_grammars_is_refused() {
    let (place, file) = exported();
    let there = Place::empty();
    let name = file.to_str().unwrap().to_owned();
    rewrite(&file, |header, _| header["tree_sitter"] = "0.26.1".into());
    let import = |words: &[&str]| there.run(&["import", &name]).expect(2).says(words);
    import(&["error: ", "tree-sitter 0.26.1", "index the sources here"]);
    rewrite(&file, |header, _| {
        header["tree_sitter"] = cst_cache_release().into();
        header["bytecode"] = 999.into();
    });
    import(&["error: ", "bytecode version 999"]);
    assert!(!there.store().exists(), "nothing was made");
    let (_other, file) = exported();
    let name = file.to_str().unwrap().to_owned();
    rewrite(&file, |header, _| {
        for grammar in header["grammars"].as_array_mut().unwrap() {
            grammar["id"] = "00".repeat(32).into();
        }
    });
    there.run(&["import", &name]).expect(2).says(&["error: ", "rust", "other builds of their grammars"]);
    std::fs::write(&file, b"text").unwrap();
    there.run(&["import", &name]).expect(2).says(&["error: ", "not a pack"]);
    Pack::write(&file, b"of somebody else", vec![([1; 32], b"record")]).unwrap();
    there.run(&["import", &name]).expect(2).says(&["error: ", "not one of syntax trees"]);
    there.run(&["import", "missing"]).expect(2).says(&["error: ", "missing", "check the path"]);
    drop(place);
}

fn cst_cache_release() -> String {
    let release = cst_bytecode::TREE_SITTER_RELEASE;
    format!("{}.{}.{}", release >> 20, (release >> 10) & 1023, release & 1023)
}

#[test]
fn trees_that_are_not_what_they_are_said_to_be_stay_out() {
    let (_place, file) = exported();
    let there = Place::empty();
    let name = file.to_str().unwrap().to_owned();
    rewrite(&file, |_, records| {
        // One under another's key, one that is noise, one of a grammar that is not here.
        records[0].1 = records[1].1.clone();
        records[2].1 = b"CSTT and then noise that is long enough".to_vec();
        records[3].1 = b"something else".to_vec();
    });
    let report = there.run(&["import", &name, "--json"]).expect(1).json();
    assert_eq!((count(&report, "trees"), count(&report, "wrong")), (25, 3), "{report}");
    let store = reader(&there.store());
    let held = SAMPLES
        .iter()
        .map(|(language, _, text)| Document::new(grammar(language), text.as_bytes()).key().0)
        .filter(|key| store.contains(key))
        .count();
    assert_eq!(held, 25);
    there.run(&["verify", "--level", "deep"]).expect(0);
}

#[test]
fn a_damaged_pack_gives_what_is_intact() {
    let (_place, file) = exported();
    let there = Place::empty();
    let name = file.to_str().unwrap().to_owned();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let done = there.run(&["import", &name, "--json"]).expect(1);
    assert_eq!((count(&done.json(), "trees"), done.json()["lost"].as_array().unwrap().len()), (27, 1));
    done.says(&["lost: damaged"]);
    bytes.truncate(middle);
    std::fs::write(&file, &bytes).unwrap();
    there.run(&["import", &name]).expect(2).says(&["error: ", "damaged", "export it again"]);
}

#[test]
fn an_export_writes_over_no_file_that_is_no_pack() {
    let (place, _) = exported();
    let notes = place.root().join("notes.txt");
    std::fs::write(&notes, "not to be lost").unwrap();
    let ended = place.run(&["export", "notes.txt"]).expect(2);
    assert!(ended.stderr.contains("notes.txt is not a pack"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "not to be lost");
    place.run(&["export", "trees.pack"]).expect(0);
}
