//! Any sequence of operations, with failures of the disk and a crash: what is left is a state that may be left.

use std::{io::ErrorKind, sync::Arc};

use cst_frozen::{
    Durability::{Buffered, Fsync, Volatile},
    Medium, OpenError, Options, Reader, Writer,
    care::{CareError, Existing, backup, repair_on, restore, unwatched},
    testkit::{Disk, Failure, Survival},
};

use super::data::{contents, key, noise};
use super::history::{History, check_survivor};

/// Carries out an input: when the disk fails twice and how, what survives, then operations. How many states the
/// store was in.
pub(crate) fn run(data: &[u8]) -> usize {
    let mut script = Script { rest: data, put: Vec::new() };
    let disk = Disk::new();
    for _ in 0..2 {
        let (operation, kind) = (script.next(), script.next());
        if operation > 0 {
            disk.fail_at(operation.into(), failure(kind));
        }
    }
    let survival = survival(script.next());
    let mut history = History::new();
    while !script.rest.is_empty() && !disk.is_crashed() {
        live(&disk, &mut history, &mut script);
    }
    check_survivor(&disk.after_crash(survival), &history, survival, "after the crash");
    check_repaired(&disk.after_crash(survival), &history, &script.put);
    history.states.len()
}

/// One life of a writer, until the script ends it or is at its own end.
fn live(disk: &Disk, history: &mut History, script: &mut Script<'_>) {
    let Ok(writer) = Writer::open_on(Arc::new(disk.clone()), Options::default()) else { return };
    assert_eq!(contents(writer.reader()), *history.now(), "a life begins where the last one ended");
    let mut kept = None;
    while !script.rest.is_empty() && !disk.is_crashed() {
        let operation = script.next();
        match operation % 12 {
            _ if operation >= 252 => restore_from(kept.as_ref(), &writer, history),
            _ if operation >= 248 => kept = Some(back_up(&writer)),
            0..3 => history.commit(&writer, Buffered, &batch(script)),
            3 | 4 => history.commit(&writer, Fsync, &batch(script)),
            5 => {
                // Where there was nothing to gain, it did nothing, and synced nothing.
                if writer.compact().is_ok_and(|compaction| compaction.segments > 0) {
                    history.all_durable();
                }
            }
            6 => {
                let _ = writer.put(&key(script.next() % 10), b"never committed");
                writer.abandon();
            }
            8 => history.commit(&writer, Volatile, &batch(script)),
            9 | 10 => {
                let _ = writer.compact_step(u64::from(script.next()) * 4);
            }
            _ => break,
        }
        assert_eq!(contents(writer.reader()), *history.now());
    }
    // Closing the writer publishes what is volatile, and says nothing where that fails; this does. It fails twice at most.
    let _ = (0..3).find(|_| writer.commit(Buffered).is_ok());
}

/// A copy of what the store holds, on a disk that never fails.
fn back_up(writer: &Writer) -> Reader {
    let copy = Writer::open_on(Arc::new(Disk::new()), Options::default()).unwrap();
    backup(writer.reader(), &copy, &mut unwatched).unwrap();
    assert_eq!(contents(copy.reader()), contents(writer.reader()));
    copy.reader().clone()
}

/// Makes the store what the copy is, or leaves it as it is.
fn restore_from(copy: Option<&Reader>, writer: &Writer, history: &mut History) {
    let Some(copy) = copy else { return };
    let restored = restore(copy, writer, Existing::Replace, &mut unwatched);
    writer.abandon();
    let (seen, next) = (contents(writer.reader()), contents(copy));
    if restored.is_err() && seen == *history.now() {
        return;
    }
    assert_eq!(seen, next, "neither the state before nor the copy");
    let touched: Vec<_> = history.now().keys().chain(next.keys()).copied().collect();
    history.push(next, touched);
    if restored.is_ok() {
        history.all_durable();
    }
}

/// A repair after the crash: what it leaves is sound, was put at some time, and has all that was not touched since it was
/// durable. Of a batch that was damaged before it was durable, also what the batch itself overrode may come to light.
fn check_repaired(disk: &Disk, history: &History, put: &[(u8, Vec<u8>)]) {
    let medium: Arc<dyn Medium> = Arc::new(disk.clone());
    match repair_on(&medium, Options::default()) {
        Ok(_) => {}
        // There may be no store yet.
        Err(CareError::Open(OpenError::NotAStore { .. })) => return,
        Err(error) => panic!("{error}"),
    }
    let reader = Reader::open_on(medium, Options::default()).unwrap();
    assert!(reader.verify().is_sound());
    let found = contents(&reader);
    let touched = &history.touched[history.durable + 1..];
    for (key, value) in &found {
        assert!(put.contains(&(key[31], value.clone())), "{key:?} was never put");
    }
    for (key, value) in &history.states[history.durable] {
        let is_touched = touched.iter().any(|keys| keys.contains(key));
        assert!(is_touched || found.get(key) == Some(value), "{key:?} is lost");
    }
}

/// Up to four records: a key, and a length, of which 255 stands for none.
fn batch(script: &mut Script<'_>) -> Vec<(u8, Option<Vec<u8>>)> {
    let count = 1 + script.next() % 4;
    let record = |_| {
        let (key, length) = (script.next() % 10, script.next());
        let seed = script.rest.len() as u64;
        let value = (length < 255).then(|| noise(seed, usize::from(length) * 2));
        script.put.extend(value.clone().map(|value| (key, value)));
        (key, value)
    };
    (0..count).map(record).collect()
}

fn failure(kind: u8) -> Failure {
    match kind % 4 {
        0 => Failure::Error(ErrorKind::Other),
        1 => Failure::Error(ErrorKind::StorageFull),
        2 => Failure::Error(ErrorKind::NotFound),
        _ => Failure::Crash,
    }
}

fn survival(kind: u8) -> Survival {
    match kind {
        0 => Survival::Nothing,
        1 => Survival::Everything,
        2 => Survival::Names,
        3 => Survival::Contents,
        seed => Survival::Some(seed.into()),
    }
}

/// The rest of an input; zeros after its end.
struct Script<'a> {
    rest: &'a [u8],
    /// All values that were put so far, committed or not.
    put: Vec<(u8, Vec<u8>)>,
}

impl Script<'_> {
    fn next(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        first
    }
}
