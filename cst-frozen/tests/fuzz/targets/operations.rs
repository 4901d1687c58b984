//! Any sequence of operations, with failures of the disk and a crash: what is left is a state that may be left.

use std::{io::ErrorKind, sync::Arc};

use cst_frozen::{
    Durability::{Buffered, Fsync, Volatile},
    Options, Writer,
    testkit::{Disk, Failure, Survival},
};

use super::data::{contents, key, noise};
use super::history::{History, check_survivor};

/// Carries out an input: when the disk fails twice and how, what survives, then operations. How many states the
/// store was in.
pub(crate) fn run(data: &[u8]) -> usize {
    let mut script = Script(data);
    let disk = Disk::new();
    for _ in 0..2 {
        let (operation, kind) = (script.next(), script.next());
        if operation > 0 {
            disk.fail_at(operation.into(), failure(kind));
        }
    }
    let survival = survival(script.next());
    let mut history = History::new();
    while !script.0.is_empty() && !disk.is_crashed() {
        live(&disk, &mut history, &mut script);
    }
    check_survivor(&disk.after_crash(survival), &history, survival, "after the crash");
    history.states.len()
}

/// One life of a writer, until the script ends it or is at its own end.
fn live(disk: &Disk, history: &mut History, script: &mut Script<'_>) {
    let Ok(writer) = Writer::open_on(Arc::new(disk.clone()), Options::default()) else { return };
    assert_eq!(contents(writer.reader()), *history.now(), "a life begins where the last one ended");
    while !script.0.is_empty() && !disk.is_crashed() {
        match script.next() % 12 {
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

/// Up to four records: a key, and a length, of which 255 stands for none.
fn batch(script: &mut Script<'_>) -> Vec<(u8, Option<Vec<u8>>)> {
    let count = 1 + script.next() % 4;
    let record = |_| {
        let (key, length) = (script.next() % 10, script.next());
        let seed = script.0.len() as u64;
        (key, (length < 255).then(|| noise(seed, usize::from(length) * 2)))
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
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn next(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }
}
