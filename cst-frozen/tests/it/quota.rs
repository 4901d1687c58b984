//! A store that is kept below a quota.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cst_frozen::{
    Candidate, Durability::*, Evicted, Eviction, Key, OldestFirst, Options, Reader, WriteError, Writer,
    testkit::Disk,
};

use crate::support::{contents, key, noise, wide_key};

const QUOTA: u64 = 200_000;

fn open(disk: &Disk, quota: u64) -> Writer {
    Writer::open_on(Arc::new(disk.clone()), Options::default().quota(quota)).unwrap()
}

#[test]
fn a_store_is_kept_below_its_quota_and_keeps_what_is_newest() {
    let disk = Disk::new();
    let writer = open(&disk, QUOTA);
    let (mut evicted, mut evictions) = (0, 0);
    for n in 0..600u64 {
        writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
        if n % 10 == 9 {
            writer.commit(Buffered).unwrap();
            let room = writer.make_room(&OldestFirst).unwrap();
            let bytes = writer.reader().stats().file_bytes;
            assert!(bytes <= QUOTA, "{bytes} after {n}");
            if room != Evicted::default() {
                assert!(room.before > QUOTA && room.after <= QUOTA / 4 * 3, "{room:?}");
                evictions += 1;
                evicted += room.records;
            }
            let kept = contents(writer.reader());
            let newest: BTreeSet<Key> = (0..=n).rev().take(kept.len()).map(wide_key).collect();
            assert_eq!(kept.into_keys().collect::<BTreeSet<_>>(), newest);
        }
    }
    let stats = writer.reader().stats();
    assert_eq!(stats.live_records + evicted, 600);
    assert!(evictions > 10 && evictions < 30, "{evictions}");
    // A quarter of the quota is put between two evictions, each of which writes three quarters.
    assert!(stats.write_amplification().unwrap() < 4.3, "{stats:?}");
    println!("{evictions} evictions, {:.2} bytes written per byte put", stats.write_amplification().unwrap());
}

/// Worth what a table says.
struct Table(BTreeMap<Key, u64>);

impl Eviction for Table {
    fn worth(&self, candidate: &Candidate) -> u64 {
        assert_eq!(candidate.bytes, 2000);
        self.0.get(&candidate.key).copied().unwrap_or(0)
    }
}

#[test]
fn the_policy_is_the_callers() {
    let disk = Disk::new();
    let writer = open(&disk, QUOTA);
    for n in 0..110 {
        writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
    }
    writer.commit(Fsync).unwrap();
    let worth = Table((0..110).map(|n| (wide_key(n), n * 37 % 110)).collect());
    let reader = Reader::open_on(Arc::new(disk), Options::default()).unwrap();
    let room = writer.make_room(&worth).unwrap();
    assert!(room.records > 0);
    let kept = contents(writer.reader());
    let best: BTreeSet<Key> = (0..110).filter(|n| n * 37 % 110 >= room.records).map(wide_key).collect();
    assert_eq!(kept.keys().copied().collect::<BTreeSet<_>>(), best);
    assert_eq!(contents(&reader).len(), 110, "a reader keeps what it sees");
    assert!(reader.refresh().unwrap(), "and is told that there is something else");
    assert_eq!(contents(&reader), kept);
    // What was evicted and put again and removed does not come back to a reader that was there all the time.
    let gone = (0..110).map(wide_key).find(|key| !kept.contains_key(key)).unwrap();
    writer.put(&gone, b"again").unwrap();
    writer.commit(Fsync).unwrap();
    writer.remove(&gone).unwrap();
    writer.commit(Fsync).unwrap();
    while writer.compact_step(1000).unwrap() != cst_frozen::Step::Idle {}
    reader.refresh().unwrap();
    assert_eq!(contents(&reader), kept);
}

#[test]
fn what_is_dead_goes_before_what_is_live() {
    let disk = Disk::new();
    let writer = open(&disk, QUOTA);
    for round in 0..3 {
        for n in 0..50 {
            writer.put(&wide_key(n), &noise(n + round * 1000, 2000)).unwrap();
        }
        writer.commit(Fsync).unwrap();
    }
    let room = writer.make_room(&OldestFirst).unwrap();
    assert_eq!(room.records, 0);
    assert!(room.after < QUOTA);
    assert_eq!(contents(writer.reader()).len(), 50);
}

#[test]
fn an_open_batch_is_not_committed_to_make_room() {
    let disk = Disk::new();
    let writer = open(&disk, QUOTA);
    for n in 0..110 {
        writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
    }
    writer.commit(Fsync).unwrap();
    writer.put(&key(1), b"open").unwrap();
    let room = writer.make_room(&OldestFirst).unwrap();
    assert_eq!((room.records, room.before), (0, room.after));
    assert!(!writer.reader().contains(&key(1)));
    writer.commit(Fsync).unwrap();
    assert!(writer.make_room(&OldestFirst).unwrap().after < QUOTA);
    assert!(writer.reader().contains(&key(1)));
    // With more than one segment, a batch may be open.
    for n in 200..300 {
        writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
    }
    writer.commit(Fsync).unwrap();
    writer.put(&key(2), b"open").unwrap();
    assert!(writer.make_room(&OldestFirst).unwrap().after < QUOTA);
    assert!(!writer.reader().contains(&key(2)));
    writer.commit(Fsync).unwrap();
    assert!(writer.reader().contains(&key(2)));
}

#[test]
fn a_record_larger_than_the_quota_is_refused_and_the_batch_goes_on() {
    let writer = open(&Disk::new(), 1000);
    writer.put(&key(1), b"before").unwrap();
    let error = writer.put(&key(2), &[0; 1000]).unwrap_err();
    assert!(matches!(error, WriteError::OverQuota { quota: 1000, bytes } if bytes > 1000), "{error}");
    assert!(error.to_string().contains("larger quota"), "{error}");
    writer.remove(&key(3)).unwrap();
    assert_eq!(writer.commit(Fsync).unwrap().records, 2);
    // One that just fits stays, alone.
    let largest = (0..1000).rev().find(|&len| writer.put(&key(4), &vec![0; len]).is_ok()).unwrap();
    assert!(largest > 700);
    writer.commit(Fsync).unwrap();
    writer.make_room(&OldestFirst).unwrap();
    assert_eq!(contents(writer.reader()).keys().copied().collect::<Vec<_>>(), [key(4)]);
    let mut none = open(&Disk::new(), 0);
    assert!(matches!(none.put(&key(1), b""), Err(WriteError::OverQuota { quota: 0, .. })));
    none = open(&Disk::new(), 300);
    none.put(&key(1), b"").unwrap();
}

#[test]
fn a_quota_may_change_and_records_are_listed_without_their_payloads() {
    let writer = Writer::open_on(Arc::new(Disk::new()), Options::default()).unwrap();
    assert_eq!((writer.quota(), writer.reader().generation()), (None, 0));
    for n in 0..60u64 {
        writer.put(&wide_key(n), &noise(n, 2000)).unwrap();
    }
    writer.remove(&wide_key(0)).unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(writer.make_room(&OldestFirst).unwrap(), Evicted::default());
    writer.put(&wide_key(60), b"later").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(writer.reader().generation(), 2);
    let listed: BTreeMap<Key, (u64, u64)> =
        writer.reader().candidates().map(|found| (found.key, (found.bytes, found.generation))).collect();
    let expected = (1..60).map(|n| (wide_key(n), (2000, 1))).chain([(wide_key(60), (5, 2))]);
    assert_eq!(listed, expected.collect());

    writer.set_quota(Some(50_000));
    assert!(matches!(writer.put(&key(1), &[0; 50_000]), Err(WriteError::OverQuota { quota: 50_000, .. })));
    assert!(writer.make_room(&OldestFirst).unwrap().after <= 50_000);
    assert!(writer.reader().contains(&wide_key(60)));
    writer.set_quota(None);
    assert_eq!(writer.quota(), None);
    writer.put(&key(1), &[0; 50_000]).unwrap();
}
