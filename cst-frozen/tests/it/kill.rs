//! A writer process that is killed, again and again, at moments that nobody chose.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cst_frozen::{Durability::*, OpenError, Options, Reader, Writer};

use crate::support::{noise, wide_key};

const FOLDER: &str = "CST_FROZEN_TEST_FOLDER";
const ROUNDS: usize = 12;

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
        writer.put(&wide_key(COUNT), &n.to_le_bytes()).unwrap();
        writer.commit(if n.is_multiple_of(3) { Fsync } else { Buffered }).unwrap();
        println!("\ncommitted {n}");
        std::io::stdout().flush().unwrap();
        if writer.reader().stats().segments > 12 {
            writer.compact().unwrap();
        }
    }
}

fn spawn(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn what_was_committed_survives_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut clock = u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos());
    let mut last = 0;
    for round in 0..ROUNDS {
        clock = clock.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = spawn(&store);
        let out = BufReader::new(child.stdout.take().unwrap());
        let reported = thread::spawn(move || {
            let number = |line: &str| line.strip_prefix("committed ")?.parse::<u64>().ok();
            out.lines().map_while(Result::ok).filter_map(|line| number(&line)).last()
        });
        // Another reader, in this process, while the child writes.
        let deadline = Instant::now() + Duration::from_millis(40 + (clock >> 33) % 250);
        while Instant::now() < deadline {
            match Reader::open(&store, Options::default()) {
                Ok(reader) => assert!(count(&reader) >= last),
                Err(OpenError::Missing { .. } | OpenError::NotAStore { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        if round == ROUNDS - 1 {
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
        for n in 0..found {
            assert_eq!(*writer.reader().get(&wide_key(n)).unwrap().unwrap(), *record(n), "record {n}");
        }
        assert!(writer.reader().get(&wide_key(found)).unwrap().is_none(), "part of a commit");
        let stats = writer.reader().stats();
        assert_eq!((stats.quarantined_segments, stats.rebuilt_indexes), (0, 0));
        assert!(writer.reader().verify().is_sound());
        last = found;
    }
    assert!(last > 0, "the child never got to commit");
    println!("{ROUNDS} kills, {last} records, none lost");
}
