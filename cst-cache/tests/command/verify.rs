//! `cst verify`: compares what it says it compares.

use cst_cache::{Cache, Document};
use cst_frozen::Durability;

use crate::support::command::{Place, count};
use crate::support::samples::SAMPLES;
use crate::support::{grammar, writer};

#[test]
fn sound_stores_are_compared_in_full() {
    let place = Place::with_samples();
    place.index();
    let report = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "differing"), count(&report, "damaged")), (28, 0, 0));
    let subtrees: u64 = SAMPLES
        .iter()
        .map(|(language, _, text)| {
            let tree = crate::support::parse(&Document::new(grammar(language), text.as_bytes()));
            cst_cache::compare(&tree, &tree).unwrap()
        })
        .sum();
    assert_eq!(count(&report, "subtrees"), subtrees);
    let table = place.run(&["verify", "--threads", "3"]).expect(0).stdout;
    for row in ["trees compared", "trees that differ", "damaged", "parse", "decode"] {
        assert!(table.contains(row), "{table}");
    }
}

#[test]
fn a_folder_limits_what_is_compared() {
    let place = Place::with_samples();
    place.index();
    for (folder, trees) in [("source", 28), ("source/rust", 2), ("source/../source/css/", 2), (".", 28)] {
        let report = place.run(&["verify", folder, "--json"]).expect(0).json();
        assert_eq!(count(&report, "trees"), trees, "{folder}");
    }
    std::fs::create_dir(place.source().join("rus")).unwrap();
    let report = place.run(&["verify", "source/rus", "--json"]).expect(0).json();
    assert_eq!(count(&report, "trees"), 0, "a folder is not a prefix of a name");
    place.run(&["verify", "missing"]).expect(2).says(&["error: ", "missing"]);
}

#[test]
fn changed_and_deleted_files_are_stale_not_wrong() {
    let place = Place::with_samples();
    place.write("empty.rs", "");
    place.index();
    place.write("go/sound.go", "package other\n");
    std::fs::remove_file(place.source().join("go/broken.go")).unwrap();
    // Nothing reads the same as no file at all.
    std::fs::remove_file(place.source().join("empty.rs")).unwrap();
    let report = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "stale")), (26, 3));
}

#[test]
fn a_tree_that_differs_is_found_and_named() {
    let place = Place::with_samples();
    place.index();
    // A tree of the right document that a parse from scratch would not give: one whose text was
    // parsed from the tree of another, with an edit that hides what changed.
    let (language, name, text) = SAMPLES[0];
    let document = Document::new(grammar(language), text.as_bytes());
    let stale = text.replace("radius", "RADIUS").replace("Some(", "Any [");
    assert_eq!(stale.len(), text.len());
    let wrong = crate::support::parse(&Document::new(grammar(language), stale.as_bytes()));
    {
        let cache = Cache::builder().store(writer(&place.store())).build();
        cache.freeze_tree(&document, &wrong).unwrap();
        cache.commit(Durability::Fsync).unwrap();
    }
    let report = place.run(&["verify", "--json"]).expect(1).json();
    assert_eq!((count(&report, "differing"), count(&report, "trees")), (1, 28), "{report}");
    let mismatch = &report["mismatches"][0];
    assert!(
        mismatch["path"].as_str().unwrap().ends_with(name) && mismatch["field"].is_string(),
        "{mismatch}"
    );
    let table = place.run(&["verify"]).expect(1).stdout;
    assert!(table.contains("differs: ") && table.contains(name), "{table}");
    assert_eq!(count(&place.run(&["verify", "source/css", "--json"]).expect(0).json(), "differing"), 0);
}

#[test]
fn one_damaged_record_is_counted_once_and_only_where_it_belongs() {
    let place = Place::with_samples();
    place.index();
    let (language, _, text) = SAMPLES[0];
    let key = Document::new(grammar(language), text.as_bytes()).key();
    let payload = writer(&place.store()).reader().get(&key.0).unwrap().unwrap().to_vec();
    let [segment] = &crate::support::segments(&place.store())[..] else { panic!("one segment") };
    let mut bytes = std::fs::read(segment).unwrap();
    let at = bytes.windows(payload.len()).position(|window| window == payload).unwrap();
    bytes[at + payload.len() / 2] ^= 1;
    std::fs::write(segment, bytes).unwrap();
    let report = place.run(&["verify", "--json"]).expect(1).json();
    assert_eq!((count(&report, "trees"), count(&report, "damaged")), (27, 1), "{report}");
    let report = place.run(&["verify", "source/css", "--json"]).json();
    assert_eq!((count(&report, "trees"), count(&report, "damaged")), (2, 0), "{report}");
}
