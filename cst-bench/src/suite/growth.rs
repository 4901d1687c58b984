//! How a store grows from 10 to 100,000 files: its size, opening it, finding a record in it.

use std::hint::black_box;
use std::time::Instant;

use cst_frozen::{Durability, Options, Reader, Writer};

use super::{Outcome, Setting};
use crate::error::Error;
use crate::placed::temporary;
use crate::records::{key, mix, record};
use crate::stop;
use crate::table::Table;

/// How many records the stores have.
pub const STEPS: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];
/// Small ones: what grows is the number of records, and the disk is not for sale.
const BYTES: usize = 400;
/// A run of `cst index` commits now and then, so that a store has more than one segment.
const COMMITS: u64 = 4;
const LOOKUPS: u64 = 20_000;
const ROUNDS: usize = 5;

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut figures = Vec::new();
    let mut table = Table::new(&["records", "store MB", "bytes over the records, each", "open ms", "get ns"]);
    for records in STEPS {
        let folder = temporary()?;
        let path = folder.path().join("store");
        let bytes = fill(&path, records)?;
        let (open, get) = measure(&path, records)?;
        let overhead = bytes as f64 / records as f64 - BYTES as f64;
        let figure = |name: &str, value, unit| {
            setting.figure(format!("cst-frozen.growth.{records}.{name}"), value, unit)
        };
        figures.extend([
            figure("size", bytes as f64, "bytes"),
            figure("overhead", overhead, "bytes/record").guard(crate::figure::Guard::Bytes),
            figure("open", open * 1e3, "ms"),
            figure("get", get * 1e9, "ns/record"),
        ]);
        table.row(vec![
            records.to_string(),
            format!("{:.3}", bytes as f64 / 1e6),
            format!("{overhead:.1}"),
            format!("{:.3}", open * 1e3),
            format!("{:.0}", get * 1e9),
        ]);
    }
    let text = format!(
        "Records of {BYTES} random bytes, put in {COMMITS} commits: no trees, because their number is what grows. Best of {ROUNDS} rounds;\n\
         a get is one of {LOOKUPS} in random order, with its checksum, and the store in the page cache.\n\n{table}"
    );
    Ok(Outcome { figures, text, drift: None })
}

/// Returns how large the store is.
fn fill(path: &std::path::Path, records: u64) -> Result<u64, Error> {
    let writer = Writer::open(path, Options::default()).map_err(Error::during("opening a store"))?;
    for commit in 0..COMMITS {
        stop::check()?;
        for at in (commit..records).step_by(COMMITS as usize) {
            writer.put(&key(at), &record(at, BYTES)).map_err(Error::during("putting"))?;
        }
        // The last with a sync, as a program ends: what none vouches for is read whole when it is opened.
        let is_last = commit + 1 == COMMITS;
        let durability = if is_last { Durability::Fsync } else { Durability::Buffered };
        writer.commit(durability).map_err(Error::during("committing"))?;
    }
    Ok(writer.reader().stats().file_bytes)
}

/// Seconds to open, and to get one record.
fn measure(path: &std::path::Path, records: u64) -> Result<(f64, f64), Error> {
    let (mut open, mut get) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        stop::check()?;
        let start = Instant::now();
        let reader = Reader::open(path, Options::default()).map_err(Error::during("opening"))?;
        open = open.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for at in 0..LOOKUPS {
            let found = reader.get(&key(mix(at) % records)).map_err(Error::during("getting"))?;
            black_box(found.ok_or_else(|| Error::new("a record is gone"))?.len());
        }
        get = get.min(start.elapsed().as_secs_f64() / LOOKUPS as f64);
    }
    Ok((open, get))
}
