//! Every bit flipped, every length cut: what is read is what was written, or nothing.

use std::{collections::BTreeMap, sync::Arc};

use cst_frozen::{
    Durability::{self, *},
    FORMAT_VERSION, Fault, Key, Medium, OpenError, Options, ReadError, Reader, Writer,
    testkit::{Disk, Survival},
};

use crate::support::{contents, key, noise};

type Contents = BTreeMap<Key, Vec<u8>>;

/// Two commits; the second overrides, removes and adds. With what was there after each.
fn small_store(durability: Durability) -> (Disk, Vec<Contents>) {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let mut states = vec![Contents::new()];
    writer.put(&key(1), b"one").unwrap();
    writer.put(&key(2), &noise(2, 40)).unwrap();
    writer.put(&key(3), b"").unwrap();
    writer.put(&key(5), &noise(2, 40)).unwrap();
    writer.commit(durability).unwrap();
    states.push(contents(writer.reader()));
    writer.put(&key(1), b"another one").unwrap();
    writer.remove(&key(3)).unwrap();
    writer.put(&key(4), &noise(4, 16)).unwrap();
    writer.commit(durability).unwrap();
    states.push(contents(writer.reader()));
    drop(writer);
    (disk.after_crash(Survival::Everything), states)
}

fn open(disk: &Disk) -> Result<Reader, OpenError> {
    Reader::open_on(Arc::new(disk.clone()), Options::default())
}

/// No record that was never written; an older one only where a segment is known to be lost.
fn check(reader: &Reader, states: &[Contents]) {
    let newest = states.last().unwrap();
    let lossy = reader.stats().quarantined_segments > 0;
    let legal = |key: &Key, value: Option<&[u8]>| match value {
        None => true,
        Some(value) => {
            let is = |state: &Contents| state.get(key).is_some_and(|v| v == value);
            is(newest) || (lossy && states.iter().any(is))
        }
    };
    for n in 0..6 {
        match reader.get(&key(n)) {
            Ok(record) => assert!(legal(&key(n), record.as_deref()), "key {n}: {record:?}"),
            Err(ReadError::Corrupt { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        let _ = reader.contains(&key(n));
    }
    for (key, record) in reader.iter().flatten() {
        assert!(legal(&key, Some(&record)), "{key:?}: {record:?}");
    }
}

#[test]
fn every_flipped_bit_is_detected_or_harmless() {
    for durability in [Fsync, Buffered] {
        let (pristine, states) = small_store(durability);
        let (mut flips, mut detected) = (0, 0);
        for name in pristine.names() {
            let bytes = pristine.contents(&name).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let disk = pristine.after_crash(Survival::Everything);
                disk.set_contents(&name, &damaged);
                flips += 1;
                let reader = open(&disk).unwrap();
                check(&reader, &states);
                if name.ends_with(".seg") {
                    assert!(!reader.verify().is_sound(), "{name} bit {bit}");
                    detected += 1;
                } else {
                    assert_eq!(contents(&reader), *states.last().unwrap());
                }
                if bit % 7 != 0 {
                    continue;
                }
                // A writer goes on with what is left, and compaction keeps exactly that.
                let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
                check(writer.reader(), &states);
                let readable: Contents =
                    writer.reader().iter().flatten().map(|(key, record)| (key, record.to_vec())).collect();
                writer.compact().unwrap();
                if writer.reader().stats().segments > 0 {
                    assert_eq!(contents(writer.reader()), readable, "{name} bit {bit}");
                }
                writer.put(&key(9), b"new").unwrap();
                writer.commit(Fsync).unwrap();
                assert_eq!(&*open(&disk).unwrap().get(&key(9)).unwrap().unwrap(), b"new");
                assert_eq!(open(&disk).unwrap().stats().quarantined_segments, 0, "{name} bit {bit}");
            }
        }
        println!("{flips} bits flipped, {detected} in segments, all of those detected");
    }
}

#[test]
fn every_truncation_and_extension_is_a_miss() {
    let (pristine, states) = small_store(Fsync);
    for name in pristine.names().into_iter().filter(|name| name.ends_with(".seg")) {
        let bytes = pristine.contents(&name).unwrap();
        let cuts = (0..bytes.len()).map(|len| bytes[..len].to_vec());
        let longer = [1, 15, 16, 96, 4096].into_iter().flat_map(|more| {
            [vec![0; more], noise(more as u64, more)].map(|tail| [bytes.clone(), tail].concat())
        });
        let doubled = [[bytes.clone(), bytes.clone()].concat()];
        for damaged in cuts.chain(longer).chain(doubled) {
            let disk = pristine.after_crash(Survival::Everything);
            disk.set_contents(&name, &damaged);
            let reader = open(&disk).unwrap();
            assert_eq!(reader.stats().quarantined_segments, 1);
            assert!(!reader.verify().is_sound());
            check(&reader, &states);
        }
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
    // A damaged version number is damage.
    disk.set_contents(&name, &bytes);
    assert_eq!(open(&disk).unwrap().stats().quarantined_segments, 1);
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
        let at = bytes.len() - 96 - 20;
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
    let at = bytes.len() - 96 - 20;
    bytes[at] ^= 1;
    disk.set_contents(&name, &bytes);
    let reader = open(&disk).unwrap();
    assert_eq!(reader.stats().mended_segments, 1);
    let all = contents(&reader);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[&key(9)], b"nine");
}

#[test]
fn a_segment_that_is_cut_while_a_reader_has_it_is_noticed_on_refresh() {
    // In memory, where what was read stays; a mapped file that others cut is outside of what can be promised.
    let (disk, states) = small_store(Fsync);
    let reader = open(&disk).unwrap();
    let name = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).unwrap();
    disk.set_contents(&name, b"short");
    assert!(!reader.refresh().unwrap(), "published files do not change, so they are not looked at again");
    assert_eq!(contents(&reader), states[2]);
    assert_eq!(contents(&open(&disk).unwrap()), states[1]);
}

#[test]
fn an_unsynced_segment_counts_with_all_of_its_records_or_not_at_all() {
    for (durability, quarantined) in [(Buffered, 1), (Fsync, 0)] {
        let (disk, states) = small_store(durability);
        let name = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).unwrap();
        let mut bytes = disk.contents(&name).unwrap();
        bytes[70] ^= 1;
        let at = bytes.len() - 96 - 20;
        bytes[at] ^= 1;
        disk.set_contents(&name, &bytes);
        let reader = open(&disk).unwrap();
        assert_eq!(reader.stats().quarantined_segments, quarantined);
        if durability == Buffered {
            assert_eq!(contents(&reader), states[1]);
        } else {
            // Damage to what was on disk: all that can be found is kept.
            assert_eq!(*reader.get(&key(4)).unwrap().unwrap(), *states[2][&key(4)]);
        }
    }
}

#[test]
fn what_follows_a_lost_unsynced_commit_does_not_count() {
    for (durability, expected) in [(Buffered, 0), (Fsync, 1)] {
        let (disk, _) = small_store(durability);
        let first = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
        disk.remove(&first).unwrap();
        let stats = open(&disk).unwrap().stats();
        assert_eq!((stats.segments, stats.quarantined_segments), (expected, 1 - expected));
        // The next commit covers whatever does not count, which then is gone for good.
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        writer.put(&key(5), b"five").unwrap();
        assert_eq!(writer.commit(Fsync).unwrap().generation, 3);
        let stats = open(&disk).unwrap().stats();
        assert_eq!((stats.segments, stats.quarantined_segments), (expected + 1, 0));
    }
}
