//! How long a get takes while a writer puts, commits and compacts, against while it does not.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cst_frozen::{Durability, Options, Reader, Step, Writer};

use super::{Outcome, Setting};
use crate::error::Error;
use crate::figure::Bar;
use crate::placed::temporary;
use crate::records::{key, mix, record};
use crate::stop;
use crate::table::Table;

/// What the store has, 30 MB; the writer puts them again and again.
const RECORDS: u64 = 3_000;
const BYTES: usize = 10_000;
const PER_COMMIT: u64 = 50;
const STEP_BYTES: u64 = 256 << 10;
/// How long a round of each kind takes.
const PHASE: Duration = Duration::from_millis(1500);
const ROUNDS: usize = 5;
/// How often the reader looks for new commits.
const REFRESH: Duration = Duration::from_millis(20);

/// What a round of gets came to, in nanoseconds.
#[derive(Clone, Copy)]
struct Times {
    median: f64,
    p99: f64,
}

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let folder = temporary()?;
    let path = folder.path().join("store");
    let writer = Writer::open(&path, Options::default()).map_err(Error::during("opening a store"))?;
    put_all(&writer, 0)?;
    let (mut idle, mut busy) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS as u64 {
        stop::check()?;
        idle.push(gets(&path)?);
        busy.push(beside(&path, &writer, round + 1)?);
    }
    let mut ratios: Vec<f64> = idle.iter().zip(&busy).map(|(idle, busy)| busy.p99 / idle.p99).collect();
    let stats = writer.reader().stats();
    let middle = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let of = |rounds: &[Times], what: fn(&Times) -> f64| middle(rounds.iter().map(what).collect());
    ratios.sort_unstable_by(f64::total_cmp);
    let figure = |name: &str, value, unit| setting.figure(format!("cst-frozen.readers.{name}"), value, unit);
    let figures = vec![
        figure("p99.idle", of(&idle, |times| times.p99), "ns"),
        figure("p99.busy", of(&busy, |times| times.p99), "ns"),
        figure("p99.busy_to_idle", middle(ratios), "x").bar(Bar::AtMost(2.0)),
        figure("median.idle", of(&idle, |times| times.median), "ns"),
        figure("median.busy", of(&busy, |times| times.median), "ns"),
    ];
    let mut table = Table::new(&["figure", "", "unit"]);
    for figure in &figures {
        table.row(vec![figure.name.clone(), super::number(figure.value), figure.unit.clone()]);
    }
    let text = format!(
        "Gets of {RECORDS} records of {BYTES} bytes in random order, every byte read, through a reader of its own that refreshes every\n\
         {} ms; {} ms with the writer idle, then as long while it puts them all again, {PER_COMMIT} to a commit, and compacts in steps\n\
         of {STEP_BYTES} bytes. Medians of {ROUNDS} rounds. Meanwhile it put {:.0} MB and wrote {:.1} times that.\n\n{table}",
        REFRESH.as_millis(),
        PHASE.as_millis(),
        stats.put_bytes as f64 / 1e6,
        stats.write_amplification().unwrap_or(0.0),
    );
    Ok(Outcome { figures, text, drift: None })
}

fn put_all(writer: &Writer, version: u64) -> Result<(), Error> {
    for at in 0..RECORDS {
        writer.put(&key(at), &record(at ^ version << 32, BYTES)).map_err(Error::during("putting"))?;
    }
    writer.commit(Durability::Buffered).map_err(Error::during("committing"))?;
    while writer.compact_step(u64::MAX).map_err(Error::during("compacting"))? != Step::Idle {}
    Ok(())
}

/// Gets while the writer writes.
fn beside(path: &Path, writer: &Writer, version: u64) -> Result<Times, Error> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing = scope.spawn(|| write(writer, version, &done));
        let times = gets(path);
        done.store(true, Ordering::Release);
        writing.join().unwrap_or_else(|_| Err(Error::new("the thread that writes panicked")))?;
        times
    })
}

fn write(writer: &Writer, version: u64, done: &AtomicBool) -> Result<(), Error> {
    for count in 0.. {
        if done.load(Ordering::Acquire) {
            break;
        }
        let at = mix(count) % RECORDS;
        let fresh = record(at ^ (version << 40) ^ (count << 16), BYTES);
        writer.put(&key(at), &fresh).map_err(Error::during("putting"))?;
        if count % PER_COMMIT == 0 {
            writer.commit(Durability::Buffered).map_err(Error::during("committing"))?;
        }
        // Much as puts bring; a merge is never far behind.
        if count % 10 == 0 {
            let _ = writer.compact_step(STEP_BYTES).map_err(Error::during("compacting"))?;
        }
    }
    writer.commit(Durability::Buffered).map_err(Error::during("committing"))?;
    Ok(())
}

fn gets(path: &Path) -> Result<Times, Error> {
    let reader = Reader::open(path, Options::default()).map_err(Error::during("opening"))?;
    let mut times = Vec::new();
    let start = Instant::now();
    let mut refreshed = start;
    for count in 0.. {
        let key = key(mix(count) % RECORDS);
        let before = Instant::now();
        let found = reader.get(&key).map_err(Error::during("getting"))?;
        let record = found.ok_or_else(|| Error::new("a record is gone"))?;
        black_box(record.as_chunks::<8>().0.iter().fold(0, |sum: u64, &word| sum ^ u64::from_le_bytes(word)));
        let after = Instant::now();
        // The first time round pages are mapped, and checksums verified.
        if count >= 2 * RECORDS {
            times.push((after - before).as_nanos() as f64);
        }
        if after - refreshed > REFRESH {
            reader.refresh().map_err(Error::during("refreshing"))?;
            refreshed = after;
        }
        if after - start > PHASE {
            break;
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| times.get((times.len() as f64 * part) as usize).copied();
    at(0.5)
        .zip(at(0.99))
        .map(|(median, p99)| Times { median, p99 })
        .ok_or_else(|| Error::new("too few gets to tell"))
}
