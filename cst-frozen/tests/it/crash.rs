//! A crash, and an error, at every single operation of the disk; then again while recovering from it.

use std::{io::ErrorKind, sync::Arc};

use cst_frozen::{
    Durability::*,
    Evicted, OldestFirst, OpenError, Options, Reader, Step, WriteError, Writer,
    testkit::{Disk, Failure, Survival},
};

use crate::history::{History, State, check_survivor};
use crate::support::{contents, key, noise};

/// Everything that a writer does, over three lives of the process. Stops at the first error of an opening.
fn workload(disk: &Disk, history: &mut History) -> Result<(), OpenError> {
    let value = |seed: u64, len| Some(noise(seed, len));
    for life in 0..3u64 {
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default())?;
        assert_eq!(contents(writer.reader()), *history.now(), "a life begins where the last one ended");
        history.commit(
            &writer,
            Fsync,
            &[(1, value(life, 10)), (2, value(life + 10, 0)), (3, value(life + 20, 200))],
        );
        history.commit(&writer, Buffered, &[(1, value(life + 30, 50)), (4, value(life + 40, 77)), (2, None)]);
        history.commit(&writer, Buffered, &[(5, value(life + 50, 100)), (4, None)]);
        if life == 1 {
            if writer.compact().is_ok() {
                history.all_durable();
            }
            assert_eq!(contents(writer.reader()), *history.now());
        }
        history.commit(&writer, Buffered, &[(6, value(life + 60, 300)), (3, value(life + 70, 64))]);
        if life == 0 {
            history.commit(&writer, Fsync, &[(7, value(life + 80, 20)), (1, None)]);
        }
        history.commit(&writer, Buffered, &[(8, value(life + 90, 130)), (6, None)]);
        if life == 2 {
            if writer.commit(Fsync).is_ok() {
                history.all_durable();
            }
            if writer.compact().is_ok() {
                history.all_durable();
            }
            assert_eq!(contents(writer.reader()), *history.now());
        }
    }
    Ok(())
}

/// Commits with steps of compaction in between. The first segment is so large that the others are merged without it, so
/// tombstones of what it has must be kept.
fn stepped(disk: &Disk, history: &mut History) -> Result<(), OpenError> {
    for life in 0..3u64 {
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default())?;
        assert_eq!(contents(writer.reader()), *history.now(), "a life begins where the last one ended");
        if life == 0 {
            let large = noise(1, 260_000);
            history.commit(
                &writer,
                Fsync,
                &[(0, Some(large)), (1, Some(noise(2, 100))), (2, Some(noise(3, 9)))],
            );
        }
        for n in 0..6u8 {
            // Some of it more than once, within a batch and across.
            let value = Some(noise(u64::from(n / 2) + 10 * life, 50 * usize::from(n)));
            let durability = [Buffered, Volatile, Fsync][usize::from(n % 3)];
            let mut batch = vec![(n % 5 + 3, value.clone()), (9, value)];
            let gone = |&k: &u8| k != n % 5 + 3 && history.now().contains_key(&key(k));
            batch.extend((1..7).find(gone).filter(|_| n % 2 == 0).map(|k| (k, None)));
            history.commit(&writer, durability, &batch);
            let _ = writer.compact_step(150);
            assert_eq!(contents(writer.reader()), *history.now());
        }
        if life == 1 {
            while matches!(writer.compact_step(1000), Ok(Step::Copied { .. } | Step::Merged(_))) {}
            assert_eq!(contents(writer.reader()), *history.now());
        }
    }
    Ok(())
}

/// Commits, each followed by what it takes to stay below a quota: evictions from one segment and from several.
fn evicting(disk: &Disk, history: &mut History) -> Result<(), OpenError> {
    for life in 0..2u64 {
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default().quota(2400))?;
        assert_eq!(contents(writer.reader()), *history.now(), "a life begins where the last one ended");
        for n in 0..5u8 {
            let values = [1, 2].map(|i| (n * 2 % 8 + i, Some(noise(u64::from(n + 20 * i) + life, 300))));
            history.commit(&writer, if n % 2 == 0 { Buffered } else { Fsync }, &values);
            let room = writer.make_room(&OldestFirst);
            let seen = contents(writer.reader());
            if seen != *history.now() {
                assert!(seen.iter().all(|(key, value)| history.now().get(key) == Some(value)));
                history.push(seen, []);
            }
            if room.is_ok_and(|room| room != Evicted::default()) {
                history.all_durable();
            }
        }
        if writer.commit(Fsync).is_ok() {
            history.all_durable();
        }
    }
    Ok(())
}

type Workload = fn(&Disk, &mut History) -> Result<(), OpenError>;

fn survivals() -> impl Iterator<Item = Survival> {
    [Survival::Nothing, Survival::Everything, Survival::Names, Survival::Contents]
        .into_iter()
        .chain((0..12).map(Survival::Some))
}

fn operations(workload: Workload) -> u64 {
    let disk = Disk::new();
    let mut history = History::new();
    workload(&disk, &mut history).unwrap();
    assert_eq!(history.durable, history.states.len() - 1);
    disk.operations()
}

#[test]
fn a_crash_at_every_operation() {
    crash_at_every_operation(workload);
}

#[test]
fn a_crash_at_every_operation_between_steps_of_compaction() {
    crash_at_every_operation(stepped);
}

#[test]
fn a_crash_at_every_operation_of_a_store_with_a_quota() {
    crash_at_every_operation(evicting);
}

fn crash_at_every_operation(workload: Workload) {
    let operations = operations(workload);
    let mut images = 0;
    for n in 1..=operations {
        let disk = Disk::new();
        disk.fail_at(n, Failure::Crash);
        let mut history = History::new();
        let _ = workload(&disk, &mut history);
        assert!(disk.is_crashed());
        for survival in survivals() {
            check_survivor(
                &disk.after_crash(survival),
                &history,
                survival,
                &format!("operation {n}, {survival:?}"),
            );
            images += 1;
        }
    }
    println!("{operations} operations, {images} crash images, nothing lost");
}

#[test]
fn a_crash_at_every_operation_of_the_recovery_from_a_crash() {
    let operations = operations(workload);
    let mut images = 0;
    for n in (1..=operations).step_by(3) {
        let disk = Disk::new();
        disk.fail_at(n, Failure::Crash);
        let mut history = History::new();
        let _ = workload(&disk, &mut history);
        for survival in [Survival::Everything, Survival::Names, Survival::Some(n), Survival::Some(n + 7777)] {
            let image = disk.after_crash(survival);
            for m in 1.. {
                let second = image.after_crash(Survival::Everything);
                second.fail_at(m, Failure::Crash);
                // Opening, and one more commit that covers what was lost.
                let recovered = Writer::open_on(Arc::new(second.clone()), Options::default()).map(|writer| {
                    let _ = writer.put(&key(1), b"second life");
                    let _ = writer.commit(Buffered);
                    writer.reader().clone()
                });
                let mut again = History {
                    states: history.states.clone(),
                    touched: history.touched.clone(),
                    durable: history.durable,
                };
                // The second commit extends what was found, which is some legal state with damage in it.
                for state in history.states[history.durable..].iter().cloned() {
                    let mut extended = state;
                    extended.insert(key(1), b"second life".to_vec());
                    again.push(extended, [key(1)]);
                }
                drop(recovered);
                let kind = if m % 2 == 0 { Survival::Nothing } else { Survival::Some(m) };
                let any = Survival::Some(0);
                check_survivor(
                    &second.after_crash(kind),
                    &again,
                    any,
                    &format!("{n}, {survival:?}, then {m}"),
                );
                images += 1;
                if !second.is_crashed() {
                    break;
                }
            }
        }
    }
    println!("{images} crashes during recovery, nothing lost");
}

#[test]
fn an_error_at_every_operation() {
    error_at_every_operation(workload);
}

#[test]
fn an_error_at_every_operation_between_steps_of_compaction() {
    error_at_every_operation(stepped);
}

#[test]
fn an_error_at_every_operation_of_a_store_with_a_quota() {
    error_at_every_operation(evicting);
}

fn error_at_every_operation(workload: Workload) {
    let operations = operations(workload);
    let mut images = 0;
    for n in 1..=operations {
        for kind in [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::NotFound] {
            let disk = Disk::new();
            disk.fail_at(n, Failure::Error(kind));
            let mut history = History::new();
            if let Err(error) = workload(&disk, &mut history) {
                assert!(matches!(error, OpenError::Io { .. } | OpenError::Missing { .. }), "{error}");
                // The one failure is past: the same again now works, from where it stopped.
                let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
                assert_eq!(contents(writer.reader()), *history.now());
            }
            let reader = Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
            assert_eq!(contents(&reader), *history.now(), "operation {n}");
            for survival in survivals().step_by(3) {
                check_survivor(
                    &disk.after_crash(survival),
                    &history,
                    survival,
                    &format!("error {n}, {survival:?}"),
                );
                images += 1;
            }
        }
    }
    println!("{operations} operations, {images} images after an error");
}

#[test]
fn a_full_disk_is_named_and_costs_only_the_batch() {
    for capacity in (300..6000).step_by(37) {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        disk.set_capacity(Some(capacity));
        let mut expected = State::new();
        let mut full = false;
        for n in 0..12 {
            let value = noise(n.into(), 400);
            match writer.put(&key(n), &value).and_then(|()| writer.commit(Fsync)) {
                Ok(_) => {
                    expected.insert(key(n), value);
                }
                Err(error) => {
                    assert!(matches!(error, WriteError::Full { .. }), "{error}");
                    assert!(error.to_string().contains("full"));
                    full = true;
                }
            }
            assert_eq!(contents(writer.reader()), expected);
        }
        assert_eq!(full, expected.len() < 12);
        // Compaction needs space, too; when it has none, nothing happens.
        if let Err(error) = writer.compact() {
            assert!(matches!(error, WriteError::Full { .. }), "{error}");
        }
        assert_eq!(contents(writer.reader()), expected);
        assert!(!disk.names().iter().any(|name| name.ends_with(".tmp")), "nothing is left lying about");
        disk.set_capacity(None);
        writer.put(&key(100), b"room again").unwrap();
        writer.commit(Fsync).unwrap();
        expected.insert(key(100), b"room again".to_vec());
        drop(writer);
        let after =
            Reader::open_on(Arc::new(disk.after_crash(Survival::Nothing)), Options::default()).unwrap();
        assert_eq!(contents(&after), expected);
    }
}

#[test]
fn a_batch_that_lost_records_cannot_be_committed() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.put(&key(1), b"accepted").unwrap();
    // Large enough to go to the disk at once.
    disk.fail_at(disk.operations() + 1, Failure::Error(ErrorKind::StorageFull));
    assert!(matches!(writer.put(&key(2), &noise(2, 200_000)), Err(WriteError::Full { .. })));
    assert!(matches!(writer.put(&key(3), b""), Err(WriteError::Abandoned { .. })));
    assert!(matches!(writer.remove(&key(3)), Err(WriteError::Abandoned { .. })));
    assert!(matches!(writer.commit(Fsync), Err(WriteError::Abandoned { .. })));
    assert!(contents(writer.reader()).is_empty());
    writer.put(&key(4), b"a new batch").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(contents(writer.reader()).len(), 1);
}

#[test]
fn a_sync_that_failed_is_not_believed_when_it_succeeds() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.put(&key(1), b"one").unwrap();
    writer.commit(Buffered).unwrap();
    writer.put(&key(2), b"two").unwrap();
    disk.fail_at(disk.operations() + 1, Failure::Error(ErrorKind::Other));
    assert!(matches!(writer.commit(Fsync), Err(WriteError::Io { doing: "syncing", .. })));
    for _ in 0..2 {
        writer.put(&key(3), b"three").unwrap();
        assert!(matches!(writer.commit(Fsync), Err(WriteError::NotDurable { .. })));
    }
    writer.put(&key(4), b"four").unwrap();
    writer.commit(Buffered).unwrap();
    writer.compact().unwrap();
    writer.put(&key(5), b"five").unwrap();
    writer.commit(Fsync).unwrap();
    let after = Reader::open_on(Arc::new(disk.after_crash(Survival::Nothing)), Options::default()).unwrap();
    assert_eq!(contents(&after).keys().map(|key| key[31]).collect::<Vec<_>>(), [1, 4, 5]);
}

#[test]
fn what_was_merged_is_kept_until_the_name_of_the_merged_one_is_synced() {
    let mut unsynced = 0;
    for (failing, seed) in (1..20).flat_map(|failing| (0..24).map(move |seed| (failing, seed))) {
        let disk = Disk::new();
        let mut history = History::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 1..5 {
            history.commit(&writer, Fsync, &[(n, Some(noise(n.into(), 100)))]);
        }
        disk.fail_at(disk.operations() + failing, Failure::Error(ErrorKind::Other));
        let failed = writer.compact().is_err();
        // The merged one has its name, beside those that it was merged from.
        let segments = disk.names().iter().filter(|name| name.ends_with(".seg")).count();
        unsynced += usize::from(failed && segments == 5);
        let survivors = |history: &History, when: &str| {
            let survival = Survival::Some(seed);
            check_survivor(&disk.after_crash(survival), history, survival, when);
        };
        survivors(&history, "then a crash");
        if seed % 2 == 0 {
            history.commit(&writer, Buffered, &[(5, Some(noise(5, 100)))]);
            survivors(&history, "then a commit and a crash");
        }
        drop(writer);
        drop(Writer::open_on(Arc::new(disk.clone()), Options::default()));
        survivors(&history, "then the next writer and a crash");
    }
    assert_eq!(unsynced, 48, "two operations are the sync of the folder, and the last look at the lock");
}

/// A crash may keep both ends of a file that was not synced, and tear what lies between.
#[test]
fn what_is_put_again_without_a_sync_takes_nothing_with_it_that_was_synced() {
    let (old, new) = (noise(1, 300), noise(2, 500));
    let mut olds = 0;
    for seed in 0..300 {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        writer.put(&key(1), &old).unwrap();
        writer.commit(Fsync).unwrap();
        writer.put(&key(1), &new).unwrap();
        writer.put(&key(2), &new).unwrap();
        writer.commit(Buffered).unwrap();
        let disk = disk.after_crash(Survival::Some(seed));
        drop(writer);
        let check = |reader: &Reader| {
            let (first, second) = (reader.get(&key(1)).unwrap(), reader.get(&key(2)).unwrap());
            let is_new = second.is_some();
            assert_eq!(first.as_deref(), Some(if is_new { &new[..] } else { &old[..] }), "crash {seed}");
            is_new
        };
        let is_new = check(&Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        assert_eq!(check(writer.reader()), is_new, "crash {seed}");
        writer.compact().unwrap();
        writer.put(&key(3), b"goes on").unwrap();
        writer.commit(Fsync).unwrap();
        assert_eq!(check(writer.reader()), is_new, "crash {seed}");
        drop(writer);
        assert_eq!(check(&Reader::open_on(Arc::new(disk), Options::default()).unwrap()), is_new);
        olds += usize::from(!is_new);
    }
    assert!((1..300).contains(&olds), "{olds} of 300 crashes tear it");
}
