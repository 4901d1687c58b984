//! The store on disk by itself: open, put, commit, get.

use cst_frozen::{Durability, Options, Reader, Writer};

use super::{Outcome, Setting, reference};
use crate::error::Error;
use crate::figure::Guard;
use crate::placed::temporary;
use crate::records::{key, record};
use crate::rounds::{Piece, best};
use crate::table::Table;

/// How many records the store has.
const RECORDS: u64 = 1_000;
/// As large as the record of a source file of 10 kB.
const BYTES: usize = 2_048;
const ROUNDS: usize = 20;

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let times = RECORDS as u32;
    let folder = temporary()?;
    let path = folder.path().join("store");
    let writer = fill(&path, Durability::Buffered)?;
    let reader = writer.reader().clone();
    let during = |what: &'static str| move |error| Error::during(what)(error);
    let (mut buffered, mut synced) = (0, 0);
    let mut pieces = vec![
        reference()?,
        Piece::new("open", || Reader::open(&path, Options::default()).map_err(during("opening"))),
        Piece::many("get", times, || {
            (0..RECORDS).try_fold(0, |sum, at| {
                let found = reader.get(&key(at)).map_err(Error::during("getting"))?;
                Ok(sum + found.ok_or_else(|| Error::new("a record is gone"))?.len())
            })
        }),
        Piece::many("contains", times, || Ok((0..RECORDS).filter(|&at| reader.contains(&key(at))).count())),
        Piece::many("miss", times, || {
            let misses = (RECORDS..2 * RECORDS).filter(|&at| matches!(reader.get(&key(at)), Ok(None)));
            Ok(misses.count())
        }),
        Piece::many("put", times, || {
            buffered += 1;
            fill(&folder.path().join(format!("buffered-{buffered}")), Durability::Buffered)
        }),
        Piece::many("put_synced", times, || {
            synced += 1;
            fill(&folder.path().join(format!("synced-{synced}")), Durability::Fsync)
        }),
    ];
    let best = best(&mut pieces, ROUNDS)?;
    let mut figures = Vec::new();
    let mut table = Table::new(&["", "ns each", "MB/s"]);
    for (piece, &time) in pieces.iter().zip(&best).skip(1) {
        let name = |what: &str| format!("cst-frozen.{}.{what}", piece.name);
        let unit = if piece.name == "open" { "ns" } else { "ns/record" };
        figures.push(setting.figure(name("time"), time, unit));
        // What the disk does is not for this code to answer for.
        if matches!(piece.name.as_str(), "get" | "contains" | "miss") {
            let share = 1e6 * time / best[0];
            let unit = "parts per million of parsing the Rust sample";
            figures.push(setting.figure(name("of_parse"), share, unit).guard(Guard::Time));
        }
        let moves = matches!(piece.name.as_str(), "get" | "put" | "put_synced");
        let speed = if moves { format!("{:.0}", BYTES as f64 * 1e3 / time) } else { "-".to_owned() };
        table.row(vec![piece.name.clone(), format!("{time:.0}"), speed]);
    }
    let text = format!(
        "{RECORDS} records of {BYTES} random bytes in one commit; best of {ROUNDS} rounds. `put` makes a store, puts all and commits;\n\
         `get` verified each checksum in the first round; `miss` asks for what is not there.\n\n{table}"
    );
    Ok(Outcome { figures, text, drift: None })
}

fn fill(path: &std::path::Path, durability: Durability) -> Result<Writer, Error> {
    let writer = Writer::open(path, Options::default()).map_err(Error::during("opening a store"))?;
    for at in 0..RECORDS {
        writer.put(&key(at), &record(at, BYTES)).map_err(Error::during("putting"))?;
    }
    writer.commit(durability).map_err(Error::during("committing"))?;
    Ok(writer)
}
