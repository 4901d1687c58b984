//! Every bit flipped, every length cut: what is read is what was written, or nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cst_frozen::{
    Durability::{self, *},
    FORMAT_VERSION, Fault, Key, Medium, OpenError, Options, ReadError, Reader, Writer,
    testkit::{Disk, Survival},
};

use crate::support::{contents, key, noise};

pub(crate) type Contents = BTreeMap<Key, Vec<u8>>;
pub(crate) type Keys = BTreeSet<Key>;
/// A record that is put, or one that is removed.
type Change = (u8, Option<Vec<u8>>);

/// Two commits; the second overrides, removes and adds. With what was there after each.
pub(crate) fn small_store(durability: Durability) -> (Disk, Vec<Contents>) {
    store_of(durability, 2)
}

/// Some commits, each of which overrides, removes and adds.
pub(crate) fn store_of(durability: Durability, commits: usize) -> (Disk, Vec<Contents>) {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let mut states = vec![Contents::new()];
    let batches: [&[Change]; 4] = [
        &[(1, Some(b"one".to_vec())), (2, Some(noise(2, 40))), (3, Some(vec![])), (5, Some(noise(2, 40)))],
        &[(1, Some(b"another one".to_vec())), (3, None), (4, Some(noise(4, 16)))],
        &[(2, None), (3, Some(noise(3, 30))), (5, Some(noise(3, 30))), (1, Some(b"a third".to_vec()))],
        &[(1, None), (2, Some(b"two".to_vec())), (3, Some(b"three".to_vec())), (3, Some(b"last".to_vec()))],
    ];
    for batch in &batches[..commits] {
        for (n, value) in *batch {
            match value {
                Some(value) => writer.put(&key(*n), value).unwrap(),
                None => writer.remove(&key(*n)).unwrap(),
            }
        }
        writer.commit(durability).unwrap();
        states.push(contents(writer.reader()));
    }
    drop(writer);
    (disk.after_crash(Survival::Everything), states)
}

pub(crate) fn open(disk: &Disk) -> Result<Reader, OpenError> {
    Reader::open_on(Arc::new(disk.clone()), Options::default())
}

/// What is read is the newest that was committed, or an error: never an older one, and nothing where there is something only
/// for keys that were damaged before. Returns which keys were errors.
pub(crate) fn check(reader: &Reader, newest: &Contents, damaged: &Keys, what: &str) -> Keys {
    let mut errors = Keys::new();
    for key in (0..8).map(key) {
        match reader.get(&key) {
            Ok(None) if damaged.contains(&key) => {}
            Ok(record) => {
                assert_eq!(record.as_deref(), newest.get(&key).map(Vec::as_slice), "{what}: {}", key[31]);
                assert_eq!(reader.contains(&key), record.is_some(), "{what}: {}", key[31]);
            }
            Err(ReadError::Corrupt { .. } | ReadError::Doubtful { .. }) => drop(errors.insert(key)),
            Err(error) => panic!("{error}"),
        }
    }
    let (mut met, mut is_told) = (0, false);
    for item in reader.iter() {
        match item {
            Ok((key, record)) => {
                assert_eq!(newest.get(&key).map(Vec::as_slice), Some(&*record), "{what}: {}", key[31]);
                met += 1;
            }
            Err(ReadError::Corrupt { .. } | ReadError::Doubtful { .. }) => is_told = true,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(met + damaged.len() >= newest.len() || is_told, "{what}: what is missing is told");
    errors
}

#[test]
fn every_flipped_bit_is_detected_or_harmless() {
    for durability in [Fsync, Buffered] {
        let (pristine, states) = store_of(durability, 4);
        let newest = states.last().unwrap();
        let (mut flips, mut detected, mut errors) = (0, 0, 0);
        for name in pristine.names() {
            let bytes = pristine.contents(&name).unwrap();
            for bit in 0..bytes.len() * 8 {
                let what = format!("{name} bit {bit}");
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let disk = pristine.after_crash(Survival::Everything);
                disk.set_contents(&name, &damaged);
                flips += 1;
                let reader = open(&disk).unwrap();
                if durability == Buffered && reader.stats().quarantined_segments > 0 {
                    // Nobody vouches for it, so it may be torn as well, and the store is what it was before that commit.
                    assert!(states.contains(&contents(&reader)), "{what}");
                    assert!(!reader.verify().is_sound(), "{what}");
                    detected += 1;
                    continue;
                }
                let met = check(&reader, newest, &Keys::new(), &what);
                // No more than the record that was hit, and those that share its payload.
                assert!(met.len() <= 2, "{what}: {met:?}");
                errors += usize::from(!met.is_empty());
                let stats = reader.stats();
                assert_eq!((stats.gaps, stats.quarantined_segments), (0, 0), "{what}");
                if name.ends_with(".seg") {
                    assert!(!reader.verify().is_sound(), "{what}");
                    detected += 1;
                } else {
                    assert_eq!(contents(&reader), *newest);
                }
                if bit % 7 != 0 {
                    continue;
                }
                // A writer goes on with what is left, and compaction keeps exactly that.
                let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
                let readable: Contents =
                    writer.reader().iter().flatten().map(|(key, record)| (key, record.to_vec())).collect();
                writer.compact().unwrap();
                assert_eq!(contents(writer.reader()), readable, "{what}");
                writer.put(&key(9), b"new").unwrap();
                writer.commit(Fsync).unwrap();
                assert_eq!(&*open(&disk).unwrap().get(&key(9)).unwrap().unwrap(), b"new");
                assert_eq!(open(&disk).unwrap().stats().mended_segments, 0, "{what}");
            }
        }
        println!(
            "{flips} bits flipped, {detected} in segments, all of those detected; {errors} cost a record"
        );
    }
}

#[test]
fn any_bytes_are_opened_without_panic() {
    let (pristine, _) = small_store(Fsync);
    let name = &pristine.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let bytes = pristine.contents(name).unwrap();
    for seed in 0..2000u64 {
        let mut damaged = bytes.clone();
        // Noise over some range, the ends more often than not left as they are.
        let random = noise(seed + 1, 16);
        let start = usize::from(u16::from_le_bytes([random[0], random[1]])) % bytes.len();
        let len = usize::from(random[2]).min(bytes.len() - start);
        damaged[start..start + len].copy_from_slice(&noise(seed, len));
        let disk = pristine.after_crash(Survival::Everything);
        disk.set_contents(name, &damaged);
        if let Ok(reader) = open(&disk) {
            for n in 0..6 {
                let _ = reader.get(&key(n));
            }
            let _ = (reader.iter().count(), reader.verify(), reader.stats());
        }
    }
}

#[test]
fn another_format_version_is_named() {
    let (disk, _) = small_store(Fsync);
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = disk.contents(&name).unwrap();
    bytes[8] = 9;
    // A damaged version number is damage, and the footer has another one.
    disk.set_contents(&name, &bytes);
    assert_eq!(open(&disk).unwrap().stats().mended_segments, 1);
    // A version number that its checksum vouches for is a version.
    let sum = xxhash(&bytes[..56]);
    bytes[56..64].copy_from_slice(&sum.to_le_bytes());
    disk.set_contents(&name, &bytes);
    let before = disk.names();
    for error in [
        open(&disk).err().unwrap(),
        Writer::open_on(Arc::new(disk.clone()), Options::default()).err().unwrap(),
    ] {
        assert!(matches!(error, OpenError::Version { found: 9, supported: FORMAT_VERSION, .. }), "{error}");
        assert!(error.to_string().contains("version 9"));
    }
    assert_eq!(disk.names(), before, "nothing was removed");
}

fn xxhash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

#[test]
fn a_damaged_payload_is_a_counted_miss_and_the_others_are_read() {
    let (disk, states) = small_store(Fsync);
    let name = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = disk.contents(&name).unwrap();
    // The first record's payload lies after two headers.
    assert_eq!(&bytes[128..139], b"another one");
    bytes[130] ^= 0x10;
    disk.set_contents(&name, &bytes);
    let reader = open(&disk).unwrap();
    let error = reader.get(&key(1)).unwrap_err();
    assert!(matches!(&error, ReadError::Corrupt { offset: 64, path } if path.ends_with(&name)));
    assert!(reader.get(&key(1)).unwrap_or_default().is_none());
    assert!(reader.contains(&key(1)), "the payload is not read for that");
    assert_eq!(reader.stats().corrupt_records, 2);
    for n in [2, 4] {
        assert_eq!(*reader.get(&key(n)).unwrap().unwrap(), *states[2][&key(n)]);
    }
    let problems = reader.verify().problems;
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].fault, problems[0].offset), (Fault::Payload, 64));
}

#[test]
fn a_damaged_index_is_made_anew() {
    let (disk, states) = small_store(Fsync);
    for name in disk.names().into_iter().filter(|name| name.ends_with(".seg")) {
        let mut bytes = disk.contents(&name).unwrap();
        let at = bytes.len() - 112 - 20;
        bytes[at] ^= 1;
        disk.set_contents(&name, &bytes);
    }
    let reader = open(&disk).unwrap();
    assert_eq!(reader.stats().mended_segments, 2);
    assert_eq!(contents(&reader), states[2]);
    let faults: Vec<Fault> = reader.verify().problems.iter().map(|problem| problem.fault).collect();
    assert_eq!(faults, [Fault::Index, Fault::Index]);
    let writer = Writer::open_on(Arc::new(disk), Options::default()).unwrap();
    writer.compact().unwrap();
    assert_eq!(contents(writer.reader()), states[2]);
    assert!(writer.reader().verify().is_sound());
}

#[test]
fn a_record_that_holds_a_store_is_not_mistaken_for_one() {
    let (inner, _) = small_store(Fsync);
    let name = inner.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.put(&key(8), &inner.contents(&name).unwrap()).unwrap();
    writer.put(&key(9), b"nine").unwrap();
    writer.commit(Fsync).unwrap();
    drop(writer);
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = disk.contents(&name).unwrap();
    // Both the outer record's header and the index: the records have to be looked for.
    bytes[70] ^= 1;
    let at = bytes.len() - 112 - 20;
    bytes[at] ^= 1;
    disk.set_contents(&name, &bytes);
    let reader = open(&disk).unwrap();
    assert_eq!(reader.stats().gaps, 1, "a record is lost");
    let all: Contents = reader.iter().flatten().map(|(key, record)| (key, record.to_vec())).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[&key(9)], b"nine");
    assert!(matches!(reader.get(&key(1)), Err(ReadError::Doubtful { .. })));
}

#[test]
fn a_segment_that_is_cut_while_a_reader_has_it_is_noticed_on_refresh() {
    // In memory, where what was read stays; a mapped file that others cut is outside of what can be promised.
    let (disk, states) = small_store(Fsync);
    let reader = open(&disk).unwrap();
    let name = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).unwrap();
    disk.set_contents(&name, b"short");
    assert_eq!(contents(&reader), states[2]);
    assert!(reader.refresh().unwrap());
    for reader in [reader, open(&disk).unwrap()] {
        assert_eq!((reader.stats().segments, reader.stats().gaps), (1, 1));
        for n in 0..6 {
            assert!(matches!(reader.get(&key(n)), Err(ReadError::Doubtful { .. })), "{n}");
        }
    }
}

#[test]
fn an_unsynced_segment_counts_with_all_of_its_records_or_not_at_all() {
    for durability in [Buffered, Fsync] {
        let (disk, states) = small_store(durability);
        let name = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).unwrap();
        let mut bytes = disk.contents(&name).unwrap();
        bytes[70] ^= 1;
        let at = bytes.len() - 112 - 20;
        bytes[at] ^= 1;
        disk.set_contents(&name, &bytes);
        let reader = open(&disk).unwrap();
        assert_eq!(reader.stats().quarantined_segments, 1);
        assert_eq!(reader.stats().gaps, u64::from(durability == Fsync));
        if durability == Buffered {
            assert_eq!(contents(&reader), states[1]);
        } else {
            // Damage to what was on disk: what lies after it is certain, all else is not.
            assert_eq!(*reader.get(&key(4)).unwrap().unwrap(), *states[2][&key(4)]);
            assert!(reader.get(&key(3)).unwrap().is_none(), "it was removed");
            for n in [0, 1, 2, 5] {
                assert!(matches!(reader.get(&key(n)), Err(ReadError::Doubtful { .. })), "{n}");
            }
        }
    }
}

#[test]
fn what_follows_a_lost_unsynced_commit_does_not_count() {
    let (disk, _) = small_store(Buffered);
    let first = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    disk.remove(&first).unwrap();
    let stats = open(&disk).unwrap().stats();
    assert_eq!((stats.segments, stats.quarantined_segments, stats.gaps), (0, 1, 0));
    // The next commit covers whatever does not count, which then is gone for good.
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.put(&key(5), b"five").unwrap();
    assert_eq!(writer.commit(Fsync).unwrap().generation, 3);
    let stats = open(&disk).unwrap().stats();
    assert_eq!((stats.segments, stats.quarantined_segments), (1, 0));
}
