//! In what form trees lie in the store; and how far a store is believed.

use std::sync::Arc;

use cst_cache::{Budgets, Bytecode, Cache, Damaged, Document, Durability, Form, Store};

use crate::support::samples::{SAMPLES, long};
use crate::support::{FakeClock, assert_same, grammar, parse, reader, sink, sinking, writer};

const IDLE: u64 = 1_000;
/// The prefix of a record of plain bytecode, as `docs/format/payload.md` has it, but for the length.
const PLAIN: [u8; 8] = *b"CSTT\0\0\0\0";

/// The record of a document.
fn record(store: &dyn Store, document: &Document<'_>) -> Vec<u8> {
    let mut record = Vec::new();
    let found = store.read(&document.key().0, &mut |payload| record.extend_from_slice(payload));
    assert_eq!(found, Ok(true));
    record
}

fn plain(bytecode: &Bytecode) -> Vec<u8> {
    let bytes = bytecode.as_bytes();
    [&PLAIN[..], &(bytes.len() as u64).to_le_bytes(), bytes].concat()
}

/// Whichever way they get there: put into the store at once, flushed from any tier, sunk through all of them.
#[test]
fn a_store_of_plain_records_holds_bytecode_as_it_is() {
    let documents = SAMPLES.map(|(language, _, text)| Document::new(grammar(language), text.as_bytes()));
    for way in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::default();
        let cache = sinking(&clock, IDLE).form(Form::Plain).store(writer(folder.path())).build();
        for document in &documents {
            let tree = parse(document);
            match way {
                0 => drop(cache.freeze_tree(document, &tree).unwrap()),
                _ => cache.insert(document, &tree).unwrap(),
            }
        }
        match way {
            0 => cache.commit(Durability::Fsync).unwrap(),
            _ => sink(&cache, &clock, IDLE, way - 1),
        }
        cache.close().unwrap();
        let store = reader(folder.path());
        for document in &documents {
            let tree = parse(document);
            let bytecode = Bytecode::encode(&tree, document.source()).unwrap();
            assert!(record(&*store, document) == plain(&bytecode), "{way}");
            for cache in [Cache::builder(), Cache::builder().trust_store()] {
                let cache = cache.store(Arc::clone(&store)).build();
                assert!(cache.get_bytecode(document).unwrap().as_bytes() == bytecode.as_bytes());
                assert_same(&cache.get(document).unwrap(), &tree);
                assert_eq!((cache.stats().misses, cache.stats().corrupt), (0, 0));
            }
        }
    }
}

/// Of one form or the other, whatever the cache is set to; only what is put anew has the form it is set to.
#[test]
fn both_forms_lie_in_one_store_and_every_cache_reads_both() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (5..11).map(|lines| long("rust", lines)).collect();
    let documents: Vec<_> =
        texts.iter().map(|text| Document::new(grammar("rust"), text.as_bytes())).collect();
    for (i, document) in documents.iter().enumerate() {
        let form = if i % 2 == 0 { Form::Compact } else { Form::Plain };
        let cache = Cache::builder().form(form).store_at(folder.path()).unwrap().build();
        cache.freeze_tree(document, &parse(document)).unwrap();
        cache.close().unwrap();
    }
    for form in [Form::Compact, Form::Plain] {
        for budget in [0, 64 << 20] {
            let cache = Cache::builder().form(form).trust_store().memory_budget(budget);
            let cache = cache.store_at(folder.path()).unwrap().build();
            for document in &documents {
                assert_same(&cache.get_or_parse(document).unwrap(), &parse(document));
                let bytecode = cache.get_bytecode(document).unwrap();
                let view = bytecode.view(document.grammar()).unwrap();
                assert_eq!(view.root_node().to_sexp(), parse(document).root_node().to_sexp());
            }
            assert_eq!(cache.stats().parses, 0);
            cache.close().unwrap();
        }
    }
    let store = reader(folder.path());
    let is_plain: Vec<bool> = documents.iter().map(|d| record(&*store, d).starts_with(&PLAIN)).collect();
    assert_eq!(is_plain, [false, true, false, true, false, true]);
}

/// A store with one record, which it gives for every key.
struct Given(Vec<u8>);

impl Store for Given {
    fn read(&self, _: &[u8; 32], read: &mut dyn FnMut(&[u8])) -> Result<bool, Damaged> {
        read(&self.0);
        Ok(true)
    }

    fn contains(&self, _: &[u8; 32]) -> bool {
        true
    }
}

/// One that believes the store, and one that does not; neither keeps anything.
fn caches(record: &[u8]) -> [Cache; 2] {
    [Cache::builder().trust_store(), Cache::builder()]
        .map(|builder| builder.budgets(Budgets::split(0)).store(Arc::new(Given(record.to_vec()))).build())
}

/// A store that does not find damage itself: the bytecode's own checksum does.
#[test]
fn a_trusted_record_with_any_bit_flipped_is_a_miss() {
    let document = Document::new(grammar("json"), b"[1, {\"a\": null}]");
    let sound = plain(&Bytecode::encode(&parse(&document), document.source()).unwrap());
    for cache in caches(&sound) {
        assert!(cache.get_bytecode(&document).is_some() && cache.get(&document).is_some());
    }
    for bit in 0..sound.len() * 8 {
        let mut flipped = sound.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        for cache in caches(&flipped) {
            assert!(cache.get_bytecode(&document).is_none() && cache.get(&document).is_none(), "{bit}");
            let stats = cache.stats();
            assert_eq!((stats.misses, stats.corrupt + stats.mismatched), (2, 2), "{bit}");
        }
    }
    for length in 0..sound.len() {
        for cache in caches(&sound[..length]) {
            assert!(cache.get_bytecode(&document).is_none(), "{length}");
        }
    }
}

/// With the checksum made right, some are what a cache that trusts the store takes for sound, and no other does. Nothing
/// panics, and all that is read is within the text.
#[test]
fn a_trusted_record_that_was_made_to_deceive_harms_nobody() {
    let text = long("rust", 12);
    let document = Document::new(grammar("rust"), text.as_bytes());
    let sound = plain(&Bytecode::encode(&parse(&document), document.source()).unwrap());
    let (mut deceived, mut taken) = (0, 0);
    for at in (PLAIN.len() + 8 + 160)..sound.len() {
        let mut made = sound.clone();
        made[at] ^= 1 << (at % 8);
        let bytecode = &mut made[PLAIN.len() + 8..];
        let checksum = xxhash_rust::xxh3::xxh3_64(&bytecode[24..]);
        bytecode[16..24].copy_from_slice(&checksum.to_le_bytes());
        let [trusting, other] = caches(&made);
        let found = other.get_bytecode(&document);
        taken += u32::from(found.is_some());
        drop((trusting.get(&document), other.get(&document)));
        let Some(bytecode) = trusting.get_bytecode(&document) else {
            assert!(found.is_none());
            continue;
        };
        deceived += u32::from(found.is_none());
        let view = bytecode.view(document.grammar()).unwrap();
        let nodes = view.root_node().descendants().count();
        assert!(nodes <= bytecode.as_bytes().len());
        assert!(view.root_node().to_sexp().len() < 1 << 20);
    }
    assert!(deceived > 100 && taken > 100, "{deceived}, {taken}");
}
