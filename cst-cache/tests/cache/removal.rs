//! What was removed is gone: from memory at once, from the store with the next commit.

use std::sync::Arc;

use cst_cache::{Budgets, Cache, Document};
use cst_frozen::testkit::Disk;
use cst_frozen::{Options, Reader, Writer};

use crate::support::{FakeClock, entries, grammar, reader, sink, sinking, writer};

#[test]
fn a_removed_tree_is_gone_from_whatever_tier_it_was_in() {
    let document = Document::new(grammar("json"), b"[1, 2]");
    for down in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::default();
        let cache = sinking(&clock, 1).store_at(folder.path()).unwrap().build();
        cache.get_or_parse(&document).unwrap();
        sink(&cache, &clock, 1, down);
        assert!(cache.contains(&document));
        cache.remove(&document).unwrap();
        assert_eq!((entries(&cache), cache.stats().awaiting_commit), ([0; 3], 0));
        cache.flush().unwrap();
        assert!(!cache.contains(&document) && cache.get(&document).is_none(), "{down}");
        cache.close().unwrap();
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        assert!(cache.get(&document).is_none(), "{down}, after a restart");
    }
}

#[test]
fn a_tree_removed_while_it_waits_for_a_commit_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let budgets = Budgets { total: 1 << 20, hot: 0, warm: 0, cold: 0 };
    let cache = Cache::builder().budgets(budgets).store_at(folder.path()).unwrap().build();
    let document = Document::new(grammar("json"), b"[1, 2]");
    cache.get_or_parse(&document).unwrap();
    assert_eq!(cache.stats().awaiting_commit, 1);
    cache.remove(&document).unwrap();
    assert_eq!((cache.stats().awaiting_commit, cache.stats().awaiting_commit_bytes), (0, 0));
    assert!(cache.get(&document).is_none());
    cache.maintain().unwrap();
    cache.flush().unwrap();
    assert!(cache.get(&document).is_none());
}

#[test]
fn a_look_between_removal_and_commit_does_not_bring_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::builder().store_at(folder.path()).unwrap().build();
    let document = Document::new(grammar("json"), b"[1, 2]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    cache.remove(&document).unwrap();
    // Until the commit the store still has it, and may say so.
    let _ = cache.get(&document);
    cache.flush().unwrap();
    assert!(cache.get(&document).is_none(), "it was removed, and the removal is committed");
}

#[test]
fn what_is_put_in_after_a_removal_stays() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::new(grammar("json"), b"[1, 2]");
    {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        let tree = cache.get_or_parse(&document).unwrap();
        cache.flush().unwrap();
        cache.remove(&document).unwrap();
        cache.insert(&document, &tree).unwrap();
        cache.close().unwrap();
    }
    assert!(Cache::builder().store_at(folder.path()).unwrap().build().get(&document).is_some());
}

#[test]
fn removing_what_is_not_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::new(grammar("json"), b"[1, 2]");
    for cache in [
        Cache::builder().build(),
        Cache::builder().store(writer(folder.path())).build(),
        Cache::builder().store(reader(folder.path())).build(),
    ] {
        cache.remove(&document).unwrap();
        cache.remove(&document).unwrap();
        assert!(cache.get(&document).is_none());
    }
}

#[test]
fn a_removal_whose_commit_failed_is_not_forgotten() {
    let disk = Disk::new();
    let store = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let cache = Cache::builder().store(Arc::new(store)).build();
    let document = Document::new(grammar("json"), b"[1, 2]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    cache.remove(&document).unwrap();
    disk.set_capacity(Some(0));
    assert!(cache.flush().is_err());
    disk.set_capacity(None);
    cache.flush().unwrap();
    assert!(cache.get(&document).is_none(), "it was removed");
    cache.close().unwrap();
    let reader = Reader::open_on(Arc::new(disk), Options::default()).unwrap();
    assert!(!reader.contains(&document.key().0), "it was removed, and all is committed");
}
