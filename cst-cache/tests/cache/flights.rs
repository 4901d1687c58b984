//! However many ask for a key at once, the work is done once, and nobody waits for nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use cst_cache::{Cache, Document};

use crate::support::samples::long;
use crate::support::spy::{Door, Spy};
use crate::support::{assert_same, grammar, parse, writer};

const THREADS: u64 = 16;

/// Long enough for threads that have nothing else to do to come to where they wait.
const A_MOMENT: Duration = Duration::from_millis(100);

/// A cache whose store lets the first read through only when the door opens.
fn behind_a_door(folder: &std::path::Path) -> (Cache, Door) {
    let door = Door::default();
    let mut spy = Spy::new(writer(folder));
    let at = door.clone();
    spy.before_read = Some(Box::new(move |count| {
        if count == 0 {
            at.pass();
        }
    }));
    (Cache::builder().store(Arc::new(spy)).build(), door)
}

#[test]
fn sixteen_threads_that_want_one_tree_parse_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, door) = behind_a_door(folder.path());
    let document = Document::new(grammar("json"), b"{\"a\": [1, 2, 3]}");
    let expected = parse(&document);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| assert_same(&cache.get_or_parse(&document).unwrap(), &expected));
        }
        door.await_arrival();
        std::thread::sleep(A_MOMENT);
        door.open();
    });
    let stats = cache.stats();
    assert_eq!((stats.parses, stats.misses, stats.inserts), (1, 1, 1));
    assert_eq!(stats.joined + stats.hot_hits, THREADS - 1);
    assert!(stats.joined > 0);
}

#[test]
fn sixteen_threads_at_once_without_help() {
    let text = long("rust", 2_000);
    let document = Document::new(grammar("rust"), text.as_bytes());
    let cache = Cache::builder().build();
    let barrier = Barrier::new(16);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                cache.get_or_parse(&document).unwrap();
            });
        }
    });
    let stats = cache.stats();
    assert_eq!((stats.parses, stats.inserts, stats.joined + stats.hot_hits), (1, 1, THREADS - 1));
}

#[test]
fn different_keys_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, door) = behind_a_door(folder.path());
    let stuck = Document::new(grammar("json"), b"[1]");
    let free = Document::new(grammar("json"), b"[2]");
    std::thread::scope(|scope| {
        scope.spawn(|| cache.get_or_parse(&stuck).unwrap());
        door.await_arrival();
        cache.get_or_parse(&free).unwrap();
        cache.get(&free).unwrap();
        cache.maintain().unwrap();
        cache.flush().unwrap();
        assert_eq!(cache.stats().parses, 1, "while the other stands at the door");
        door.open();
    });
    assert_eq!(cache.stats().parses, 2);
}

#[test]
fn who_joins_a_look_that_finds_nothing_parses_after_all() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, door) = behind_a_door(folder.path());
    let document = Document::new(grammar("json"), b"[1, 2]");
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| cache.get(&document).is_some());
        door.await_arrival();
        let parsing: Vec<_> =
            (0..4).map(|_| scope.spawn(|| cache.get_or_parse(&document).unwrap())).collect();
        std::thread::sleep(A_MOMENT);
        door.open();
        assert!(!looking.join().unwrap(), "a look never parses");
        for thread in parsing {
            assert_same(&thread.join().unwrap(), &parse(&document));
        }
    });
    assert_eq!(cache.stats().parses, 1);
}

#[test]
fn who_looks_while_another_parses_gets_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, door) = behind_a_door(folder.path());
    let document = Document::new(grammar("json"), b"[1, 2]");
    std::thread::scope(|scope| {
        scope.spawn(|| cache.get_or_parse(&document).unwrap());
        door.await_arrival();
        let looking = scope.spawn(|| cache.get(&document));
        std::thread::sleep(A_MOMENT);
        door.open();
        assert_same(&looking.join().unwrap().unwrap(), &parse(&document));
    });
    assert_eq!((cache.stats().parses, cache.stats().misses), (1, 1));
}

#[test]
fn one_record_in_the_store_is_decoded_once_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let text = long("python", 50);
    let document = Document::new(grammar("python"), text.as_bytes());
    {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        cache.get_or_parse(&document).unwrap();
        cache.close().unwrap();
    }
    let (cache, door) = behind_a_door(folder.path());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| assert!(cache.get(&document).is_some()));
        }
        door.await_arrival();
        std::thread::sleep(A_MOMENT);
        door.open();
    });
    let stats = cache.stats();
    assert_eq!((stats.frozen_hits, stats.parses, stats.misses), (1, 0, 0));
    assert_eq!(stats.joined + stats.hot_hits, THREADS - 1);
}

#[test]
fn a_leader_that_fails_leaves_the_work_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let door = Door::default();
    let panicked = Arc::new(AtomicBool::new(false));
    let mut spy = Spy::new(writer(folder.path()));
    let (at, told) = (door.clone(), panicked.clone());
    spy.before_read = Some(Box::new(move |count| {
        if count == 0 {
            at.pass();
            told.store(true, Ordering::SeqCst);
            panic!("a store that panics, for the test");
        }
    }));
    let cache = Cache::builder().store(Arc::new(spy)).build();
    let document = Document::new(grammar("json"), b"[1, 2]");
    std::thread::scope(|scope| {
        let leader = scope.spawn(|| drop(cache.get_or_parse(&document)));
        door.await_arrival();
        let followers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| cache.get_or_parse(&document).unwrap())).collect();
        std::thread::sleep(A_MOMENT);
        door.open();
        assert!(leader.join().is_err());
        for follower in followers {
            assert_same(&follower.join().unwrap(), &parse(&document));
        }
    });
    assert!(panicked.load(Ordering::SeqCst));
    assert_eq!(cache.stats().parses, 1);
}
