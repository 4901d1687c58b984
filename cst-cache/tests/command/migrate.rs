//! `cst migrate`, and stores of which a part is of another format.

use std::path::PathBuf;

use crate::support::command::{Place, count};
use crate::support::{reader, segments, writer};

/// What is written now.
const PRESENT: u8 = cst_frozen::FORMAT_VERSION as u8;

/// A segment that was written in the first version of the format.
fn of_version_1() -> Vec<u8> {
    let fixture =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cst-frozen/tests/fixtures/version-1.seg");
    std::fs::read(fixture).unwrap()
}

/// A store with the samples, over a commit of the first version.
fn mixed() -> (Place, u64) {
    let place = Place::with_samples();
    place.settle();
    drop(writer(&place.store()));
    std::fs::write(place.store().join("0000000000000001-0000000000000001.seg"), of_version_1()).unwrap();
    let earlier = count(&place.run(&["backup", "copy", "--json"]).expect(0).json(), "records");
    assert!(earlier > 0);
    let report = place.index();
    assert_eq!((count(&report, "parsed"), count(&report, "other_format_segments")), (28, 0), "{report}");
    assert_eq!(segments(&place.store()).len(), 2, "it is read where it lies");
    (place, earlier)
}

fn versions(place: &Place) -> Vec<u8> {
    segments(&place.store()).iter().map(|path| std::fs::read(path).unwrap()[8]).collect()
}

#[test]
fn an_earlier_version_is_written_anew_once_with_all_that_is_in_it() {
    let (place, earlier) = mixed();
    assert_eq!(versions(&place), [1, PRESENT]);
    let report = place.run(&["migrate", "--json"]).expect(0).json();
    assert_eq!((count(&report, "segments"), count(&report, "version")), (1, PRESENT.into()), "{report}");
    assert_eq!(count(&report, "records"), earlier + 57);
    assert_eq!(count(&report, "other_build"), 0);
    assert_eq!(versions(&place), [PRESENT]);
    let store = cst_frozen::Reader::open(place.store(), cst_frozen::Options::default()).unwrap();
    assert_eq!(store.stats().live_records, earlier + 57);
    drop(store);
    assert_eq!(count(&place.verify(), "trees"), 28);
    let table = place.run(&["migrate"]).expect(0).stdout;
    assert!(table.contains("nothing to do") && table.contains("version 3"), "{table}");
    assert_eq!(count(&place.index(), "hits"), 28);
    assert!(reader(&place.store()).contains(&cst_cache_key(&place)));
}

/// The key of a sample's tree.
fn cst_cache_key(place: &Place) -> [u8; 32] {
    let source = std::fs::read(place.source().join("rust/sound.rs")).unwrap();
    cst_cache::Document::new(crate::support::grammar("rust"), &source).key().0
}

#[test]
fn trees_that_cannot_be_used_here_are_named() {
    let (place, _) = mixed();
    let store = writer(&place.store());
    for (key, payload) in store.reader().iter().map(Result::unwrap) {
        if let Some(json) = payload.strip_prefix(b"CSTF") {
            let mut entry: serde_json::Value = serde_json::from_slice(json).unwrap();
            if entry["language"] == "rust" {
                entry["build"] = "another".into();
                store.put(&key, &[b"CSTF", entry.to_string().as_bytes()].concat()).unwrap();
            }
        }
    }
    store.commit(cst_cache::Durability::Fsync).unwrap();
    drop(store);
    let done = place.run(&["migrate", "--json"]).expect(0);
    assert_eq!(done.json()["other_build"], serde_json::json!({ "rust": 2 }), "{done:?}");
    done.says(&["other builds", "cst index"]);
    let table = place.run(&["migrate"]).expect(0).stdout;
    assert!(table.contains("rust 2"), "{table}");
}

#[test]
fn what_is_damaged_is_to_be_repaired_first() {
    let (place, _) = mixed();
    let [first, _] = &segments(&place.store())[..] else { panic!("two segments") };
    let mut bytes = of_version_1();
    bytes[130] ^= 1;
    std::fs::remove_file(first).unwrap();
    std::fs::write(first, &bytes).unwrap();
    place.run(&["migrate"]).expect(2).says(&["error: ", "damaged in", "repair it first"]);
    assert_eq!(std::fs::read(first).unwrap(), bytes);
    Place::empty().run(&["migrate"]).expect(2).says(&["error: ", "no store in"]);
}
