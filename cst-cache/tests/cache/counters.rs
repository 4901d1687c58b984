//! Every number that the cache counts moves, and means what it says.

use std::collections::BTreeMap;
use std::sync::Arc;

use cst_cache::{Budgets, Cache, Document, Durability, Stats, Tier};
use cst_frozen::testkit::Disk;
use cst_frozen::{Options, Writer};

use crate::support::spy::{Door, Spy};
use crate::support::{FakeClock, grammar, parse, replace, segments, sink, sinking, writer};

/// Name and value of each of the cache's own counters, so that a new one cannot be forgotten here.
fn counters(stats: &Stats) -> BTreeMap<String, u64> {
    let text = format!("{stats:#?}");
    let own = text.lines().filter_map(|line| line.strip_prefix("    ").filter(|line| !line.starts_with(' ')));
    own.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_owned(), value.trim_end_matches(',').parse().ok()?))
    })
    .collect()
}

/// The counters of the cache that moved.
fn moved(cache: &Cache, into: &mut BTreeMap<String, u64>) {
    for (name, value) in counters(&cache.stats()) {
        *into.entry(name).or_default() += value;
    }
}

#[test]
fn every_counter_moves() {
    let mut totals = BTreeMap::new();
    let document = Document::new(grammar("json"), b"[1, 2, 3]");
    let tree = parse(&document);
    let folder = tempfile::tempdir().unwrap();
    {
        // Hits in every tier, a miss, a parse, an insert, an edit, a removal, a commit.
        let clock = FakeClock::default();
        let cache = sinking(&clock, 1).store(writer(folder.path())).build();
        cache.get_or_parse(&document).unwrap();
        for down in 0..4 {
            sink(&cache, &clock, 1, down);
            cache.get(&document).unwrap();
        }
        let (new, edit) = replace(b"[1, 2, 3]", 1, 1, "7");
        cache.edit(&document, &[edit], &Document::new(grammar("json"), &new)).unwrap();
        cache.remove(&Document::new(grammar("json"), b"[0]")).unwrap();
        cache.flush().unwrap();
        // A tree that is not of the document's grammar cannot be kept.
        assert!(cache.insert(&Document::new(grammar("css"), b"[1, 2, 3]"), &tree).is_err());
        moved(&cache, &mut totals);
    }
    {
        // Somebody waits for another.
        let door = Door::default();
        let at = door.clone();
        let mut spy = Spy::new(writer(folder.path()));
        spy.before_read = Some(Box::new(move |_| at.pass()));
        let cache = Cache::builder().store(Arc::new(spy)).build();
        std::thread::scope(|scope| {
            scope.spawn(|| cache.get(&document));
            door.await_arrival();
            scope.spawn(|| cache.get(&document));
            std::thread::sleep(std::time::Duration::from_millis(100));
            door.open();
        });
        moved(&cache, &mut totals);
    }
    {
        // No room and no store.
        let cache = Cache::builder().memory_budget(0).build();
        cache.insert(&document, &tree).unwrap();
        moved(&cache, &mut totals);
    }
    {
        // No room and a store that is full; then a store that has room, before the commit.
        let disk = Disk::new();
        let store = Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
        disk.set_capacity(Some(0));
        let cache = Cache::builder().memory_budget(0).store(store).build();
        cache.insert(&document, &tree).unwrap();
        moved(&cache, &mut totals);
        let budgets = Budgets { total: 1 << 20, hot: 0, warm: 0, cold: 0 };
        let cache = Cache::builder().budgets(budgets).store(writer(folder.path())).build();
        cache.insert(&document, &tree).unwrap();
        moved(&cache, &mut totals);
    }
    for refuses_room in [false, true] {
        // A store that is full by its quota.
        let folder = tempfile::tempdir().unwrap();
        let options = Options::default().quota(1000);
        let mut spy = Spy::new(Arc::new(Writer::open(folder.path(), options).unwrap()));
        spy.refuses_room = refuses_room;
        let cache = Cache::builder().memory_budget(0).store(Arc::new(spy)).build();
        for text in [b"[1]", b"[2]", b"[3]", b"[4]", b"[5]", b"[6]"] {
            let document = Document::new(grammar("json"), text);
            cache.freeze_tree(&document, &parse(&document)).unwrap();
            cache.commit(Durability::Buffered).unwrap();
        }
        moved(&cache, &mut totals);
    }
    {
        // Another document's record, and a damaged one.
        let other = Document::new(grammar("json"), b"[4]");
        let store = writer(folder.path());
        let payload = store.reader().get(&document.key().0).unwrap().unwrap();
        store.put(&other.key().0, &payload).unwrap();
        store.put(&document.key().0, b"damaged").unwrap();
        store.commit(Durability::Fsync).unwrap();
        let cache = Cache::builder().store(store).build();
        assert!(cache.get(&other).is_none() && cache.get(&document).is_none());
        moved(&cache, &mut totals);
    }
    assert!(segments(folder.path()).len() > 1);
    assert_eq!(totals.len(), 20, "{totals:#?}");
    let still: Vec<_> = totals.iter().filter(|(_, value)| **value == 0).collect();
    assert!(still.is_empty(), "these never moved: {still:?}");
}

#[test]
fn the_tiers_count_what_moves_and_where_to() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::default();
    let cache = sinking(&clock, 1).store(writer(folder.path())).build();
    let document = Document::new(grammar("json"), b"[1, 2, 3]");
    cache.get_or_parse(&document).unwrap();
    cache.get(&document).unwrap();
    sink(&cache, &clock, 1, 3);
    cache.get(&document).unwrap();
    cache.remove(&document).unwrap();
    let tiers = cache.stats().tiers;
    assert_eq!((tiers.admits(Tier::Hot), tiers.hits(Tier::Hot)), (1, 1));
    assert_eq!((tiers.thaws(Tier::Hot), tiers.removals(Tier::Hot)), (1, 1));
    assert_eq!(tiers.started(), 3, "hot to warm, warm to cold, cold to the disk");
    assert_eq!(tiers.frozen(), 1, "it went to the disk: {tiers:?}");
    assert_eq!((tiers.completed(), tiers.abandoned(), tiers.overtaken()), (3, 0, 0));
    assert_eq!(tiers.removals(Tier::Cold), 0, "nobody removed it there");
}

#[test]
fn nothing_is_counted_twice() {
    let cache = Cache::builder().build();
    let documents: Vec<String> = (0..10).map(|i| format!("[{i}]")).collect();
    for _ in 0..3 {
        for text in &documents {
            cache.get_or_parse(&Document::new(grammar("json"), text.as_bytes())).unwrap();
        }
    }
    let stats = cache.stats();
    assert_eq!((stats.parses, stats.misses, stats.inserts, stats.hot_hits), (10, 10, 10, 20));
    assert_eq!((stats.warm_hits, stats.cold_hits, stats.frozen_hits, stats.joined), (0, 0, 0, 0));
    assert!(cache.get(&Document::new(grammar("json"), b"[99]")).is_none());
    assert_eq!((cache.stats().misses, cache.stats().parses), (11, 10));
}

#[test]
fn a_tree_that_is_not_kept_is_counted() {
    // Farther than tree-sitter can count, so that the tree has other ranges than the document.
    let end = tree_sitter::Point::new(usize::MAX, usize::MAX);
    let all = tree_sitter::Range {
        start_byte: 0,
        end_byte: usize::MAX,
        start_point: Default::default(),
        end_point: end,
    };
    let cache = Cache::builder().build();
    let document = Document::new(grammar("json"), b"[1, 2]").with_included_ranges(&[all]);
    cache.get_or_parse(&document).unwrap();
    assert!(cache.contains(&document) || cache.stats().uncacheable == 1, "neither kept nor counted");
}
