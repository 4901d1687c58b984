//! Measuring stores: gets from a warm page cache, and bulk inserts that are synced once at the end.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use super::{Key, OURS, PEERS, Peer, Record, RecordStore, Room};
use crate::error::Error;
use crate::figure::Bar;
use crate::peers::disk;
use crate::peers::options::{Options, Role};
use crate::peers::series::{Outcome, Pair, Percentiles};
use crate::random::Random;

/// How large a record is that is fetched: the bytecode of a file of about a thousand lines.
const GET_BYTES: usize = 30_000;
/// How many of them a store has: 30 MB, more than the caches next to a core hold.
const GET_RECORDS: usize = 1_000;
/// How large a record is that is inserted.
const INSERT_BYTES: usize = 10_000;

/// The random bytes that records are windows of: so many that no two records are alike.
const POOL_BYTES: usize = 32 << 20;

const GET: &str = "get.30kB";
const FIND: &str = "get.30kB.unread";
const INSERT: &str = "insert.10kB";
const DISK: &str = "insert.10kB.disk";

/// Fastest of all; LMDB, which checks nothing, may be a fifth faster.
const BARS: [(&str, Bar); 2] = [(GET, Bar::AtMost(1.0)), (INSERT, Bar::AtMost(1.0))];
const LMDB_BARS: [(&str, Bar); 2] = [(GET, Bar::AtMost(1.2)), (INSERT, Bar::AtMost(1.0))];

/// Measures all stores.
///
/// # Errors
///
/// Where one fails, or gives another record than was put.
pub fn measure(options: &Options) -> Result<Outcome, Error> {
    let rivals = PEERS.iter().filter(|peer| peer.name != OURS);
    let mut outcome = Outcome {
        role: Role::Store,
        notes: notes(options),
        peers: PEERS.map(|peer| peer.name).to_vec(),
        series: Vec::new(),
        pairs: rivals
            .map(|peer| Pair {
                ours: OURS,
                theirs: peer.name,
                bars: if peer.name == super::heed::PEER.name { &LMDB_BARS } else { &BARS },
            })
            .collect(),
    };
    let folder = tempfile::Builder::new().prefix("cst-peers-").tempdir_in(&options.folder);
    let folder = folder.map_err(Error::during("making a temporary folder"))?;
    let mut random = Random::new(options.seed);
    let pool = random.bytes(POOL_BYTES);
    gets(&mut outcome, &pool, &mut random, folder.path(), options)?;
    inserts(&mut outcome, &pool, &mut random, folder.path(), options)?;
    Ok(outcome)
}

fn notes(options: &Options) -> Vec<String> {
    let mut notes = vec![
        format!("{GET}: {GET_RECORDS} records in random order, page cache warm; every byte is read."),
        format!("{FIND}: the same, but only the first byte is looked at."),
        format!("{INSERT}: {} records in random order of keys, on disk when it returns.", options.inserts),
        "fjall's 30 MB for the gets are still in its write buffer, which is to its advantage.".to_owned(),
        format!("{DISK}: bytes on disk per byte of records, right after."),
        format!(
            "Rounds: {}, the stores taking turns; temporary files in {}.",
            options.rounds,
            options.folder.display()
        ),
    ];
    notes.extend(PEERS.iter().map(|peer| format!("{:<13} {}", peer.name, peer.about)));
    notes
}

/// `count` records of `bytes` bytes under random keys.
fn records<'p>(pool: &'p [u8], random: &mut Random, count: usize, bytes: usize) -> Vec<Record<'p>> {
    let record = |_| {
        let mut key: Key = [0; 32];
        key.copy_from_slice(&random.bytes(32));
        let start = random.below(pool.len() - bytes);
        (key, &pool[start..start + bytes])
    };
    (0..count).map(record).collect()
}

fn open(peer: &Peer, folder: &Path, records: &[Record<'_>]) -> Result<Box<dyn RecordStore>, Error> {
    fs::create_dir_all(folder).map_err(Error::during(format!("making {}", folder.display())))?;
    let records = records.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    // Room for everything and for what a cache needs beside it: what a user with memory to spare gives.
    (peer.open)(folder, Room { records, cache: (2 * records).max(64 << 20) })
}

fn gets(
    outcome: &mut Outcome,
    pool: &[u8],
    random: &mut Random,
    folder: &Path,
    options: &Options,
) -> Result<(), Error> {
    let mut records = records(pool, random, GET_RECORDS, GET_BYTES);
    let mut stores = Vec::new();
    for peer in PEERS.iter().filter(|peer| !peer.only_inserts) {
        let mut store = open(peer, &folder.join("get").join(peer.name), &records)?;
        store.insert(&records)?;
        check(peer.name, &*store, &records)?;
        stores.push((peer.name, store));
    }
    for round in 0..options.rounds {
        (options.progress)(&format!("store: gets, round {} of {}", round + 1, options.rounds));
        random.shuffle(&mut records);
        // Any order, so that none always follows the same one.
        random.shuffle(&mut stores);
        for (name, store) in &stores {
            for (what, look) in [(GET, sum as fn(&[u8]) -> u64), (FIND, first)] {
                let times = timed(&**store, &records, look)?;
                outcome.push(name, what, "ns (median of the gets)", times.median);
                outcome.push(name, &format!("{what}.p99"), "ns (99th percentile of the gets)", times.p99);
            }
        }
    }
    Ok(())
}

/// What every adapter has to do: give back what it was given.
pub(super) fn check(name: &str, store: &dyn RecordStore, records: &[Record<'_>]) -> Result<(), Error> {
    store.read(&mut |get| {
        for (key, bytes) in records {
            let mut same = false;
            get(key, &mut |read| same = read == *bytes)?;
            if !same {
                return Err(Error::new(format!("{name} gave another record than was put")));
            }
        }
        Ok(())
    })
}

fn timed(
    store: &dyn RecordStore,
    records: &[Record<'_>],
    look: fn(&[u8]) -> u64,
) -> Result<Percentiles, Error> {
    let mut times = Vec::with_capacity(records.len());
    store.read(&mut |get| {
        for (key, _) in records {
            let start = Instant::now();
            get(key, &mut |bytes| {
                black_box(look(bytes));
            })?;
            times.push(start.elapsed().as_nanos() as f64);
        }
        Ok(())
    })?;
    Ok(Percentiles::of(&mut times))
}

/// Reads every byte, as cheaply as that can be done.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let tail: u64 = rest.iter().map(|&byte| u64::from(byte)).sum();
    words.iter().fold(tail, |sum, &word| sum.wrapping_add(u64::from_le_bytes(word)))
}

fn first(bytes: &[u8]) -> u64 {
    bytes.first().map_or(0, |&byte| u64::from(byte))
}

fn inserts(
    outcome: &mut Outcome,
    pool: &[u8],
    random: &mut Random,
    folder: &Path,
    options: &Options,
) -> Result<(), Error> {
    let records = records(pool, random, options.inserts, INSERT_BYTES);
    let bytes: usize = records.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut peers = PEERS;
    for round in 0..options.rounds {
        random.shuffle(&mut peers);
        for peer in &peers {
            (options.progress)(&format!(
                "store: {} inserts, round {} of {}",
                peer.name,
                round + 1,
                options.rounds
            ));
            let place = folder.join("insert");
            let mut store = open(peer, &place, &records)?;
            settle(folder);
            let start = Instant::now();
            store.insert(&records)?;
            let time = start.elapsed();
            let each = time.as_secs_f64() * 1e6 / records.len().max(1) as f64;
            outcome.push(peer.name, INSERT, "us per record, sync included", each);
            let taken = disk::taken(&place)? as f64 / bytes.max(1) as f64;
            outcome.push(peer.name, DISK, "bytes on disk per byte of records", taken);
            check(peer.name, &*store, &records[..records.len().min(100)])?;
            drop(store);
            fs::remove_dir_all(&place).map_err(Error::during(format!("removing {}", place.display())))?;
        }
    }
    Ok(())
}

/// Waits until what was done before is on disk, so that nobody pays for it who comes after.
fn settle(folder: &Path) {
    #[cfg(target_os = "linux")]
    if let Ok(folder) = fs::File::open(folder) {
        // What cannot be waited for makes times worse, not wrong.
        let _ = rustix::fs::syncfs(folder);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_gives_back_what_it_was_given() {
        let mut random = Random::new(3);
        let pool = random.bytes(50_000);
        let records = records(&pool, &mut random, 50, 9_999);
        for peer in &PEERS {
            let folder = tempfile::tempdir().unwrap();
            let mut store = open(peer, &folder.path().join("store"), &records).unwrap();
            store.insert(&records).unwrap();
            check(peer.name, &*store, &records).unwrap();
            let other = records.iter().map(|(key, _)| (*key, &b"other"[..])).collect::<Vec<_>>();
            assert!(check(peer.name, &*store, &other).is_err(), "{}", peer.name);
            let absent = store.read(&mut |get| get(&[7; 32], &mut |_| ()));
            assert!(absent.unwrap_err().to_string().contains("no record"), "{}", peer.name);
            assert!(disk::taken(folder.path()).unwrap() >= 50 * 9_999, "{}", peer.name);
        }
    }

    #[test]
    fn every_byte_is_summed() {
        assert_eq!(sum(&[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 4]), 10);
    }
}
