//! The thread that compacts beside other work.

use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use cst_frozen::{
    Compactor,
    Durability::*,
    Options, Pace, Progress, WriteError, Writer,
    testkit::{Disk, Failure, Survival},
};

use crate::{
    history::{History, check_survivor},
    support::{contents, everywhere, key, noise, wide_key},
};

fn hasty() -> Pace {
    Pace::default().interval(Duration::from_millis(1)).step(1000)
}

/// Waits until it is so; a minute is for machines that are busy with something else.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never comes to that");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_is_worth_it_is_merged_and_nothing_is_lost() {
    everywhere(|place| {
        let writer = Arc::new(place.writer().unwrap());
        let compactor = Compactor::start(&writer, hasty()).unwrap();
        let reader = place.reader().unwrap();
        for n in 0..60u64 {
            writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
            writer.put(&wide_key(1000 + n % 3), &noise(n, 500)).unwrap();
            writer.commit(Buffered).unwrap();
            assert_eq!(*writer.reader().get(&wide_key(n / 2)).unwrap().unwrap(), *noise(n / 2, 2000));
            reader.refresh().unwrap();
            assert_eq!(contents(&reader).len() as u64, n + 1 + 3.min(n + 1));
        }
        until(|| writer.reader().stats().segments < 16);
        assert!(compactor.is_running());
        let progress = compactor.stop();
        assert!(progress.merges >= 1 && progress.steps > progress.merges, "{progress:?}");
        assert!(progress.compacted.segments >= 4 * progress.merges && progress.compacted.bytes > 0);
        assert_eq!((progress.errors, progress.last_error.is_none()), (0, true));
        assert_eq!(contents(writer.reader()).len(), 63);
        assert!(writer.reader().verify().is_sound());
        // Stopped is stopped.
        let before = writer.reader().stats().compacted_bytes;
        for n in 100..110 {
            writer.put(&wide_key(n), b"more").unwrap();
            writer.commit(Buffered).unwrap();
        }
        thread::sleep(Duration::from_millis(20));
        assert_eq!(writer.reader().stats().compacted_bytes, before);
    });
}

#[test]
fn it_does_nothing_while_nothing_is_committed() {
    let disk = Disk::new();
    let writer = Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
    writer.put(&key(1), b"one").unwrap();
    writer.commit(Fsync).unwrap();
    let compactor = Compactor::start(&writer, hasty()).unwrap();
    thread::sleep(Duration::from_millis(50));
    let before = disk.operations();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(disk.operations(), before);
    assert_eq!(compactor.stop().steps, 0);
}

#[test]
fn it_ends_at_once_also_from_a_long_rest_and_in_the_middle_of_a_merge() {
    let disk = Disk::new();
    let writer = Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
    let rare = Compactor::start(&writer, Pace::default().interval(Duration::from_secs(3600))).unwrap();
    thread::sleep(Duration::from_millis(20));
    let begun = Instant::now();
    drop(rare);
    assert!(begun.elapsed() < Duration::from_secs(60));
    for n in 0..8 {
        writer.put(&wide_key(n), &noise(n, 3000)).unwrap();
        writer.commit(Buffered).unwrap();
    }
    // Hours for a record each, unless it is stopped.
    let pace = Pace::default().interval(Duration::from_secs(3600)).step(1);
    let slow = Compactor::start(&writer, pace).unwrap();
    until(|| slow.progress().steps > 0);
    let progress = slow.stop();
    let is_merging = |disk: &Disk| disk.names().iter().any(|name| name.starts_with("compact-"));
    assert!(progress.merges > 0 || is_merging(&disk));
    drop(writer);
    assert!(!is_merging(&disk), "the writer gives it up");
}

#[test]
fn it_does_not_keep_the_writer_open() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Arc::new(Writer::open(folder.path(), Options::default()).unwrap());
    for n in 0..8 {
        writer.put(&wide_key(n), &noise(n, 300)).unwrap();
        writer.commit(Buffered).unwrap();
    }
    let compactor = Compactor::start(&writer, hasty()).unwrap();
    until(|| compactor.progress().merges > 0);
    drop(writer);
    until(|| !compactor.is_running());
    drop(Writer::open(folder.path(), Options::default()).unwrap());
    assert!(compactor.stop().last_error.is_none());
}

#[test]
fn commits_and_merges_wait_for_a_step_at_most() {
    let writer = Arc::new(Writer::open_on(Arc::new(Disk::new()), Options::default()).unwrap());
    for n in 0..200 {
        writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
        writer.commit(Buffered).unwrap();
    }
    // A step is a record, and after each it rests.
    let compactor = Compactor::start(&writer, hasty().step(1)).unwrap();
    until(|| compactor.progress().steps > 0);
    assert_eq!(compactor.progress().merges, 0);
    writer.put(&key(1), b"meanwhile").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(compactor.progress().merges, 0, "the commit did not wait for the merge");
    // What merges everything at once gives the other one up.
    assert!(writer.compact().unwrap().segments > 100);
    assert_eq!(contents(writer.reader()).len(), 201);
}

/// A store with something to compact, and no room to do it in.
fn on_a_full_disk() -> (Disk, Arc<Writer>) {
    let disk = Disk::new();
    let writer = Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
    for n in 0..8 {
        writer.put(&wide_key(n), &noise(n, 300)).unwrap();
        writer.commit(Buffered).unwrap();
    }
    disk.set_capacity(Some(0));
    (disk, writer)
}

#[test]
fn an_error_is_kept_for_who_asks_and_the_next_commit_is_compacted_after_a_while() {
    let (disk, writer) = on_a_full_disk();
    let compactor = Compactor::start(&writer, hasty()).unwrap();
    until(|| compactor.progress().errors > 0);
    let Progress { last_error: Some(error), .. } = compactor.progress() else { panic!("it is kept") };
    assert!(matches!(*error, WriteError::Full { .. }), "{error}");
    assert!(compactor.is_running());
    disk.set_capacity(None);
    until(|| compactor.progress().merges > 0);
    assert_eq!(contents(writer.reader()).len(), 8);
    // A lock that is lost is the end.
    disk.remove_lock();
    writer.put(&key(1), b"lost").unwrap();
    writer.commit(Buffered).unwrap_err();
    drop(compactor);
    let compactor = Compactor::start(&writer, hasty()).unwrap();
    until(|| !compactor.is_running());
    let progress = compactor.stop();
    assert!(matches!(progress.last_error.as_deref(), Some(WriteError::LockLost { .. })), "{progress:?}");
}

#[test]
fn it_ends_within_an_interval_of_the_writer_also_after_an_error() {
    let (_disk, writer) = on_a_full_disk();
    // The next try after an error is a minute later.
    let compactor = Compactor::start(&writer, Pace::default().step(1000)).unwrap();
    until(|| compactor.progress().errors > 0);
    drop(writer);
    let begun = Instant::now();
    until(|| !compactor.is_running());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(compactor.progress().errors, 1);
}

#[test]
fn a_crash_or_an_error_at_any_moment_loses_nothing() {
    let mut merges = 0;
    for n in (1..400).step_by(3) {
        for failure in [Failure::Crash, Failure::Error(ErrorKind::Other)] {
            let disk = Disk::new();
            let mut history = History::new();
            let writer = Arc::new(Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
            disk.fail_at(disk.operations() + n, failure);
            let pace = Pace::default().interval(Duration::from_micros(50)).step(100);
            let compactor = Compactor::start(&writer, pace).unwrap();
            for n in 0..24 {
                let durability = if n % 5 == 4 { Fsync } else { Buffered };
                let value = (n % 7 != 6).then(|| noise(u64::from(n), 60));
                history.commit(&writer, durability, &[(n % 9, value)]);
            }
            until(|| {
                let Progress { merges, errors, .. } = compactor.progress();
                merges + errors > 0 || disk.is_crashed()
            });
            merges += compactor.stop().merges;
            drop(writer);
            for survival in [Survival::Nothing, Survival::Everything, Survival::Names, Survival::Some(n)] {
                check_survivor(
                    &disk.after_crash(survival),
                    &history,
                    survival,
                    &format!("{n}, {survival:?}"),
                );
            }
        }
    }
    assert!(merges > 0, "none of them got as far as a merge");
}

#[test]
fn it_may_be_dropped_while_others_commit_and_compact() {
    let writer = Arc::new(Writer::open_on(Arc::new(Disk::new()), Options::default()).unwrap());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let compacting = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                drop(Compactor::start(&writer, hasty()).unwrap());
                writer.compact().unwrap();
            }
        });
        for n in 0..300 {
            writer.put(&wide_key(n), &noise(n, 200)).unwrap();
            writer.commit(Buffered).unwrap();
        }
        done.store(true, Ordering::Release);
        compacting.join().unwrap();
    });
    assert_eq!(contents(writer.reader()).len(), 300);
}
