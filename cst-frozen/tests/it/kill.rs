//! A writer process that is killed, again and again, at moments that nobody chose, beside readers in other processes.
//!
//! `CST_FROZEN_KILLS` says how often; a handful where it says nothing. `cargo xtask ci --step store` takes a hundred.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cst_frozen::{Durability::*, Level, OpenError, Options, Reader, Writer};

use crate::support::{noise, wide_key};

const FOLDER: &str = "CST_FROZEN_TEST_FOLDER";
const MMAP: &str = "CST_FROZEN_TEST_MMAP";
const KILLS: &str = "CST_FROZEN_KILLS";

/// Key of the record that tells how many others there are.
const COUNT: u64 = u64::MAX;

fn record(n: u64) -> Vec<u8> {
    noise(n, (n * 7919 % 20_000) as usize)
}

fn count(reader: &Reader) -> u64 {
    reader
        .get(&wide_key(COUNT))
        .unwrap()
        .map_or(0, |record| u64::from_le_bytes(*record.first_chunk().unwrap()))
}

/// The records of these numbers are there, and the one behind the last is not: what one reader sees is one commit.
fn check(reader: &Reader, found: u64, numbers: impl Iterator<Item = u64>) {
    for n in numbers {
        assert_eq!(*reader.get(&wide_key(n)).unwrap().unwrap(), *record(n), "record {n} of {found}");
    }
    assert!(reader.get(&wide_key(found)).unwrap().is_none(), "part of a commit");
}

/// The process that is killed; in an ordinary run of the tests it does nothing.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let writer = Writer::open(folder, Options::default()).unwrap();
    let mut n = count(writer.reader());
    loop {
        for _ in 0..n % 5 + 1 {
            writer.put(&wide_key(n), &record(n)).unwrap();
            n += 1;
        }
        // Something to compact.
        writer.put(&wide_key(n / 2), &record(n / 2)).unwrap();
        writer.put(&wide_key(COUNT), &n.to_le_bytes()).unwrap();
        writer.commit(if n.is_multiple_of(3) { Fsync } else { Buffered }).unwrap();
        println!("\ncommitted {n}");
        std::io::stdout().flush().unwrap();
        let _ = writer.compact_step(200_000).unwrap();
        if n.is_multiple_of(40) {
            writer.compact().unwrap();
        }
    }
}

/// A process that reads all the while, until a file says that it is over; in an ordinary run it does nothing.
#[test]
fn reader() {
    let (Some(folder), Some(mmap)) = (std::env::var_os(FOLDER), std::env::var_os(MMAP)) else { return };
    let folder = Path::new(&folder);
    let over = folder.with_extension("over");
    let (mut last, mut looks) = (0, 0_u64);
    let mut reader: Option<Reader> = None;
    while !over.exists() {
        // Now and then one that knows nothing yet.
        if looks.is_multiple_of(50) {
            match Reader::open(folder, Options::default().mmap(mmap == "1")) {
                Ok(opened) => reader = Some(opened),
                Err(OpenError::Missing { .. } | OpenError::NotAStore { .. }) => continue,
                Err(error) => panic!("{error}"),
            }
        }
        let reader = reader.as_ref().unwrap();
        reader.refresh().unwrap();
        let found = count(reader);
        assert!(found >= last, "{found} after {last}");
        let newest = found.saturating_sub(4)..found;
        check(
            reader,
            found,
            newest.chain((1..5).map(|i| looks * 7919 * i % found.max(1)).filter(|&n| n < found)),
        );
        if looks % 64 == 63 {
            assert!(reader.verify_to(Level::Headers).is_sound());
        }
        last = found;
        looks += 1;
    }
    println!("\nlooked {looks} times");
}

fn spawn(test: &str, folder: &Path, mmap: Option<bool>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(FOLDER, folder);
    if let Some(mmap) = mmap {
        command.env(MMAP, if mmap { "1" } else { "0" });
    }
    command.stdout(Stdio::piped()).stderr(if mmap.is_some() { Stdio::inherit() } else { Stdio::null() });
    command.spawn().unwrap()
}

/// The numbers that a process prints after a word.
fn numbers(child: &mut Child, word: &'static str) -> thread::JoinHandle<Option<u64>> {
    let out = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        let number = |line: &str| line.strip_prefix(word)?.split(' ').next()?.parse::<u64>().ok();
        out.lines().map_while(Result::ok).filter_map(|line| number(&line)).last()
    })
}

/// Ends the processes that a failing test would leave behind.
struct Readers(Vec<Child>);

impl Drop for Readers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn what_was_committed_survives_every_kill() {
    let rounds: usize = std::env::var(KILLS).map_or(6, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut readers = Readers([true, false].map(|mmap| spawn("kill::reader", &store, Some(mmap))).into());
    let looks: Vec<_> = readers.0.iter_mut().map(|reader| numbers(reader, "looked ")).collect();
    let mut clock = u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos());
    let mut last = 0;
    for round in 0..rounds {
        clock = clock.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = spawn("kill::child", &store, None);
        let reported = numbers(&mut child, "committed ");
        // Another reader, in this process, while the child writes.
        let deadline = Instant::now() + Duration::from_millis(40 + (clock >> 33) % 250);
        while Instant::now() < deadline {
            match Reader::open(&store, Options::default()) {
                Ok(reader) => assert!(count(&reader) >= last),
                Err(OpenError::Missing { .. } | OpenError::NotAStore { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        if round == rounds - 1 {
            let error = Writer::open(&store, Options::default()).unwrap_err();
            let OpenError::Locked { holder: Some(holder), .. } = error else { panic!("{error}") };
            assert_eq!(holder.pid, child.id());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let reported = reported.join().unwrap().unwrap_or(last);

        let writer = Writer::open(&store, Options::default()).unwrap();
        let found = count(writer.reader());
        assert!(found >= reported && found >= last, "{reported} were reported, {found} are there");
        // All that is new, and a sample of the rest, of which the checksums are verified below.
        check(writer.reader(), found, (last..found).chain((0..last).step_by(13)));
        let stats = writer.reader().stats();
        assert_eq!(
            (stats.live_records, stats.quarantined_segments, stats.mended_segments),
            (found + u64::from(found > 0), 0, 0)
        );
        assert!(writer.reader().verify().is_sound());
        last = found;
    }
    assert!(last > 0, "the child never got to commit");
    fs::write(store.with_extension("over"), "").unwrap();
    for reader in &mut readers.0 {
        assert!(reader.wait().unwrap().success(), "a reader in another process met something wrong");
    }
    let looks: Vec<u64> = looks.into_iter().map(|looks| looks.join().unwrap().unwrap()).collect();
    assert!(looks.iter().all(|&looks| looks > 0));
    println!(
        "{rounds} of {rounds} kills: {last} records, none lost; readers in other processes looked {looks:?} times"
    );
}
