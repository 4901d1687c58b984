//! Content that is put more than once.

use std::sync::Arc;

use cst_frozen::{
    Durability::*,
    Options, Writer,
    testkit::{Disk, Survival},
};

use crate::support::{contents, everywhere, key, noise, wide_key};

#[test]
fn the_same_content_is_kept_once() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        // Larger than what is gathered before it is written, and smaller.
        let contents_of = [noise(1, 300_000), noise(2, 5000), noise(3, 9), Vec::new(), b"8 bytes.".to_vec()];
        for n in 0..50u64 {
            writer.put(&wide_key(n), &contents_of[n as usize % 5]).unwrap();
        }
        let commit = writer.commit(Fsync).unwrap();
        assert_eq!(commit.records, 50);
        assert!(commit.bytes < 305_009 + 50 * 120, "{commit:?}");
        let check = |reader: &cst_frozen::Reader| {
            for n in 0..50u64 {
                let record = reader.get(&wide_key(n)).unwrap().unwrap();
                assert_eq!(*record, *contents_of[n as usize % 5]);
                assert_eq!(record.as_ptr() as usize % 16, 0);
                assert_eq!(*reader.get(&wide_key(n)).unwrap().unwrap(), *contents_of[n as usize % 5]);
            }
            assert!(reader.verify().is_sound(), "{:?}", reader.verify());
        };
        check(writer.reader());
        check(&place.reader().unwrap());
        // In other commits it is not looked for; compaction finds it.
        for n in 50..60u64 {
            writer.put(&wide_key(n), &contents_of[0]).unwrap();
            writer.commit(Buffered).unwrap();
        }
        // The one that the others lead to goes.
        writer.remove(&wide_key(0)).unwrap();
        writer.put(&wide_key(1), b"another").unwrap();
        writer.commit(Buffered).unwrap();
        let before = contents(writer.reader());
        writer.compact().unwrap();
        assert_eq!(contents(writer.reader()), before);
        assert_eq!(contents(&place.reader().unwrap()), before);
        assert!(writer.reader().stats().file_bytes < 305_009 + 60 * 120);
        assert!(writer.reader().verify().is_sound());
    });
}

#[test]
fn payloads_that_differ_late_are_told_apart() {
    // Equal checksums cannot be had, so this is about lengths and places: each is what it was put as.
    everywhere(|place| {
        let writer = place.writer().unwrap();
        let base = noise(1, 140_000);
        for n in 0..40usize {
            writer.put(&key(n as u8), &base[..140_000 - n / 2]).unwrap();
        }
        writer.commit(Fsync).unwrap();
        for n in 0..40usize {
            assert_eq!(*writer.reader().get(&key(n as u8)).unwrap().unwrap(), base[..140_000 - n / 2]);
        }
        assert!(writer.reader().stats().file_bytes < 20 * 140_000 + 40 * 120);
    });
}

#[test]
fn a_damaged_payload_is_missed_under_each_of_its_keys() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    for n in 1..4 {
        writer.put(&key(n), &noise(1, 100)).unwrap();
    }
    writer.put(&key(4), &noise(4, 100)).unwrap();
    writer.commit(Fsync).unwrap();
    drop(writer);
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = disk.contents(&name).unwrap();
    bytes[64 + 64 + 50] ^= 1;
    let disk = disk.after_crash(Survival::Everything);
    disk.set_contents(&name, &bytes);
    let writer = Writer::open_on(Arc::new(disk), Options::default()).unwrap();
    for n in 1..4 {
        assert!(writer.reader().get(&key(n)).is_err());
    }
    assert_eq!(*writer.reader().get(&key(4)).unwrap().unwrap(), *noise(4, 100));
    writer.put(&key(5), b"so that there is something to compact").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(writer.compact().unwrap().corrupt, 3);
    assert!(writer.reader().verify().is_sound());
    assert_eq!(contents(writer.reader()).len(), 2);
}

#[test]
fn a_store_of_the_first_version_is_read_and_compaction_brings_it_to_the_present_one() {
    let bytes = include_bytes!("../fixtures/version-1.seg");
    let disk = Disk::new();
    disk.set_contents("0000000000000001-0000000000000001.seg", bytes);
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let expected = [(1, b"one again".to_vec()), (2, vec![2; 100]), (3, vec![2; 100])]
        .map(|(n, value)| ([n; 32], value))
        .into_iter()
        .collect();
    assert_eq!(contents(writer.reader()), expected);
    assert!(writer.reader().verify().is_sound());
    writer.put(&[5; 32], b"beside it").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(contents(writer.reader()).len(), 4);
    assert_eq!(writer.compact().unwrap().segments, 2);
    assert_eq!(contents(writer.reader()).len(), 4);
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    assert_eq!(disk.contents(&name).unwrap()[8..12], cst_frozen::FORMAT_VERSION.to_le_bytes());
}
