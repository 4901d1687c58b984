//! Two threads that meet in the middle of something.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use cst_cache::{Budgets, Cache, Document, Durability, Parsers, Store};
use cst_frozen::testkit::Disk;
use cst_frozen::{Options, Reader, Writer};

use crate::support::spy::{Hook, Spy};
use crate::support::{Random, grammar};

const MEANWHILE: &str = "meanwhile";

thread_local! {
    /// What this thread began and has not waited for.
    static BEGUN: RefCell<Vec<JoinHandle<()>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` on another thread, and waits for it; not for ever, because it may rightly have to wait
/// for who called this.
fn meanwhile(work: impl FnOnce() + Send + 'static) {
    let work = || {
        work();
        settled();
    };
    let thread = std::thread::Builder::new().name(MEANWHILE.to_owned()).spawn(work).unwrap();
    for _ in 0..20 {
        if thread.is_finished() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    BEGUN.with_borrow_mut(|begun| begun.push(thread));
}

/// Waits for the end of all that happened meanwhile.
fn settled() {
    for thread in BEGUN.take() {
        thread.join().unwrap();
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
    settled();
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
    settled();
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
    settled();
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

const NOTHING_STAYS: Budgets = Budgets { total: 1 << 20, hot: 0, warm: 0, cold: 0 };

/// A cache on the disk whose store a test steps into; what happens there runs on another thread.
fn watched(
    disk: &Disk,
    budgets: Budgets,
    set: impl FnOnce(&mut Spy, Arc<OnceLock<Weak<Cache>>>),
) -> (Arc<Cache>, Arc<Spy>) {
    let place: Arc<OnceLock<Weak<Cache>>> = Arc::default();
    let mut spy = Spy::new(Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap()));
    set(&mut spy, Arc::clone(&place));
    let spy = Arc::new(spy);
    let cache = Arc::new(Cache::builder().budgets(budgets).store(Arc::clone(&spy) as Arc<dyn Store>).build());
    place.set(Arc::downgrade(&cache)).unwrap();
    (cache, spy)
}

#[test]
fn a_removal_is_not_forgotten_as_long_as_the_store_does_not_have_it() {
    let disk = Disk::new();
    let (cache, spy) = watched(&disk, Budgets::split(1 << 20), |_, _| {});
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    cache.remove(&document).unwrap();
    // The commit that has it fails, and so does the next attempt to have it in one.
    disk.set_capacity(Some(0));
    spy.refused_removes.store(1, Ordering::SeqCst);
    cache.commit(Durability::Fsync).unwrap_err();
    disk.set_capacity(None);
    let attempts = (0..5).take_while(|_| cache.commit(Durability::Fsync).is_err()).count();
    assert!(attempts < 5, "there is room, and yet it cannot be committed");
    assert!(!holds(&disk, &document), "a commit returned without an error, and the tree is still there");
    cache.commit(Durability::Fsync).unwrap();
    assert!(cache.get(&document).is_none(), "it was removed, and came back");
}

#[test]
fn a_removal_that_the_store_refused_is_told_until_it_is_written() {
    let disk = Disk::new();
    let (cache, spy) = watched(&disk, Budgets::split(1 << 20), |_, _| {});
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    spy.refused_removes.store(2, Ordering::SeqCst);
    cache.remove(&document).unwrap_err();
    assert!(cache.get(&document).is_none(), "the tiers in memory no longer have it");
    cache.commit(Durability::Fsync).unwrap_err();
    assert!(cache.get(&document).is_none() && !cache.contains(&document));
    cache.commit(Durability::Fsync).unwrap();
    assert!(!holds(&disk, &document));
}

#[test]
fn a_removal_during_a_spill_does_not_take_out_what_is_put_in_after_it() {
    let disk = Disk::new();
    let has_happened = Arc::new(AtomicBool::new(false));
    let happens = Arc::clone(&has_happened);
    let (cache, _) = watched(&disk, NOTHING_STAYS, |spy, place| {
        let again = Arc::clone(&place);
        // While the tree is written, it is removed.
        spy.after_put = Some(Box::new(move |count| {
            if count == 0
                && let Some(cache) = place.get().and_then(Weak::upgrade)
            {
                meanwhile(move || cache.remove(&Document::new(grammar("json"), b"[1]")).unwrap());
            }
        }));
        // Whoever takes it out of the store a second time meets another who puts it in.
        spy.before_remove = Some(Box::new(move |count| {
            if count == 1
                && let Some(cache) = again.get().and_then(Weak::upgrade)
            {
                happens.store(true, Ordering::SeqCst);
                meanwhile(move || {
                    cache.get_or_parse(&Document::new(grammar("json"), b"[1]")).unwrap();
                    cache.flush().unwrap();
                });
            }
        }));
    });
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    settled();
    if !has_happened.load(Ordering::SeqCst) {
        cache.get_or_parse(&document).unwrap();
    }
    cache.flush().unwrap();
    assert!(holds(&disk, &document), "it was put in after it was removed, and is not in the store");
}

#[test]
fn a_removal_that_is_tried_again_does_not_take_out_what_was_put_in_after_it() {
    let disk = Disk::new();
    let (cache, _) = watched(&disk, Budgets::split(1 << 20), |spy, place| {
        let disk = disk.clone();
        spy.before_remove = Some(Box::new(move |count| {
            // The first one is that of `remove` itself.
            if count == 1
                && let Some(cache) = place.get().and_then(Weak::upgrade)
            {
                disk.set_capacity(None);
                meanwhile(move || {
                    let document = Document::new(grammar("json"), b"[1]");
                    let tree = Parsers::default().parse(&document, None).unwrap();
                    cache.freeze_tree(&document, &tree).unwrap();
                });
            }
        }));
    });
    let document = Document::new(grammar("json"), b"[1]");
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    cache.remove(&document).unwrap();
    disk.set_capacity(Some(0));
    cache.commit(Durability::Fsync).unwrap_err();
    disk.set_capacity(None);
    cache.commit(Durability::Fsync).unwrap();
    settled();
    cache.commit(Durability::Fsync).unwrap();
    assert!(holds(&disk, &document), "it was frozen and committed after it was removed");
    assert!(cache.get(&document).is_some());
}

#[test]
fn a_read_that_panics_leaves_no_key_in_work() {
    let disk = Disk::new();
    let writer = Arc::new(Writer::open_on(Arc::new(disk), Options::default()).unwrap());
    let mut spy = Spy::new(writer.clone());
    spy.before_read = Some(Box::new(|count| assert!(count > 0, "a store that panics, for the test")));
    let cache = Cache::builder().store(Arc::new(spy)).build();
    let document = Document::new(grammar("json"), b"[1]");
    let tree = Parsers::default().parse(&document, None).unwrap();
    cache.freeze_tree(&document, &tree).unwrap();
    cache.commit(Durability::Fsync).unwrap();
    let record = writer.reader().get(&document.key().0).unwrap().unwrap();
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cache.get(&document)));
    assert!(read.is_err());
    cache.remove(&document).unwrap();
    cache.commit(Durability::Fsync).unwrap();
    assert!(cache.get(&document).is_none());
    // The removal is history now: what somebody else puts into the store is found.
    writer.put(&document.key().0, &record).unwrap();
    writer.commit(Durability::Fsync).unwrap();
    assert!(cache.get(&document).is_some(), "a removal that is committed is still not forgotten");
}

/// Whatever threads do to a few keys at once: in the end the store has what the cache says that it has.
#[test]
fn memory_and_store_agree_once_all_is_quiet() {
    for (round, budgets) in [Budgets::split(1 << 20), NOTHING_STAYS].into_iter().cycle().take(24).enumerate()
    {
        let disk = Disk::new();
        let (cache, _) = watched(&disk, budgets, |spy, _| {
            let pause = |salt: u64| -> Hook {
                Box::new(move |count| {
                    if (count * 7 + salt).is_multiple_of(3) {
                        std::thread::yield_now();
                    }
                })
            };
            spy.before_put = Some(pause(0));
            spy.after_put = Some(pause(1));
            spy.before_remove = Some(pause(2));
            spy.before_commit = Some(pause(1));
            let full = disk.clone();
            spy.after_commit = Some(Box::new(move |count| {
                // Every fifth commit fails.
                full.set_capacity((count % 5 == 3).then_some(0));
            }));
        });
        let texts = [&b"[1]"[..], b"[2]", b"[3]"];
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let cache = &cache;
                scope.spawn(move || {
                    let mut random = Random(round as u64 * 100 + thread);
                    for _ in 0..150 {
                        let document = Document::new(grammar("json"), texts[random.index(3)]);
                        match random.below(8) {
                            0..3 => drop(cache.get_or_parse(&document).unwrap()),
                            3 => drop(cache.get(&document)),
                            4 | 5 => drop(cache.remove(&document)),
                            6 => drop(cache.commit(Durability::Buffered)),
                            _ => drop(cache.flush()),
                        }
                    }
                });
            }
        });
        disk.set_capacity(None);
        let flushed = (0..9).any(|_| {
            disk.set_capacity(None);
            cache.flush().is_ok()
        });
        assert!(flushed, "there is room, and yet it cannot be flushed");
        for text in texts {
            let document = Document::new(grammar("json"), text);
            assert_eq!(cache.contains(&document), holds(&disk, &document), "round {round}, {text:?}");
        }
    }
}
