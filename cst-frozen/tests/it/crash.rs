//! A crash, and an error, at every single operation of the disk; then again while recovering from it.

use std::{collections::BTreeMap, io::ErrorKind, sync::Arc};

use cst_frozen::{
    Durability::{self, *},
    Key, OpenError, Options, ReadError, Reader, WriteError, Writer,
    testkit::{Disk, Failure, Survival},
};

use crate::support::{contents, key, noise};

type State = BTreeMap<Key, Vec<u8>>;

/// What is known of a store: every state that it was in, and which of them a power failure may not go behind.
struct Model {
    history: Vec<State>,
    durable: usize,
}

impl Model {
    fn new() -> Model {
        Model { history: vec![State::new()], durable: 0 }
    }

    fn now(&self) -> &State {
        self.history.last().unwrap()
    }

    fn all_durable(&mut self) {
        self.durable = self.history.len() - 1;
    }

    /// One batch; returns whether it was committed. With an error, whatever the caller can see is what it must be able
    /// to rely on.
    fn commit(&mut self, writer: &Writer, durability: Durability, batch: &[(u8, Option<Vec<u8>>)]) {
        let mut next = self.now().clone();
        for (n, value) in batch {
            let put = match value {
                Some(value) => writer.put(&key(*n), value),
                None => writer.remove(&key(*n)),
            };
            if put.is_err() {
                writer.abandon();
                return;
            }
            match value {
                Some(value) => next.insert(key(*n), value.clone()),
                None => next.remove(&key(*n)),
            };
        }
        let committed = writer.commit(durability);
        let seen = contents(writer.reader());
        if committed.is_ok() {
            assert_eq!(seen, next);
            self.history.push(next);
            if durability == Fsync {
                self.all_durable();
            }
        } else if seen == next {
            self.history.push(next);
        } else {
            assert_eq!(seen, *self.now(), "neither the state before nor the one after");
        }
    }
}

/// Everything that a writer does, over three lives of the process. Stops at the first error of an opening.
fn workload(disk: &Disk, model: &mut Model) -> Result<(), OpenError> {
    let value = |seed: u64, len| Some(noise(seed, len));
    for life in 0..3u64 {
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default())?;
        assert_eq!(contents(writer.reader()), *model.now(), "a life begins where the last one ended");
        model.commit(
            &writer,
            Fsync,
            &[(1, value(life, 10)), (2, value(life + 10, 0)), (3, value(life + 20, 200))],
        );
        model.commit(&writer, Buffered, &[(1, value(life + 30, 50)), (4, value(life + 40, 77)), (2, None)]);
        model.commit(&writer, Buffered, &[(5, value(life + 50, 100)), (4, None)]);
        if life == 1 {
            if writer.compact().is_ok() {
                model.all_durable();
            }
            assert_eq!(contents(writer.reader()), *model.now());
        }
        model.commit(&writer, Buffered, &[(6, value(life + 60, 300)), (3, value(life + 70, 64))]);
        if life == 0 {
            model.commit(&writer, Fsync, &[(7, value(life + 80, 20)), (1, None)]);
        }
        model.commit(&writer, Buffered, &[(8, value(life + 90, 130)), (6, None)]);
        if life == 2 {
            if writer.commit(Fsync).is_ok() {
                model.all_durable();
            }
            if writer.compact().is_ok() {
                model.all_durable();
            }
            assert_eq!(contents(writer.reader()), *model.now());
        }
    }
    Ok(())
}

fn survivals() -> impl Iterator<Item = Survival> {
    [Survival::Nothing, Survival::Everything, Survival::Names, Survival::Contents]
        .into_iter()
        .chain((0..12).map(Survival::Some))
}

/// What a reader finds: a value, nothing, or damage.
fn observe(reader: &Reader) -> BTreeMap<Key, Option<Vec<u8>>> {
    let mut seen = BTreeMap::new();
    for n in 0..12 {
        match reader.get(&key(n)) {
            Ok(None) => {}
            Ok(Some(record)) => drop(seen.insert(key(n), Some(record.to_vec()))),
            Err(ReadError::Corrupt { .. }) => drop(seen.insert(key(n), None)),
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

/// Whether a store that is found like this was in the last of these states, but for records that are known to be
/// damaged, which are none of those that were durable from the first of them on.
fn is(seen: &BTreeMap<Key, Option<Vec<u8>>>, states: &[State]) -> bool {
    let [durable, .., state] = states else {
        return states.iter().any(|only| is(seen, &[only.clone(), only.clone()]));
    };
    (0..12).all(|n| match seen.get(&key(n)) {
        None => !state.contains_key(&key(n)),
        Some(None) => states.iter().any(|state| state.get(&key(n)) != durable.get(&key(n))),
        Some(Some(value)) => state.get(&key(n)) == Some(value),
    })
}

/// Checks what a crash left behind, and that a writer goes on from exactly there.
fn check_survivor(disk: &Disk, model: &Model, survival: Survival, what: &str) {
    let writer = match Writer::open_on(Arc::new(disk.clone()), Options::default()) {
        Ok(writer) => writer,
        Err(error) => panic!("{what}: {error}"),
    };
    let seen = observe(writer.reader());
    let legal = &model.history[model.durable..];
    assert!(
        (1..=legal.len()).any(|len| is(&seen, &legal[..len])),
        "{what}: found {seen:?}\n durable from {} of {}",
        model.durable,
        model.history.len()
    );
    if !matches!(survival, Survival::Some(_)) {
        assert!(seen.values().all(Option::is_some), "{what}: damaged records");
    }
    // Nothing that is lost comes back: not with the next commits, nor after another crash.
    writer.put(&key(11), b"after").unwrap();
    writer.commit(Buffered).unwrap();
    let mut expected = seen;
    expected.insert(key(11), Some(b"after".to_vec()));
    assert_eq!(observe(writer.reader()), expected, "{what}");
    let open = |disk: Disk| Reader::open_on(Arc::new(disk), Options::default()).unwrap();
    assert_eq!(observe(&open(disk.clone())), expected, "{what}");
    writer.put(&key(10), b"and on").unwrap();
    writer.commit(Fsync).unwrap();
    expected.insert(key(10), Some(b"and on".to_vec()));
    assert_eq!(observe(&open(disk.after_crash(Survival::Nothing))), expected, "{what}");
    assert_eq!(observe(&open(disk.after_crash(Survival::Some(5)))), expected, "{what}");
    writer.compact().unwrap();
    expected.retain(|_, value| value.is_some());
    assert_eq!(observe(writer.reader()), expected, "{what}");
    assert!(writer.reader().verify().is_sound(), "{what}");
    drop(writer);
    assert_eq!(observe(&open(disk.after_crash(Survival::Nothing))), expected, "{what}");
}

fn operations() -> u64 {
    let disk = Disk::new();
    let mut model = Model::new();
    workload(&disk, &mut model).unwrap();
    assert_eq!(model.durable, model.history.len() - 1);
    disk.operations()
}

#[test]
fn a_crash_at_every_operation() {
    let operations = operations();
    let mut images = 0;
    for n in 1..=operations {
        let disk = Disk::new();
        disk.fail_at(n, Failure::Crash);
        let mut model = Model::new();
        let _ = workload(&disk, &mut model);
        assert!(disk.is_crashed());
        for survival in survivals() {
            check_survivor(
                &disk.after_crash(survival),
                &model,
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
    let operations = operations();
    let mut images = 0;
    for n in (1..=operations).step_by(3) {
        let disk = Disk::new();
        disk.fail_at(n, Failure::Crash);
        let mut model = Model::new();
        let _ = workload(&disk, &mut model);
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
                let mut again = Model { history: model.history.clone(), durable: model.durable };
                // The second commit extends what was found, which is some legal state with damage in it.
                for state in model.history[model.durable..].iter().cloned() {
                    let mut extended = state;
                    extended.insert(key(1), b"second life".to_vec());
                    again.history.push(extended);
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
    let operations = operations();
    let mut images = 0;
    for n in 1..=operations {
        for kind in [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::NotFound] {
            let disk = Disk::new();
            disk.fail_at(n, Failure::Error(kind));
            let mut model = Model::new();
            if let Err(error) = workload(&disk, &mut model) {
                assert!(matches!(error, OpenError::Io { .. } | OpenError::Missing { .. }), "{error}");
                // The one failure is past: the same again now works, from where it stopped.
                let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
                assert_eq!(contents(writer.reader()), *model.now());
            }
            let reader = Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
            assert_eq!(contents(&reader), *model.now(), "operation {n}");
            for survival in survivals().step_by(3) {
                check_survivor(
                    &disk.after_crash(survival),
                    &model,
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
