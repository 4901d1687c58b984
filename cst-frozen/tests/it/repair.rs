//! Damage of every kind, then a repair: all that is intact is there, and nothing that was never written.

use std::{collections::BTreeMap, sync::Arc};

use cst_frozen::{
    Durability::*,
    Evicted, Fault, Key, Medium, OldestFirst, OpenError, Options, ReadError, Reader, Step, WriteError,
    Writer,
    care::{CareError, Repair, repair, repair_on, salvage, unwatched},
    testkit::{Disk, Failure, Survival},
};

use crate::support::{contents, key, noise};

type Contents = BTreeMap<Key, Vec<u8>>;

fn open(disk: &Disk) -> Reader {
    Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap()
}

fn try_mend(disk: &Disk) -> Result<Repair, CareError> {
    let medium: Arc<dyn Medium> = Arc::new(disk.clone());
    repair_on(&medium, Options::default())
}

fn mend(disk: &Disk) -> Repair {
    try_mend(disk).unwrap()
}

/// Three commits of some records each; the names of the segments, and what is live.
fn store() -> (Disk, Vec<String>, Contents) {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let batches: [&[(u8, Option<u64>)]; 3] = [
        &[(1, Some(10)), (2, Some(20)), (3, Some(30)), (4, Some(40))],
        &[(2, Some(21)), (3, None), (5, Some(50)), (6, Some(60))],
        &[(5, Some(51)), (7, Some(70)), (3, Some(31))],
    ];
    for batch in batches {
        for &(n, seed) in batch {
            match seed {
                Some(seed) => writer.put(&key(n), &noise(seed, 20 + 7 * seed as usize)).unwrap(),
                None => writer.remove(&key(n)).unwrap(),
            }
        }
        writer.commit(Fsync).unwrap();
    }
    let all = contents(writer.reader());
    drop(writer);
    let segments = disk.names().into_iter().filter(|name| name.ends_with(".seg")).collect();
    (disk, segments, all)
}

fn change(disk: &Disk, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = disk.contents(name).unwrap();
    change(&mut bytes);
    disk.set_contents(name, &bytes);
}

/// Takes index and footer away: all records are left, and nothing proves it.
fn without_proof(bytes: &mut Vec<u8>) {
    let footer = &bytes[bytes.len() - 112..];
    let index = u64::from_le_bytes(footer[32..40].try_into().unwrap());
    bytes.truncate(usize::try_from(index).unwrap());
}

/// Repairs in place, and into another store: both come to the same, are sound, and stay so.
fn both(disk: &Disk) -> (Repair, Contents) {
    let other = Disk::new();
    let target = Writer::open_on(Arc::new(other.clone()), Options::default()).unwrap();
    let names = disk.names();
    let salvaged = salvage(&open(disk), &target, &mut unwatched).unwrap();
    assert_eq!(disk.names(), names, "salvaging changes nothing");
    let repaired = mend(disk);
    let found = contents(&open(disk));
    assert_eq!(contents(target.reader()), found);
    assert_eq!((salvaged.salvaged, &salvaged.lost), (repaired.salvaged, &repaired.lost));
    assert_eq!(repaired.records, found.len() as u64);
    for store in [disk, &other] {
        assert!(open(store).verify().is_sound());
    }
    let again = mend(disk);
    assert_eq!((again.records, again.salvaged), (repaired.records, 0));
    assert!(again.lost.is_empty() && again.set_aside.is_empty(), "nothing is left to do: {again:?}");
    (repaired, found)
}

#[test]
fn a_sound_store_is_left_alone() {
    let (disk, segments, all) = store();
    let before: Vec<_> = segments.iter().map(|name| disk.contents(name)).collect();
    let (repair, found) = both(&disk);
    assert_eq!((found, repair.lost.len(), repair.set_aside.len()), (all, 0, 0));
    assert_eq!(segments.iter().map(|name| disk.contents(name)).collect::<Vec<_>>(), before);
}

#[test]
fn a_segment_without_its_ends_loses_no_record() {
    for end in ["header", "footer", "both"] {
        for victim in 0..3 {
            let (disk, segments, all) = store();
            change(&disk, &segments[victim], |bytes| {
                let len = bytes.len();
                if end != "footer" {
                    bytes[20] ^= 1;
                }
                if end != "header" {
                    bytes[len - 50] ^= 1;
                }
            });
            assert_eq!(contents(&open(&disk)), all, "they are told from the records");
            assert_eq!(open(&disk).stats().mended_segments, 1);
            let (repair, found) = both(&disk);
            assert_eq!(found, all, "{end} of {victim}");
            assert_eq!((repair.salvaged, repair.doubtful), (0, 0));
            assert!(repair.lost.is_empty(), "{:?}", repair.lost);
            assert_eq!(repair.set_aside.len(), 1);
            assert!(disk.contents(&format!("{}.damaged", segments[victim])).is_some());
        }
    }
}

#[test]
fn a_damaged_record_is_lost_by_key_and_no_older_one_takes_its_place() {
    // In a segment that counts, and in one that does not.
    for footer_too in [false, true] {
        let (disk, segments, mut all) = store();
        let payload = noise(21, 20 + 7 * 21);
        change(&disk, &segments[1], |bytes| {
            let at = bytes.windows(payload.len()).position(|window| window == payload).unwrap();
            bytes[at + 3] ^= 0x40;
            let len = bytes.len();
            if footer_too {
                bytes[len - 50] ^= 1;
            }
        });
        let (repair, found) = both(&disk);
        all.remove(&key(2));
        assert_eq!(found, all);
        let keys: Vec<_> = repair.lost.iter().filter_map(|loss| Some((loss.key?, loss.fault))).collect();
        assert_eq!(keys, [(key(2), Fault::Payload)]);
        let said = repair.lost.iter().find(|loss| loss.key.is_some()).unwrap().to_string();
        assert!(said.contains(&segments[1]) && said.contains("0002"), "{said}");
    }
}

#[test]
fn a_record_without_its_header_is_lost_and_the_others_are_kept() {
    let (disk, segments, mut all) = store();
    // The last segment's first record: key 5.
    change(&disk, &segments[2], |bytes| bytes[100] ^= 1);
    let (repair, found) = both(&disk);
    all.remove(&key(5));
    assert_eq!(found, all);
    assert_eq!(repair.lost.len(), 1);
    assert_eq!(
        (repair.lost[0].key, repair.lost[0].fault, repair.lost[0].offset),
        (None, Fault::RecordHeader, 64)
    );
}

#[test]
fn a_segment_that_was_cut_gives_back_what_is_left_of_it() {
    let (pristine, segments, all) = store();
    let bytes = pristine.contents(&segments[2]).unwrap();
    for len in (0..bytes.len()).step_by(3) {
        let disk = pristine.after_crash(Survival::Everything);
        disk.set_contents(&segments[2], &bytes[..len]);
        let (repair, found) = both(&disk);
        for (key, value) in &found {
            let older = *key == self::key(5) && value.len() == 20 + 7 * 50;
            assert!(all.get(key) == Some(value) || older, "{len}: {key:?}");
        }
        let lost = |n: u8| repair.lost.iter().any(|loss| loss.key == Some(key(n)));
        // Key 5 begins at 64, its payload ends 377 bytes behind its header.
        let header_is_left = len >= 128;
        assert_eq!(lost(5), header_is_left && len < 128 + 377 + 7, "{len}: {:?}", repair.lost);
        if len >= 128 + 384 {
            assert_eq!(found[&key(5)], all[&key(5)]);
        }
    }
}

#[test]
fn a_leftover_of_a_compaction_brings_nothing_back() {
    let (disk, segments, _) = store();
    let old = disk.contents(&segments[0]).unwrap();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.remove(&key(1)).unwrap();
    writer.commit(Fsync).unwrap();
    writer.compact().unwrap();
    let all = contents(writer.reader());
    drop(writer);
    assert!(!all.contains_key(&key(1)));
    // Still there, or there again, and damaged as well; and one that the merged segment covers in part only.
    disk.set_contents(&segments[0], &old[..old.len() - 1]);
    disk.set_contents("0000000000000002-0000000000000009.seg", &old);
    let (repair, found) = both(&disk);
    assert_eq!((found, repair.salvaged), (all, 0));
}

#[test]
fn every_flipped_byte_is_repaired_to_what_was_written() {
    let (pristine, segments, all) = store();
    let mut older: Vec<(Key, Vec<u8>)> = Vec::new();
    for (n, seed) in [(2, 20), (3, 30), (5, 50)] {
        older.push((key(n), noise(seed, 20 + 7 * seed as usize)));
    }
    let (mut flips, mut kept) = (0, 0);
    for name in &segments {
        let bytes = pristine.contents(name).unwrap();
        for at in (0..bytes.len()).step_by(5) {
            let disk = pristine.after_crash(Survival::Everything);
            change(&disk, name, |bytes| bytes[at] ^= 1 << (at % 8));
            let repair = mend(&disk);
            let found = contents(&open(&disk));
            for (key, value) in &found {
                // An older one only where what was lost cannot be known.
                let excused = repair.lost.iter().any(|loss| loss.key.is_none())
                    && older.iter().any(|(k, v)| (k, v) == (key, value));
                assert!(all.get(key) == Some(value) || excused, "{name} byte {at}: {key:?}");
            }
            assert!(found.len() + 1 >= all.len(), "{name} byte {at}: one flip, more than one record lost");
            assert_eq!(repair.records, found.len() as u64);
            assert!(open(&disk).verify().is_sound(), "{name} byte {at}");
            flips += 1;
            kept += usize::from(found == all);
        }
    }
    println!("{flips} flips repaired, {kept} of them without a loss");
    assert!(kept > flips / 10);
}

#[test]
fn a_crash_in_a_repair_loses_nothing_that_was_intact() {
    let (pristine, segments, all) = store();
    change(&pristine, &segments[1], without_proof);
    let mut images = 0;
    for n in 1.. {
        let disk = pristine.after_crash(Survival::Everything);
        disk.fail_at(n, Failure::Crash);
        let repaired = try_mend(&disk);
        let seeds = (0..4).map(Survival::Some);
        for survival in [Survival::Nothing, Survival::Everything, Survival::Names].into_iter().chain(seeds) {
            let after = disk.after_crash(survival);
            mend(&after);
            assert_eq!(contents(&open(&after)), all, "operation {n}, {survival:?}");
            images += 1;
        }
        if !disk.is_crashed() {
            repaired.unwrap();
            println!("{} operations, {images} images, nothing lost", n - 1);
            return;
        }
    }
}

#[test]
fn an_error_at_every_operation_of_a_repair_loses_nothing_that_was_intact() {
    let (pristine, segments, all) = store();
    change(&pristine, &segments[1], without_proof);
    let mut errors = 0;
    for n in 1.. {
        let disk = pristine.after_crash(Survival::Everything);
        disk.fail_at(n, Failure::Error(std::io::ErrorKind::StorageFull));
        let repaired = try_mend(&disk);
        if disk.operations() < n {
            repaired.unwrap();
            println!("{errors} of {} operations failed the repair, and nothing was lost", n - 1);
            return;
        }
        errors += usize::from(repaired.is_err());
        mend(&disk);
        assert!(contents(&open(&disk)) == all, "operation {n}: {:?}", contents(&open(&disk)).keys());
    }
}

#[test]
fn what_cannot_be_repaired_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let error = repair(&missing, Options::default()).unwrap_err();
    assert!(matches!(error, CareError::Open(OpenError::Missing { .. })), "{error}");
    assert!(!missing.exists(), "no store is made");
    let path = folder.path().join("store");
    let writer = Writer::open(&path, Options::default()).unwrap();
    let error = repair(&path, Options::default()).unwrap_err();
    assert!(matches!(error, CareError::Open(OpenError::Locked { .. })), "{error}");
    drop(writer);
    assert_eq!(repair(&path, Options::default()).unwrap(), Repair::default());
}

#[test]
fn a_payload_that_several_records_share_is_found_without_its_first_one() {
    let shared = noise(9, 500);
    // In a segment that counts, and in one that does not.
    for footer_too in [false, true] {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 1..4 {
            writer.put(&key(n), &shared).unwrap();
        }
        writer.commit(Fsync).unwrap();
        drop(writer);
        let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
        change(&disk, &name, |bytes| {
            // The header of the record that has the payload.
            bytes[70] ^= 1;
            let len = bytes.len();
            bytes[len - 50] ^= u8::from(footer_too);
        });
        assert!(open(&disk).iter().flatten().next().is_none(), "no reader finds it");
        let (repair, found) = both(&disk);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), [key(2), key(3)]);
        assert!(found.values().all(|value| *value == shared));
        assert_eq!(repair.salvaged, 2);
        assert_eq!(repair.lost[0].offset, 64, "{:?}", repair.lost);
    }
}

/// A repair begins with a removal of nothing, which must not be of something.
#[test]
fn no_key_is_lost_for_being_plain() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let plain = |n: u8| std::array::from_fn(|i| if i == 0 { n } else { 0 });
    for n in 0..4 {
        writer.put(&plain(n), &noise(n.into(), 30)).unwrap();
    }
    writer.commit(Fsync).unwrap();
    let all = contents(writer.reader());
    drop(writer);
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    change(&disk, &name, |bytes| bytes.truncate(64 + 4 * 96));
    let repair = mend(&disk);
    assert_eq!((repair.salvaged, repair.records), (4, 4));
    assert_eq!(contents(&open(&disk)), all);
}

/// Neither a commit nor a compaction takes what a repair could still save, nor brings to light what the damaged commit may have
/// overridden.
#[test]
fn a_damaged_segment_outlives_what_is_written_after_it() {
    for at in 0..3 {
        let (disk, segments, mut all) = store();
        change(&disk, &segments[at], without_proof);
        let bytes = disk.contents(&segments[at]).unwrap();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 9..20 {
            writer.put(&key(n), b"goes on").unwrap();
            writer.remove(&key(4)).unwrap();
            writer.commit(Fsync).unwrap();
            while !matches!(writer.compact_step(u64::MAX).unwrap(), Step::Idle) {}
            all.insert(key(n), b"goes on".to_vec());
        }
        all.remove(&key(4));
        writer.compact().unwrap();
        let reader = open(&disk);
        assert_eq!(disk.contents(&segments[at]).as_ref(), Some(&bytes), "segment {at}");
        let stats = reader.stats();
        let merged = (1, at as u64 + 1);
        assert_eq!((stats.gaps, stats.segments), merged, "what lies after it, and nothing else");
        for (n, newest) in [(1, 0), (2, 1), (6, 1), (3, 2), (5, 2), (7, 2), (8, 0)] {
            match reader.get(&key(n)) {
                Ok(record) if at < newest => {
                    assert_eq!(record.as_deref(), all.get(&key(n)).map(Vec::as_slice), "{n}");
                }
                Err(ReadError::Doubtful { path }) if at >= newest => assert!(path.ends_with(&segments[at])),
                other => panic!("segment {at}, key {n}: {other:?}"),
            }
        }
        assert!(reader.get(&key(4)).unwrap().is_none(), "a removal is kept, whatever it may be for");
        assert!(matches!(writer.make_room(&OldestFirst), Ok(room) if room == Evicted::default()));
        drop(writer);
        let quota = Options::default().quota(1000);
        let writer = Writer::open_on(Arc::new(disk.clone()), quota).unwrap();
        let error = writer.make_room(&OldestFirst).unwrap_err();
        assert!(matches!(&error, WriteError::Damaged { path } if path.ends_with(&segments[at])), "{error}");
        drop(writer);
        // All records are there; only nobody can tell.
        let (repair, found) = both(&disk);
        assert_eq!(found, all, "segment {at}");
        assert!(repair.doubtful > 0 && repair.lost.iter().all(|loss| loss.key.is_none()), "{repair:?}");
        let aside = format!("{}.damaged", segments[at]);
        assert_eq!(disk.contents(&aside).as_ref(), Some(&bytes));
        assert_eq!(disk.contents(&segments[at]), None);
    }
}
