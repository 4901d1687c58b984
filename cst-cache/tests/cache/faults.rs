//! A store that cannot be written is an error of the store, never of the cache.

use std::error::Error;
use std::io::ErrorKind;
use std::sync::Arc;

use cst_cache::{Budgets, Cache, Document, Durability, InsertError, Store, StoreError};
use cst_frozen::testkit::{Disk, Failure, Survival};
use cst_frozen::{Options, Reader, WriteError, Writer};

use crate::support::samples::{SAMPLES, long};
use crate::support::{Random, assert_same, bytes_held, grammar, parse};

fn on(disk: &Disk) -> Arc<dyn Store> {
    Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap())
}

fn used(disk: &Disk) -> u64 {
    disk.names().iter().filter_map(|name| disk.contents(name)).map(|bytes| bytes.len() as u64).sum()
}

fn is_full(error: &StoreError) -> bool {
    matches!(error, StoreError::Write(WriteError::Full { .. }))
}

#[test]
fn a_full_disk_is_an_error_of_flush_and_the_cache_goes_on() {
    let disk = Disk::new();
    let cache = Cache::builder().store(on(&disk)).build();
    let (early, late) = (Document::new(grammar("json"), b"[1]"), Document::new(grammar("json"), b"[2]"));
    cache.get_or_parse(&early).unwrap();
    cache.flush().unwrap();
    disk.set_capacity(Some(used(&disk) + 10));
    cache.get_or_parse(&late).unwrap();
    let error = cache.flush().unwrap_err();
    assert!(is_full(&error), "{error:?}");
    assert!(error.to_string().contains("the disk is full") && error.source().is_some(), "{error}");
    for document in [&early, &late] {
        assert_same(&cache.get(document).unwrap(), &parse(document));
    }
    // What was committed stays, also for others.
    let after = disk.after_crash(Survival::Nothing);
    let other = Reader::open_on(Arc::new(after), Options::default()).unwrap();
    assert!(other.contains(&early.key().0) && !other.contains(&late.key().0));
}

#[test]
fn once_there_is_room_again_everything_is_written() {
    let disk = Disk::new();
    let cache = Cache::builder().store(on(&disk)).build();
    for (language, _, text) in SAMPLES {
        cache.get_or_parse(&Document::new(grammar(language), text.as_bytes())).unwrap();
    }
    disk.set_capacity(Some(used(&disk) + 2_000));
    assert!(is_full(&cache.flush().unwrap_err()));
    disk.set_capacity(None);
    cache.flush().unwrap();
    let others = Cache::builder()
        .store(Arc::new(Reader::open_on(Arc::new(disk), Options::default()).unwrap()))
        .build();
    for (language, _, text) in SAMPLES {
        let document = Document::new(grammar(language), text.as_bytes());
        assert_same(&others.get(&document).unwrap(), &parse(&document));
    }
}

#[test]
fn a_spill_that_fails_is_counted_the_budget_holds_and_later_spills_succeed() {
    let disk = Disk::new();
    let budget = 60_000;
    let cache = Cache::builder().memory_budget(budget).store(on(&disk)).build();
    disk.set_capacity(Some(used(&disk) + 10_000));
    let texts: Vec<String> = (0..60).map(|i| format!("// {i}\n{}", long("rust", 40 + i))).collect();
    let use_all = || {
        for text in &texts {
            let document = Document::new(grammar("rust"), text.as_bytes());
            assert_same(&cache.get_or_parse(&document).unwrap(), &parse(&document));
            assert!(bytes_held(&cache.stats()) <= budget);
        }
        cache.stats().lost_to_write_errors
    };
    assert!(use_all() > 0);
    assert!(used(&disk) > 0 && cache.stats().commits > 0, "some was committed while there was room");
    disk.set_capacity(None);
    // The error may be told once more; then it is over.
    let _ = cache.maintain();
    let lost = use_all();
    cache.maintain().unwrap();
    assert_eq!(use_all(), lost, "there is room, and yet trees are lost");
    cache.close().unwrap();
    let reader = Reader::open_on(Arc::new(disk), Options::default()).unwrap();
    for text in &texts {
        assert!(reader.contains(&Document::new(grammar("rust"), text.as_bytes()).key().0));
    }
}

/// A text whose tree does not compress: its record is larger than what the store gathers before it
/// writes, so that a full disk shows in the very `put`.
fn large() -> String {
    let mut random = Random(3);
    let mut text = "[".to_owned();
    for _ in 0..220_000 {
        let piece = ["1", "22", "true", "\"s\"", "\"st\"", "null", "-3.5e7", "[4]", "{}"][random.index(9)];
        text += piece;
        text += [",", ", ", ",  ", ",\n"][random.index(4)];
    }
    text + "0]"
}

#[test]
fn an_error_while_spilling_a_large_tree_does_not_stop_all_later_spills() {
    let disk = Disk::new();
    // Nothing stays in memory, and nothing waits.
    let cache = Cache::builder().budgets(Budgets::split(0)).store(on(&disk)).build();
    disk.set_capacity(Some(used(&disk)));
    let text = large();
    cache.get_or_parse(&Document::new(grammar("json"), text.as_bytes())).unwrap();
    assert_eq!(cache.stats().lost_to_write_errors, 1);
    disk.set_capacity(None);
    let _ = cache.maintain();
    let document = Document::new(grammar("json"), b"[2]");
    cache.get_or_parse(&document).unwrap();
    assert_eq!(cache.stats().lost_to_write_errors, 1, "the disk has room again");
    assert!(cache.get(&document).is_some());
    cache.flush().unwrap();
}

#[test]
fn an_error_while_flushing_a_large_tree_does_not_stop_all_later_flushes() {
    let disk = Disk::new();
    let cache = Cache::builder().store(on(&disk)).build();
    let text = large();
    let document = Document::new(grammar("json"), text.as_bytes());
    cache.get_or_parse(&document).unwrap();
    disk.set_capacity(Some(used(&disk)));
    assert!(is_full(&cache.flush().unwrap_err()));
    disk.set_capacity(None);
    // The store wants the error acknowledged, which is for the cache to do.
    cache.flush().unwrap();
    assert!(Reader::open_on(Arc::new(disk), Options::default()).unwrap().contains(&document.key().0));
}

#[test]
fn whatever_operation_fails_trees_stay_right_and_the_next_flush_writes_all() {
    let total = {
        let disk = Disk::new();
        work(&disk).0.unwrap();
        disk.operations()
    };
    assert!(total > 20, "{total}");
    for kind in [ErrorKind::StorageFull, ErrorKind::Other] {
        for operation in 1..=total {
            let disk = Disk::new();
            disk.fail_at(operation, Failure::Error(kind));
            let (outcome, cache) = work(&disk);
            let Some(cache) = cache else { continue };
            // A sync that failed can never be made good, other errors are over.
            let stuck = matches!(
                &outcome,
                Err(StoreError::Write(
                    WriteError::Io { doing: "syncing", .. } | WriteError::Full { doing: "syncing", .. }
                ))
            );
            let again = cache.flush();
            assert!(again.is_ok() || stuck, "operation {operation}, {kind}: {outcome:?}, then {again:?}");
            for (language, _, text) in SAMPLES {
                let document = Document::new(grammar(language), text.as_bytes());
                assert!(
                    cache
                        .get(&document)
                        .is_none_or(|tree| cst_cache::compare(&tree, &parse(&document)).is_ok())
                );
            }
            if again.is_ok() && cache.stats().lost_to_write_errors == 0 {
                let reader =
                    Reader::open_on(Arc::new(disk.after_crash(Survival::Nothing)), Options::default())
                        .unwrap();
                for (language, name, text) in SAMPLES {
                    let key = Document::new(grammar(language), text.as_bytes()).key();
                    assert!(
                        reader.contains(&key.0),
                        "operation {operation}, {kind}: {name} is gone after {outcome:?}"
                    );
                }
            }
        }
    }
}

/// Fills a small cache, so that it spills, and flushes; the first error, and the cache if it opened.
fn work(disk: &Disk) -> (Result<(), StoreError>, Option<Cache>) {
    let Ok(writer) = Writer::open_on(Arc::new(disk.clone()), Options::default()) else {
        return (Ok(()), None);
    };
    let cache = Cache::builder().memory_budget(50_000).store(Arc::new(writer)).build();
    let mut outcome = Ok(());
    for (i, (language, _, text)) in SAMPLES.into_iter().enumerate() {
        cache.get_or_parse(&Document::new(grammar(language), text.as_bytes())).unwrap();
        if i % 10 == 9 {
            outcome = outcome.and(cache.maintain());
        }
    }
    outcome = outcome.and(cache.flush());
    (outcome, Some(cache))
}

#[test]
fn freezing_on_a_full_disk_is_an_error_that_says_so() {
    let disk = Disk::new();
    let cache = Cache::builder().store(on(&disk)).build();
    let text = large();
    for text in [text.as_bytes(), b"[1, 2, 3]"] {
        disk.set_capacity(Some(used(&disk) + 30));
        let document = Document::new(grammar("json"), text);
        let tree = parse(&document);
        // A small one is gathered first, and the disk is full when it is committed.
        match cache.freeze_tree(&document, &tree) {
            Ok(_) => assert!(is_full(&cache.commit(Durability::Fsync).unwrap_err())),
            Err(InsertError::Store(error)) if is_full(&error) => {
                assert!(
                    cache.commit(Durability::Fsync).is_err(),
                    "what was given up is not silently left out"
                );
            }
            Err(error) => panic!("{error}"),
        }
        disk.set_capacity(None);
        cache.freeze_tree(&document, &tree).unwrap();
        cache.commit(Durability::Fsync).unwrap();
        assert_same(&cache.get(&document).unwrap(), &tree);
    }
}

#[test]
fn a_store_that_cannot_be_read_is_a_miss() {
    let disk = Disk::new();
    let document = Document::new(grammar("json"), b"[1, 2, 3]");
    {
        let cache = Cache::builder().store(on(&disk)).build();
        cache.get_or_parse(&document).unwrap();
        cache.close().unwrap();
    }
    let cache = Cache::builder().store(on(&disk)).build();
    disk.fail_at(disk.operations() + 1, Failure::Crash);
    assert!(cache.get(&document).is_some(), "what is open is mapped");
    cache.get_or_parse(&Document::new(grammar("json"), b"[4]")).unwrap();
    assert!(cache.flush().is_err());
    assert!(cache.close().is_err());
}
