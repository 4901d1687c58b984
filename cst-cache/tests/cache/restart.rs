//! What was in the cache is there after a restart, as trees, without a parse.

use std::collections::HashMap;

use cst_cache::{Budgets, Cache, Document, Durability, InsertError, StoreError};

use crate::support::samples::SAMPLES;
use crate::support::{assert_same, entries, grammar, parse, reader, writer};

#[test]
fn close_and_reopen_brings_every_tree_back_without_a_parse() {
    // Whether they all fit, or had to be spilled to the store, or waited there for a commit.
    let caps = Budgets { hot: 30_000, warm: 3_000, cold: 2_000, total: 1 << 20 };
    for budgets in [Budgets::split(64 << 20), Budgets::split(40_000), Budgets::split(0), caps] {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("new/store");
        {
            let cache = Cache::builder().budgets(budgets).store_at(&store).unwrap().build();
            for (language, _, text) in SAMPLES {
                cache.get_or_parse(&Document::new(grammar(language), text.as_bytes())).unwrap();
            }
            assert_eq!(cache.stats().parses, 28);
            cache.close().unwrap();
        }
        for _ in 0..2 {
            let cache = Cache::builder().budgets(budgets).store_at(&store).unwrap().build();
            for (language, name, text) in SAMPLES {
                let document = Document::new(grammar(language), text.as_bytes());
                assert!(cache.contains(&document), "{name}");
                assert_same(&cache.get(&document).unwrap(), &parse(&document));
                assert_same(&cache.get_or_parse(&document).unwrap(), &parse(&document));
            }
            let stats = cache.stats();
            assert_eq!((stats.parses, stats.misses, stats.corrupt), (0, 0, 0));
            assert!(stats.frozen_hits >= 28);
            cache.close().unwrap();
        }
    }
}

#[test]
fn what_came_from_the_store_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let size =
        || crate::support::segments(folder.path()).iter().map(|s| s.metadata().unwrap().len()).sum::<u64>();
    let mut sizes = Vec::new();
    for _ in 0..4 {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        for (language, _, text) in SAMPLES {
            cache.get_or_parse(&Document::new(grammar(language), text.as_bytes())).unwrap();
        }
        cache.flush().unwrap();
        cache.close().unwrap();
        sizes.push(size());
    }
    assert!(sizes.iter().all(|&size| size == sizes[0]), "{sizes:?}");
}

#[test]
fn flush_keeps_what_is_live_and_a_dropped_cache_loses_only_what_came_after() {
    let folder = tempfile::tempdir().unwrap();
    let before = Document::new(grammar("json"), b"[1]");
    let after = Document::new(grammar("json"), b"[2]");
    {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        cache.get_or_parse(&before).unwrap();
        cache.flush().unwrap();
        assert_eq!(entries(&cache), [1, 0, 0]);
        cache.get_or_parse(&after).unwrap();
        drop(cache);
    }
    let cache = Cache::builder().store_at(folder.path()).unwrap().build();
    assert!(cache.get(&before).is_some());
    assert!(cache.get(&after).is_none());
}

#[test]
fn all_trees_share_one_store_and_none_overwrites_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = HashMap::new();
    for (language, name, text) in SAMPLES {
        // A process for each.
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        let document = Document::new(grammar(language), text.as_bytes());
        cache.get_or_parse(&document).unwrap();
        cache.close().unwrap();
        assert!(keys.insert(document.key(), name).is_none(), "{name}");
    }
    let cache = Cache::builder().store_at(folder.path()).unwrap().build();
    for (language, _, text) in SAMPLES {
        let document = Document::new(grammar(language), text.as_bytes());
        assert_same(&cache.get(&document).unwrap(), &parse(&document));
    }
}

#[test]
fn many_readers_beside_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::builder().store_at(folder.path()).unwrap().build();
    let (language, _, text) = SAMPLES[0];
    let document = Document::new(grammar(language), text.as_bytes());
    cache.get_or_parse(&document).unwrap();

    let early = Cache::builder().store(reader(folder.path())).build();
    assert!(early.get(&document).is_none(), "it is not committed");
    cache.flush().unwrap();
    let readers: Vec<_> = (0..3).map(|_| Cache::builder().store(reader(folder.path())).build()).collect();
    for other in &readers {
        assert_same(&other.get(&document).unwrap(), &parse(&document));
        assert_eq!(other.stats().parses, 0);
    }
    assert!(Cache::builder().store_at(folder.path()).is_err(), "a second writer");
}

#[test]
fn a_cache_that_only_reads_says_so_when_it_is_to_write() {
    let folder = tempfile::tempdir().unwrap();
    drop(writer(folder.path()));
    let cache = Cache::builder().store(reader(folder.path())).build();
    let document = Document::new(grammar("json"), b"[1]");
    let tree = cache.get_or_parse(&document).unwrap();
    assert!(matches!(cache.flush(), Err(StoreError::ReadOnly)));
    assert!(matches!(cache.commit(Durability::Buffered), Err(StoreError::ReadOnly)));
    let refused = cache.freeze_tree(&document, &tree).unwrap_err();
    assert!(matches!(refused, InsertError::Store(StoreError::ReadOnly)), "{refused:?}");
    assert!(cache.get(&document).is_some(), "in memory it is a cache like any other");
    cache.maintain().unwrap();
    cache.close().unwrap();

    let storeless = Cache::builder().build();
    let refused = storeless.freeze_tree(&document, &tree).unwrap_err();
    assert!(matches!(refused, InsertError::Store(StoreError::ReadOnly)), "{refused:?}");
}

#[test]
fn frozen_trees_are_there_after_the_commit_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::builder().store_at(folder.path()).unwrap().build();
    let text = crate::support::samples::long("rust", 100);
    let document = Document::new(grammar("rust"), text.as_bytes());
    let tree = parse(&document);
    let frozen = cache.freeze_tree(&document, &tree).unwrap();
    assert_eq!(entries(&cache), [0, 0, 0]);
    assert!(cache.get(&document).is_none());
    cache.commit(Durability::Fsync).unwrap();
    assert_same(&cache.get(&document).unwrap(), &tree);
    assert_eq!(frozen.live_bytes, cst_cache::live_bytes(&tree));
    assert_eq!(u64::from(frozen.subtrees), cst_cache::compare(&tree, &tree).unwrap());
    assert!(
        frozen.stored_bytes < frozen.bytecode_bytes && frozen.bytecode_bytes < frozen.live_bytes,
        "{frozen:?}"
    );
    assert_eq!(cache.stats().inserts, 1);
}
