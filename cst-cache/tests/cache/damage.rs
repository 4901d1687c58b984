//! Damage in the store is a miss that is counted and parsed again; never another tree.

use std::path::{Path, PathBuf};

use cst_cache::{Budgets, Cache, Document, SystemClock};

use crate::support::samples::{long, sound};
use crate::support::{assert_same, grammar, parse, segments, writer};

/// A store with the trees of these texts, and its one segment with its bytes.
fn store_of(folder: &Path, documents: &[Document<'_>]) -> (PathBuf, Vec<u8>) {
    let cache = Cache::builder().store_at(folder).unwrap().build();
    for document in documents {
        cache.get_or_parse(document).unwrap();
    }
    cache.close().unwrap();
    let [segment] = &segments(folder)[..] else { panic!("one commit is one segment") };
    (segment.clone(), std::fs::read(segment).unwrap())
}

/// Opens the damaged store. Whatever is found is right, whatever is not is counted where it was found
/// damaged, and parsed again for good. Returns how many of the documents were not found.
fn survive(
    folder: &Path,
    documents: &[Document<'_>],
    trees: &[tree_sitter::Tree],
    reopen: bool,
    what: &str,
) -> usize {
    let mut missing = 0;
    {
        let cache = Cache::builder().store_at(folder).unwrap().build();
        for (document, tree) in documents.iter().zip(trees) {
            let before = cache.stats();
            match cache.get(document) {
                Some(found) => assert_eq!(cst_cache::compare(&found, tree).err(), None, "{what}"),
                None => {
                    missing += 1;
                    let after = cache.stats();
                    assert_eq!(after.misses, before.misses + 1, "{what}");
                    assert_eq!(
                        cst_cache::compare(&cache.get_or_parse(document).unwrap(), tree).err(),
                        None,
                        "{what}"
                    );
                    assert_eq!(cache.stats().parses, before.parses + 1, "{what}");
                }
            }
        }
        assert_eq!(cache.stats().mismatched, 0, "{what}");
        if !reopen {
            return missing;
        }
        cache.close().unwrap();
    }
    let cache = Cache::builder().store_at(folder).unwrap().build();
    for (document, tree) in documents.iter().zip(trees) {
        let found = cache.get(document).unwrap_or_else(|| panic!("it was not repaired: {what}"));
        assert_eq!(cst_cache::compare(&found, tree).err(), None, "{what}");
    }
    missing
}

#[test]
fn no_flipped_byte_anywhere_gives_another_tree() {
    let documents =
        [Document::new(grammar("json"), b"[1, 2]"), Document::new(grammar("rust"), b"fn f() { 1 }")];
    let trees: Vec<_> = documents.iter().map(parse).collect();
    let pristine = tempfile::tempdir().unwrap();
    let (segment, bytes) = store_of(pristine.path(), &documents);
    let name = segment.file_name().unwrap();
    let mut damaged = 0;
    for at in 0..bytes.len() {
        // Every byte, with a bit of it that depends on where it is.
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(pristine.path().join("STORE"), folder.path().join("STORE")).unwrap();
        std::fs::write(folder.path().join(name), flipped).unwrap();
        damaged +=
            usize::from(survive(folder.path(), &documents, &trees, at % 5 == 0, &format!("byte {at}")) > 0);
    }
    assert!(damaged > bytes.len() / 2, "{damaged} of {} did harm", bytes.len());
}

#[test]
fn damage_that_is_found_when_reading_is_counted() {
    let text = long("rust", 100);
    let documents = [Document::new(grammar("rust"), text.as_bytes())];
    let folder = tempfile::tempdir().unwrap();
    let (segment, mut bytes) = store_of(folder.path(), &documents);
    // In the middle of a segment that is one large record lies its payload.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(segment, bytes).unwrap();
    let cache = Cache::builder().store_at(folder.path()).unwrap().build();
    assert!(cache.contains(&documents[0]), "that is only known once it is read");
    assert!(cache.get(&documents[0]).is_none());
    assert_eq!((cache.stats().corrupt, cache.stats().misses), (1, 1));
    assert_same(&cache.get_or_parse(&documents[0]).unwrap(), &parse(&documents[0]));
    assert_eq!((cache.stats().corrupt, cache.stats().parses), (2, 1));
}

#[test]
fn a_segment_cut_anywhere_loses_what_was_cut_and_nothing_more() {
    let texts = [sound("json"), "[1]", "[2]"];
    let documents = texts.map(|text| Document::new(grammar("json"), text.as_bytes()));
    let trees: Vec<_> = documents.iter().map(parse).collect();
    let pristine = tempfile::tempdir().unwrap();
    let (segment, bytes) = store_of(pristine.path(), &documents);
    for length in (0..bytes.len()).step_by(13) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(pristine.path().join("STORE"), folder.path().join("STORE")).unwrap();
        std::fs::write(folder.path().join(segment.file_name().unwrap()), &bytes[..length]).unwrap();
        // Without its footer it has all records, and its index proves it.
        let lost = if length >= bytes.len() - 112 { 0 } else { 3 };
        assert_eq!(survive(folder.path(), &documents, &trees, true, &format!("{length} bytes left")), lost);
    }
}

#[test]
fn another_documents_record_under_a_key_is_a_miss() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Document::new(grammar("json"), b"[1, 2, 3]");
    // Same text, another grammar; same grammar, another text; part of the same text.
    let ranges = [tree_sitter::Range {
        start_byte: 0,
        end_byte: 4,
        start_point: tree_sitter::Point::new(0, 0),
        end_point: tree_sitter::Point::new(0, 4),
    }];
    let others = [
        Document::new(grammar("javascript"), b"[1, 2, 3]"),
        Document::new(grammar("json"), b"[1, 2, 4]"),
        asked.clone().with_included_ranges(&ranges),
    ];
    store_of(folder.path(), &others);
    for (i, other) in others.iter().enumerate() {
        {
            let writer = writer(folder.path());
            let payload = writer.reader().get(&other.key().0).unwrap().unwrap();
            writer.put(&asked.key().0, &payload).unwrap();
            writer.commit(cst_cache::Durability::Fsync).unwrap();
        }
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        assert!(cache.get(&asked).is_none(), "{i}");
        let stats = cache.stats();
        assert_eq!((stats.mismatched, stats.misses, stats.corrupt), (1, 1, 0), "{i}");
        assert_same(&cache.get_or_parse(&asked).unwrap(), &parse(&asked));
        cache.close().unwrap();
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        assert_same(&cache.get(&asked).unwrap(), &parse(&asked));
    }
}

#[test]
fn payloads_that_are_none_are_misses() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::new(grammar("json"), b"[1, 2, 3]");
    let (_, _) = store_of(folder.path(), std::slice::from_ref(&document));
    let good = writer(folder.path()).reader().get(&document.key().0).unwrap().unwrap().to_vec();
    let mut bad: Vec<Vec<u8>> =
        vec![Vec::new(), b"CSTT".to_vec(), b"CSTF{}".to_vec(), vec![0; 16], vec![0xff; 4_000]];
    bad.extend((1..good.len()).step_by(5).map(|length| good[..length].to_vec()));
    bad.push([&good[..], b"x"].concat());
    for at in 0..24.min(good.len()) {
        let mut changed = good.clone();
        changed[at] ^= 0x15;
        bad.push(changed);
    }
    // Lengths that nothing of this size can have, and that no memory can hold.
    for length in [0, 1, u64::from(u32::MAX), 1 << 40, u64::MAX] {
        let mut changed = good.clone();
        changed[8..16].copy_from_slice(&length.to_le_bytes());
        bad.push(changed);
    }
    for (i, payload) in bad.iter().enumerate() {
        let writer = writer(folder.path());
        writer.put(&document.key().0, payload).unwrap();
        writer.commit(cst_cache::Durability::Buffered).unwrap();
        let cache = Cache::builder().store(writer).build();
        assert!(cache.get(&document).is_none(), "{i}: {:?}", &payload[..payload.len().min(24)]);
        let stats = cache.stats();
        assert_eq!((stats.corrupt + stats.mismatched, stats.misses, stats.frozen_hits), (1, 1, 0), "{i}");
    }
}

#[test]
fn a_plain_payload_is_as_good_as_a_compressed_one() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::new(grammar("json"), b"[1, 2, 3]");
    let tree = parse(&document);
    let bytecode = cst_cache::Bytecode::encode(&tree, document.source()).unwrap();
    let mut payload = b"CSTT\0\0\0\0".to_vec();
    payload.extend_from_slice(&(bytecode.as_bytes().len() as u64).to_le_bytes());
    payload.extend_from_slice(bytecode.as_bytes());
    {
        let writer = writer(folder.path());
        writer.put(&document.key().0, &payload).unwrap();
        writer.commit(cst_cache::Durability::Fsync).unwrap();
    }
    let cache = Cache::builder()
        .budgets(Budgets::split(1 << 20))
        .clock(Box::new(SystemClock::default()))
        .store_at(folder.path())
        .unwrap()
        .build();
    assert_same(&cache.get(&document).unwrap(), &tree);
}
