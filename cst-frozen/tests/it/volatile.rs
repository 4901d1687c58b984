//! Commits that promise nothing.

use std::sync::Arc;

use cst_frozen::{
    Durability::*,
    Options, Reader, Writer,
    testkit::{Disk, Failure, Survival},
};

use crate::support::{contents, everywhere, key};

#[test]
fn only_this_process_sees_them_until_a_commit_that_promises_more() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&key(1), b"one").unwrap();
        writer.commit(Buffered).unwrap();
        let reader = place.reader().unwrap();
        for n in 2..5 {
            writer.put(&key(n), b"more").unwrap();
            assert_eq!(writer.commit(Volatile).unwrap().generation, n.into());
            assert_eq!(contents(writer.reader()).len(), n.into());
            assert!(!writer.reader().refresh().unwrap(), "and does not lose it");
            assert_eq!(contents(writer.reader()).len(), n.into());
            assert!(!reader.refresh().unwrap());
            assert_eq!(contents(&place.reader().unwrap()).len(), 1);
        }
        writer.remove(&key(1)).unwrap();
        writer.commit(Volatile).unwrap();
        assert!(reader.contains(&key(1)) && !writer.reader().contains(&key(1)));
        // An empty one, too.
        writer.commit(Buffered).unwrap();
        assert!(reader.refresh().unwrap());
        assert_eq!(contents(&reader), contents(writer.reader()));
        assert_eq!(contents(&reader).len(), 3);

        writer.put(&key(6), b"compacted").unwrap();
        writer.commit(Volatile).unwrap();
        writer.compact().unwrap();
        assert!(reader.refresh().unwrap() && reader.contains(&key(6)));

        writer.put(&key(7), b"dropped").unwrap();
        writer.commit(Volatile).unwrap();
        drop(writer);
        assert!(reader.refresh().unwrap() && reader.contains(&key(7)));
        assert!(!place.names().iter().any(|name| name.ends_with(".tmp")));
        assert!(reader.verify().is_sound());
    });
}

#[test]
fn they_are_gone_with_the_process_and_lasting_with_a_later_one() {
    for last in [Volatile, Buffered, Fsync] {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 1..4 {
            writer.put(&key(n), b"record").unwrap();
            writer.commit(Volatile).unwrap();
        }
        writer.put(&key(4), b"record").unwrap();
        writer.commit(last).unwrap();
        let left = |survival| {
            let disk = disk.after_crash(survival);
            let writer = Writer::open_on(Arc::new(disk), Options::default()).unwrap();
            contents(writer.reader()).len()
        };
        assert_eq!(left(Survival::Everything), if last == Volatile { 0 } else { 4 });
        assert_eq!(left(Survival::Nothing), if last == Fsync { 4 } else { 0 });
    }
}

#[test]
fn one_that_cannot_be_named_stays_and_is_named_later() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.put(&key(1), b"one").unwrap();
    writer.commit(Volatile).unwrap();
    disk.fail_at(disk.operations() + 1, Failure::Error(std::io::ErrorKind::Other));
    writer.commit(Fsync).unwrap_err();
    assert!(writer.reader().contains(&key(1)));
    writer.put(&key(2), b"two").unwrap();
    writer.commit(Fsync).unwrap();
    let reader = Reader::open_on(Arc::new(disk.after_crash(Survival::Nothing)), Options::default()).unwrap();
    assert_eq!(contents(&reader).len(), 2);
}

/// What has no name is not found in the folder, so a refresh must not read that in place of what the writer has.
#[test]
fn a_refresh_of_the_writers_own_reader_loses_nothing() {
    for durability in [Buffered, Fsync] {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for (n, durability) in [(1, Fsync), (2, Volatile), (3, durability)] {
            writer.put(&key(n), b"kept").unwrap();
            if n == 3 {
                disk.set_contents("0000000000000009-0000000000000009.seg", b"stray");
                writer.reader().refresh().unwrap();
                assert!(writer.reader().contains(&key(2)));
            }
            writer.commit(durability).unwrap();
        }
        drop(writer);
        let reader = Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 1..=3 {
            assert!(reader.contains(&key(n)), "{n} after {durability:?}");
        }
    }
}
