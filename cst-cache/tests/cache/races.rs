//! Two threads that meet in the middle of something.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use cst_cache::{Budgets, Cache, Document, Durability, Parsers};
use cst_frozen::testkit::Disk;
use cst_frozen::{Options, Reader, Writer};

use crate::support::grammar;
use crate::support::spy::{Hook, Spy};

const MEANWHILE: &str = "meanwhile";

/// Runs `work` on another thread, and waits for it; not for ever, because it may rightly have to wait
/// for who called this.
fn meanwhile(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name(MEANWHILE.to_owned()).spawn(work).unwrap();
    for _ in 0..20 {
        if thread.is_finished() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A cache on the disk, with something that happens on another thread after the first put.
fn meeting(disk: &Disk, budgets: Budgets, after_put: bool, event: fn(&Cache)) -> Arc<Cache> {
    let place: Arc<OnceLock<Weak<Cache>>> = Arc::default();
    let mut spy = Spy::new(Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap()));
    // A disk that is full whenever the other thread commits.
    for (hook, capacity) in [(&mut spy.before_commit, Some(0)), (&mut spy.after_commit, None)] {
        let disk = disk.clone();
        *hook = Some(Box::new(move |_| {
            if std::thread::current().name() == Some(MEANWHILE) {
                disk.set_capacity(capacity);
            }
        }));
    }
    let found = place.clone();
    let hook = Box::new(move |count| {
        if count == 0
            && let Some(cache) = found.get().and_then(Weak::upgrade)
        {
            meanwhile(move || event(&cache));
        }
    });
    if after_put {
        spy.after_put = Some(hook);
    } else {
        spy.before_put = Some(hook);
    }
    let cache = Arc::new(Cache::builder().budgets(budgets).store(Arc::new(spy)).build());
    place.set(Arc::downgrade(&cache)).unwrap();
    cache
}

fn holds(disk: &Disk, document: &Document<'_>) -> bool {
    Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap().contains(&document.key().0)
}

#[test]
fn a_flush_that_returned_has_written_all_even_if_another_commit_failed_meanwhile() {
    let disk = Disk::new();
    let cache = meeting(&disk, Budgets::split(64 << 20), true, |cache| {
        let _ = cache.commit(Durability::Buffered);
    });
    let documents = [&b"[1]"[..], b"[2]", b"[3]"].map(|text| Document::new(grammar("json"), text));
    for document in &documents {
        cache.get_or_parse(document).unwrap();
    }
    if cache.flush().is_ok() {
        for document in &documents {
            assert!(holds(&disk, document), "the flush returned without an error");
        }
    }
    // What it did not write, the next one does.
    cache.flush().unwrap();
    for document in &documents {
        assert!(holds(&disk, document), "the second flush");
    }
}

#[test]
fn a_removal_during_a_flush_is_not_undone_by_it() {
    let disk = Disk::new();
    let cache = meeting(&disk, Budgets::split(64 << 20), false, |cache| {
        cache.remove(&Document::new(grammar("json"), b"[1]")).unwrap();
    });
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    cache.flush().unwrap();
    assert!(!holds(&disk, &document) && cache.get(&document).is_none(), "it was removed, and came back");
}

#[test]
fn a_removal_during_a_spill_is_not_undone_by_it() {
    let disk = Disk::new();
    let cache = meeting(&disk, Budgets { total: 1 << 20, hot: 0, warm: 0, cold: 0 }, false, |cache| {
        cache.remove(&Document::new(grammar("json"), b"[1]")).unwrap();
    });
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    assert!(!holds(&disk, &document) && cache.get(&document).is_none(), "it was removed, and came back");
}

/// A cache on the disk, with one hook of its store set to something that happens once, on another thread.
fn interrupted(disk: &Disk, budgets: Budgets, set: fn(&mut Spy, Hook), event: fn(&Cache)) -> Arc<Cache> {
    let place: Arc<OnceLock<Weak<Cache>>> = Arc::default();
    let mut spy = Spy::new(Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap()));
    let found = place.clone();
    let has_happened = AtomicBool::new(false);
    set(
        &mut spy,
        Box::new(move |_| {
            if let Some(cache) = found.get().and_then(Weak::upgrade)
                && !has_happened.swap(true, Ordering::SeqCst)
            {
                meanwhile(move || event(&cache));
            }
        }),
    );
    let cache = Arc::new(Cache::builder().budgets(budgets).store(Arc::new(spy)).build());
    place.set(Arc::downgrade(&cache)).unwrap();
    cache
}

fn remove_and_commit(cache: &Cache) {
    cache.remove(&Document::new(grammar("json"), b"[1]")).unwrap();
    cache.commit(Durability::Buffered).unwrap();
}

#[test]
fn a_removal_that_is_committed_during_a_spill_is_not_undone_by_it() {
    let disk = Disk::new();
    let budgets = Budgets { total: 1 << 20, hot: 0, warm: 0, cold: 0 };
    let cache = interrupted(&disk, budgets, |spy, hook| spy.before_put = Some(hook), remove_and_commit);
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    assert!(!holds(&disk, &document) && cache.get(&document).is_none(), "it was removed, and came back");
}

#[test]
fn a_removal_that_is_committed_during_a_get_is_not_undone_by_it() {
    let disk = Disk::new();
    let cache = interrupted(
        &disk,
        Budgets::split(1 << 20),
        |spy, hook| spy.after_read = Some(hook),
        remove_and_commit,
    );
    let document = Document::new(grammar("json"), b"[1]");
    let tree = Parsers::default().parse(&document, None).unwrap();
    cache.freeze_tree(&document, &tree).unwrap();
    cache.commit(Durability::Fsync).unwrap();
    // It began before the removal did, so it may give the tree; it must not keep it.
    let _ = cache.get(&document);
    assert!(cache.get(&document).is_none(), "it was removed, and came back");
    // What is put in from now on is not taken for something that the store has.
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    assert!(holds(&disk, &document), "the flush returned without an error");
}

#[test]
fn a_removal_during_the_commit_of_an_earlier_one_is_not_forgotten_with_it() {
    let disk = Disk::new();
    let cache = interrupted(
        &disk,
        Budgets::split(1 << 20),
        |spy, hook| spy.after_commit = Some(hook),
        |cache| cache.remove(&Document::new(grammar("json"), b"[1]")).unwrap(),
    );
    let document = Document::new(grammar("json"), b"[1]");
    let tree = Parsers::default().parse(&document, None).unwrap();
    cache.remove(&document).unwrap();
    cache.freeze_tree(&document, &tree).unwrap();
    cache.commit(Durability::Fsync).unwrap();
    assert!(cache.get(&document).is_none(), "it was removed, and is there before the next commit");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    assert!(holds(&disk, &document), "the flush returned without an error");
}
