//! Stores that were damaged: parsed again where it matters, never a wrong tree, never a crash.

use std::path::PathBuf;

use crate::support::command::{Done, Place, count};
use crate::support::{Random, grammar, parse, segments};
use cst_cache::Document;

const TEXT: &str = "fn f(a: &str) -> usize { a.len() + 1 }\n";

/// Three files in one segment, and its bytes.
fn indexed() -> (Place, PathBuf, Vec<u8>) {
    let place = Place::empty();
    place.write("a.rs", TEXT);
    place.write("b.json", "{\"a\": [1, 2, 3]}\n");
    place.write("c.py", "def f(:\n  return [1,\n");
    place.settle();
    place.index();
    let [segment] = &segments(&place.store())[..] else { panic!("one commit is one segment") };
    let (segment, bytes) = (segment.clone(), std::fs::read(segment).unwrap());
    (place, segment, bytes)
}

/// Puts the store back to one segment with these bytes.
fn put_back(place: &Place, segment: &PathBuf, bytes: &[u8]) {
    for other in segments(&place.store()) {
        std::fs::remove_file(other).unwrap();
    }
    std::fs::write(segment, bytes).unwrap();
}

/// Every command copes with the store, and `index` makes it whole again.
fn survive(place: &Place, what: &str) {
    let expected = parse(&Document::new(grammar("rust"), TEXT.as_bytes())).root_node().to_sexp();
    let got = place.run(&["get", "source/a.rs"]);
    match got.status {
        0 => assert_eq!(got.stdout, format!("{expected}\n"), "{what}"),
        3 => got.says(&["no tree"]),
        status => panic!("{what}: get ended with {status}: {got:?}"),
    }
    let verified = place.run(&["verify", "--json"]);
    assert!([0, 1].contains(&verified.status), "{what}: {verified:?}");
    let report = verified.json();
    assert_eq!(count(&report, "differing"), 0, "{what}: {report}");
    let damage = count(&report, "damaged") + count(&report, "quarantined_segments");
    assert_eq!(verified.status == 1, damage > 0, "{what}: {report}");
    let stats = place.run(&["stats", "--json"]);
    let damage = count(&stats.json(), "damaged") + count(&stats.json(), "quarantined_segments");
    assert_eq!(stats.status, i32::from(damage > 0), "{what}: {stats:?}");
    if damage > 0 {
        stats.says(&["cst verify", "cst repair", "cst index"]);
    }

    let report = place.index();
    assert_eq!((count(&report, "files"), count(&report, "failed")), (3, 0), "{what}: {report}");
    if got.status == 3 {
        assert!(count(&report, "parsed") >= 1, "{what}: {report}");
    }
    let verified = place.run(&["verify", "--json"]);
    let report = verified.json();
    assert_eq!((count(&report, "trees"), count(&report, "damaged")), (3, 0), "{what}: {report}");
    assert_eq!(verified.status, 0, "{what}");
    let again = place.index();
    assert_eq!((count(&again, "parsed"), count(&again, "hits")), (0, 3), "{what}: {again}");
}

#[test]
fn flipped_bytes() {
    let (place, segment, bytes) = indexed();
    let mut random = Random(5);
    // The ends, where the header and the footer are, and a sample of what lies between.
    let mut places: Vec<usize> =
        (0..64).step_by(13).chain((bytes.len() - 112..bytes.len()).step_by(17)).collect();
    places.extend((0..24).map(|_| random.index(bytes.len())));
    for at in places {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << random.below(8);
        put_back(&place, &segment, &flipped);
        survive(&place, &format!("byte {at} of {}", bytes.len()));
    }
}

#[test]
fn stretches_of_zeros_and_noise() {
    let (place, segment, bytes) = indexed();
    let mut random = Random(6);
    for round in 0..12 {
        let mut damaged = bytes.clone();
        let (at, length) = (random.index(bytes.len()), 1 + random.index(400));
        for byte in damaged.iter_mut().skip(at).take(length) {
            *byte = if round % 2 == 0 { 0 } else { random.below(256).try_into().unwrap() };
        }
        put_back(&place, &segment, &damaged);
        survive(&place, &format!("{length} bytes at {at}"));
    }
}

#[test]
fn truncated_lengthened_empty_and_missing_segments() {
    let (place, segment, bytes) = indexed();
    let mut random = Random(7);
    let mut lengths = vec![0, 1, 63, 64, 95, 96, bytes.len() - 1];
    lengths.extend((0..5).map(|_| random.index(bytes.len())));
    for length in lengths {
        put_back(&place, &segment, &bytes[..length]);
        survive(&place, &format!("{length} of {} bytes", bytes.len()));
    }
    put_back(&place, &segment, b"");
    let emptied = place.run(&["stats"]).expect(1);
    assert!(
        emptied.stdout.lines().any(|line| line.starts_with("quarantined segments") && line.ends_with('1'))
    );
    put_back(&place, &segment, &[&bytes[..], b"more"].concat());
    survive(&place, "four bytes more");
    put_back(&place, &segment, &bytes);
    std::fs::remove_file(&segment).unwrap();
    survive(&place, "no segment");
}

#[test]
fn damage_is_parsed_again_once_and_counted() {
    let (place, segment, mut bytes) = indexed();
    let document = Document::new(grammar("rust"), TEXT.as_bytes());
    let payload = {
        let writer = crate::support::writer(&place.store());
        writer.reader().get(&document.key().0).unwrap().unwrap().to_vec()
    };
    let at = bytes.windows(payload.len()).position(|window| window == payload).unwrap();
    bytes[at + 20] ^= 0x10;
    put_back(&place, &segment, &bytes);
    place.run(&["get", "source/a.rs"]).expect(3).says(&["damaged", "index the folder again"]);
    assert_eq!(count(&place.run(&["stats", "--json"]).expect(1).json(), "damaged"), 1);
    let report = place.index();
    assert_eq!(
        (count(&report, "parsed"), count(&report, "hits"), count(&report, "damaged")),
        (1, 2, 1),
        "{report}"
    );
    place.run(&["get", "source/a.rs"]).expect(0);
}

/// A segment as a later release may write it.
fn of_next_version(mut segment: Vec<u8>) -> Vec<u8> {
    segment[8..12].copy_from_slice(&(cst_frozen::FORMAT_VERSION + 1).to_le_bytes());
    let checksum = xxhash_rust::xxh3::xxh3_64(&segment[..56]);
    segment[56..64].copy_from_slice(&checksum.to_le_bytes());
    segment
}

#[test]
fn only_what_cannot_be_read_is_dropped() {
    let (place, first, _) = indexed();
    place.write("d.go", "package p\n");
    place.index();
    let second = segments(&place.store()).into_iter().find(|path| *path != first).unwrap();
    let bytes = of_next_version(std::fs::read(&second).unwrap());
    std::fs::remove_file(&second).unwrap();
    std::fs::write(&second, bytes).unwrap();
    let report = place.index();
    assert_eq!((count(&report, "other_format_segments"), count(&report, "parsed")), (1, 1), "{report}");
    assert_eq!(count(&report, "hits"), 3);
    place.run(&["verify"]).expect(0);
}

#[test]
fn another_format_version_is_a_miss_that_is_counted_and_parsed_again() {
    let (place, segment, bytes) = indexed();
    let present = cst_frozen::FORMAT_VERSION;
    let (found, reads) = (format!("format version {}", present + 1), format!("version {present}"));
    let other = of_next_version(bytes);
    put_back(&place, &segment, &other);
    place.run(&["get", "source/a.rs"]).expect(3).says(&["no tree for", &found, &reads]);
    for arguments in [["verify"], ["stats"]] {
        place.run(&arguments).expect(2).says(&["error: ", &found, &reads]);
    }
    assert_eq!(std::fs::read(&segment).unwrap(), other, "reading touches nothing");
    place.run(&["migrate"]).expect(2).says(&["error: ", &found, &reads]);
    assert_eq!(std::fs::read(&segment).unwrap(), other, "what cannot be read is not migrated");
    let done = place.run(&["index", "source", "--json"]).expect(0);
    done.says(&["dropped from", "another release", "1 of its files", "parsed again"]);
    let report = done.json();
    assert_eq!((count(&report, "parsed"), count(&report, "hits")), (3, 0));
    assert_eq!(count(&report, "other_format_segments"), 1);
    place.run(&["get", "source/a.rs"]).expect(0);
}

#[test]
fn trees_of_another_build_are_not_found_and_not_verified() {
    let (place, _, _) = indexed();
    // The catalog as another build of the grammar would have left it.
    let store = crate::support::writer(&place.store());
    let records: Vec<_> = store.reader().iter().map(Result::unwrap).collect();
    for (key, payload) in &records {
        if let Some(json) = payload.strip_prefix(b"CSTF") {
            let mut entry: serde_json::Value = serde_json::from_slice(json).unwrap();
            entry["build"] = "another".into();
            entry["key"] = "00".repeat(32).into();
            store.put(key, &[b"CSTF", entry.to_string().as_bytes()].concat()).unwrap();
        } else {
            store.remove(key).unwrap();
        }
    }
    store.commit(cst_cache::Durability::Fsync).unwrap();
    drop(store);
    let report = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&report, "trees"), count(&report, "other_build")), (0, 3), "{report}");
    Done::of(&mut place.command(&["get", "source/a.rs"])).expect(3);
    assert_eq!(count(&place.index(), "parsed"), 3);
    assert_eq!(count(&place.verify(), "trees"), 3);
}
