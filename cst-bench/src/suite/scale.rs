//! A store of a million records: opening it, finding one, what it takes of memory. And what a store takes on disk.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use cst_frozen::{Durability, Options, Reader, Step, Writer};

use super::{Outcome, Setting};
use crate::count;
use crate::error::Error;
use crate::figure::Bar;
use crate::placed::temporary;
use crate::records::{key, mix, record};
use crate::stop;
use crate::table::Table;

const RECORDS: u64 = 1_000_000;
/// Small: opening reads indexes and no records.
const BYTES: usize = 100;
const LOOKUPS: u64 = 1_000_000;
const ROUNDS: usize = 5;

/// The store whose bytes on disk are counted: records as large as that of a source file of 50 kB.
const LARGE: u64 = 10_000;
const LARGE_BYTES: usize = 10_000;
/// How many of them a commit has, and how much a step of compaction goes through.
const PER_COMMIT: u64 = 50;
const STEP_BYTES: u64 = 1 << 20;

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let million = million()?;
    let space = space()?;
    let figure = |name: &str, value, unit| setting.figure(format!("cst-frozen.scale.{name}"), value, unit);
    let mut figures = vec![
        figure("open", million.open * 1e3, "ms for 1,000,000 records").bar(Bar::AtMost(100.0)),
        figure("open_unsynced", million.open_unsynced * 1e3, "ms, where the commit was not synced"),
        figure("lookup", million.lookup * 1e9, "ns, page cache warm").bar(Bar::AtMost(500.0)),
        figure("disk", space.disk, "bytes on disk per byte of records").bar(Bar::AtMost(1.05)),
        figure("amplification", space.amplification, "bytes written per byte put, with compaction"),
        figure("step", space.step * 1e3, "ms, the longest step of compaction but the last of each merge"),
        figure("last_step", space.last * 1e3, "ms, the longest last step of a merge"),
    ];
    if million.memory > 0.0 {
        let unit = "bytes of private memory per record";
        figures.push(figure("memory", million.memory, unit).bar(Bar::AtMost(64.0)));
    }
    let mut table = Table::new(&["figure", "", "unit"]);
    for figure in &figures {
        table.row(vec![figure.name.clone(), super::number(figure.value), figure.unit.clone()]);
    }
    let text = format!(
        "{RECORDS} records of {BYTES} random bytes, put in one commit with a sync; best of {ROUNDS} rounds. One without is read whole when it is opened. A lookup is `contains`, one of {LOOKUPS} in\n\
         random order; the memory is what was allocated at most while opening and getting all; what is mapped is not private. On disk: {LARGE} records of {LARGE_BYTES} bytes, each put\n\
         twice, {PER_COMMIT} to a commit, with steps of {STEP_BYTES} bytes until nothing is to be gained after each; compacted at the end.\n\n{table}"
    );
    Ok(Outcome { figures, text, drift: None })
}

struct Million {
    open: f64,
    open_unsynced: f64,
    lookup: f64,
    memory: f64,
}

/// Writes a million records to a new store.
fn put_million(path: &Path, durability: Durability) -> Result<(), Error> {
    let writer = open(path)?;
    for at in 0..RECORDS {
        writer.put(&key(at), &record(at, BYTES)).map_err(Error::during("putting"))?;
    }
    writer.commit(durability).map_err(Error::during("committing"))?;
    stop::check()
}

fn million() -> Result<Million, Error> {
    let folder = temporary()?;
    let (path, unsynced) = (folder.path().join("store"), folder.path().join("unsynced"));
    put_million(&path, Durability::Fsync)?;
    put_million(&unsynced, Durability::Buffered)?;
    let infinite = f64::INFINITY;
    let mut best = Million { open: infinite, open_unsynced: infinite, lookup: infinite, memory: 0.0 };
    for _ in 0..ROUNDS {
        stop::check()?;
        let start = Instant::now();
        Reader::open(&unsynced, Options::default()).map_err(Error::during("opening"))?;
        best.open_unsynced = best.open_unsynced.min(start.elapsed().as_secs_f64());
        let (reader, heap) = count::count(|| {
            let start = Instant::now();
            let reader = Reader::open(&path, Options::default()).map_err(Error::during("opening"))?;
            best.open = best.open.min(start.elapsed().as_secs_f64());
            for at in 0..RECORDS {
                let found = reader.get(&key(at)).map_err(Error::during("getting"))?;
                black_box(found.ok_or_else(|| Error::new("a record is gone"))?.len());
            }
            Ok::<_, Error>(reader)
        });
        let reader = reader?;
        best.memory = best.memory.max(heap.peak_bytes as f64 / RECORDS as f64);
        let keys: Vec<_> = (0..LOOKUPS).map(|at| key(mix(at) % RECORDS)).collect();
        let start = Instant::now();
        let found = keys.iter().filter(|key| reader.contains(key)).count();
        best.lookup = best.lookup.min(start.elapsed().as_secs_f64() / LOOKUPS as f64);
        if found != keys.len() {
            return Err(Error::new("a record is gone"));
        }
    }
    Ok(best)
}

struct Space {
    disk: f64,
    amplification: f64,
    step: f64,
    last: f64,
}

fn space() -> Result<Space, Error> {
    let folder = temporary()?;
    let writer = open(&folder.path().join("store"))?;
    let (mut step, mut last) = (0.0f64, 0.0f64);
    for (count, at) in (1..).zip((0..LARGE).chain(0..LARGE)) {
        let fresh = record(at ^ count << 32, LARGE_BYTES);
        writer.put(&key(at), &fresh).map_err(Error::during("putting"))?;
        if count % PER_COMMIT != 0 {
            continue;
        }
        stop::check()?;
        writer.commit(Durability::Buffered).map_err(Error::during("committing"))?;
        loop {
            let start = Instant::now();
            let done = writer.compact_step(STEP_BYTES).map_err(Error::during("compacting"))?;
            let time = start.elapsed().as_secs_f64();
            match done {
                Step::Idle => break,
                Step::Copied { .. } => step = step.max(time),
                Step::Merged(_) => last = last.max(time),
            }
        }
    }
    let amplification = writer.reader().stats().write_amplification();
    writer.compact().map_err(Error::during("compacting"))?;
    let stats = writer.reader().stats();
    Ok(Space {
        disk: stats.file_bytes as f64 / (LARGE * LARGE_BYTES as u64) as f64,
        amplification: amplification.ok_or_else(|| Error::new("nothing was put"))?,
        step,
        last,
    })
}

fn open(path: &Path) -> Result<Writer, Error> {
    Writer::open(path, Options::default()).map_err(Error::during("opening a store"))
}
