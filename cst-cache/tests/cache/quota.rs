//! A store with a quota below the cache.

use std::sync::Arc;

use cst_cache::{Cache, Document, Durability, StoreError, Tier};

use crate::support::spy::Spy;
use crate::support::{Random, grammar, parse};

const QUOTA: u64 = 200_000;

/// JSON that does not compress, of about two kilobytes.
fn text(seed: u64) -> String {
    let mut random = Random(seed);
    let numbers: Vec<String> = (0..400).map(|_| random.below(1 << 20).to_string()).collect();
    let mut text = String::from("[");
    for (i, number) in numbers.iter().enumerate() {
        text.push_str(["[", "{\"k\":", "", "[["][i % 4]);
        text.push_str(number);
        text.push_str(["],", "},", ",", "]],"][i % 4]);
        text.push_str(if random.below(3) == 0 { "null," } else { "\"s\"," });
    }
    text + "0]"
}

fn document(text: &str) -> Document<'_> {
    Document::new(grammar("json"), text.as_bytes())
}

fn open(folder: &tempfile::TempDir, memory: u64) -> Cache {
    let builder = Cache::builder().memory_budget(memory);
    builder.store_with_quota(folder.path().join("store"), QUOTA).unwrap().build()
}

fn on_disk(folder: &tempfile::TempDir) -> u64 {
    crate::support::segments(&folder.path().join("store"))
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .sum()
}

fn freeze(cache: &Cache, texts: &[String]) {
    for text in texts {
        let document = document(text);
        cache.freeze_tree(&document, &parse(&document)).unwrap();
        cache.commit(Durability::Buffered).unwrap();
    }
}

#[test]
fn a_store_stays_below_its_quota_and_what_was_read_from_it_stays_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..400).map(text).collect();
    let (read, others) = texts.split_at(5);
    let cache = open(&folder, 0);
    freeze(&cache, read);
    for others in others.chunks(20) {
        freeze(&cache, others);
        assert!(on_disk(&folder) <= QUOTA, "{}", on_disk(&folder));
        for text in read {
            assert!(cache.get(&document(text)).is_some(), "it was read after all that was put since");
        }
    }
    let stats = cache.stats();
    let kept = texts.iter().filter(|text| cache.contains(&document(text))).count() as u64;
    assert_eq!(stats.evicted_from_store, 400 - kept);
    assert!((20..300).contains(&kept), "{kept}");
    assert_eq!((stats.corrupt, stats.store_over_quota), (0, 0), "{stats:?}");
    assert!(cache.get(&document(&texts[399])).is_some());
    assert!(cache.get_or_parse(&document(&texts[6])).is_ok());
    assert_eq!(cache.stats().parses, 1, "what went is a miss like any other");
}

#[test]
fn without_reads_the_oldest_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..300).map(text).collect();
    let cache = open(&folder, 0);
    freeze(&cache, &texts);
    let kept: Vec<bool> = texts.iter().map(|text| cache.contains(&document(text))).collect();
    assert!(kept.is_sorted() && kept[299] && !kept[0], "{kept:?}");
}

#[test]
fn what_is_in_memory_is_not_taken_from_the_store_or_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..400).map(text).collect();
    let cache = open(&folder, 64 << 20);
    let (hot, others) = texts.split_at(10);
    for text in hot {
        cache.get_or_parse(&document(text)).unwrap();
    }
    cache.flush().unwrap();
    freeze(&cache, others);
    assert!(cache.stats().evicted_from_store > 0);
    drop(cache);
    let cache = open(&folder, 0);
    assert!(hot.iter().all(|text| cache.contains(&document(text))), "in use to the end");
    drop(cache);

    // More in memory than the store may have: what it could not keep is not taken to be there.
    let cache = open(&folder, 1 << 30);
    for text in &texts {
        cache.get_or_parse(&document(text)).unwrap();
    }
    cache.flush().unwrap();
    assert!(on_disk(&folder) <= QUOTA);
    assert_eq!(cache.stats().tiers.tier(Tier::Hot).entries, 400);
    let gone: Vec<_> = {
        let reader = crate::support::reader(&folder.path().join("store"));
        texts.iter().filter(|text| !reader.contains(&document(text).key().0)).collect()
    };
    assert!(gone.len() > 100);
    let evicted = cache.stats().evicted_from_store;
    cache.flush().unwrap();
    assert!(cache.stats().evicted_from_store > evicted, "they were put again");
}

#[test]
fn a_tree_larger_than_the_quota_is_told_and_the_others_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let large: String = format!("[{}0]", (0..600).map(|seed| text(seed) + ",").collect::<String>());
    let small = [text(1000), text(1001)];
    let cache = open(&folder, 64 << 20);
    for text in [&small[0], &large, &small[1]] {
        cache.get_or_parse(&document(text)).unwrap();
    }
    let error = cache.flush().unwrap_err();
    assert!(
        matches!(error, StoreError::Write(cst_frozen::WriteError::OverQuota { quota: QUOTA, .. })),
        "{error}"
    );
    assert!(error.to_string().contains("larger quota"), "{error}");
    drop(cache);
    let cache = open(&folder, 0);
    assert!(small.iter().all(|text| cache.get(&document(text)).is_some()));
    assert!(!cache.contains(&document(&large)));
}

#[test]
fn room_that_cannot_be_made_is_counted_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = cst_frozen::Options::default().quota(QUOTA);
    let mut spy = Spy::new(Arc::new(cst_frozen::Writer::open(folder.path(), options).unwrap()));
    spy.refuses_room = true;
    let cache = Cache::builder().memory_budget(64 << 20).store(Arc::new(spy)).build();
    let text = text(1);
    cache.get_or_parse(&document(&text)).unwrap();
    cache.flush().unwrap();
    assert_eq!(cache.stats().store_over_quota, 1);
    cache.maintain().unwrap();
    assert_eq!((cache.stats().store_over_quota, cache.stats().evicted_from_store), (2, 0));
    assert!(cache.contains(&document(&text)));
}

#[test]
fn a_store_that_is_above_its_quota_when_it_is_opened_is_brought_below_by_maintain() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..200).map(text).collect();
    let all = Cache::builder().memory_budget(0).store_at(folder.path().join("store")).unwrap().build();
    freeze(&all, &texts);
    drop(all);
    assert!(on_disk(&folder) > QUOTA);
    let cache = open(&folder, 0);
    cache.maintain().unwrap();
    assert!(on_disk(&folder) <= QUOTA && cache.stats().evicted_from_store > 0);
}
