//! Whose segments are, and which: those of other stores, folders that do not say whose they are, copies, and payloads that
//! pretend to be records.

use std::{fs, path::Path, sync::Arc};

use cst_frozen::{
    Durability::{self, *},
    Fault, Medium, OpenError, Options, ReadError, Reader, Writer,
    care::{CareError, migrate_on, repair_on, salvage, unwatched},
    testkit::{Disk, Survival},
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::support::{contents, key, noise};

fn writer(disk: &Disk) -> Writer {
    Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap()
}

fn open(disk: &Disk) -> Reader {
    Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap()
}

/// A store with a commit per value, of one record each.
fn store(values: &[&[u8]], durability: Durability) -> Disk {
    let disk = Disk::new();
    let writer = writer(&disk);
    for value in values {
        writer.put(&key(1), value).unwrap();
        writer.commit(durability).unwrap();
    }
    drop(writer);
    disk
}

fn segment(n: u64, durability: Durability) -> String {
    format!("{n:016x}-{n:016x}{}.seg", if durability == Fsync { ".durable" } else { "" })
}

/// What lies in the folder under any name.
fn holds(disk: &Disk, bytes: &[u8]) -> bool {
    disk.names().iter().any(|name| disk.contents(name).unwrap() == bytes)
}

#[test]
fn another_stores_segment_is_counted_named_and_never_read() {
    let other = store(&[b"not ours", b"not ours either"], Buffered);
    let disk = store(&[b"ours"], Buffered);
    let second = segment(2, Buffered);
    disk.set_contents(&second, &other.contents(&second).unwrap());
    let reader = open(&disk);
    assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"ours");
    let stats = reader.stats();
    assert_eq!((stats.foreign_segments, stats.quarantined_segments, stats.gaps), (1, 0, 0));
    let problems = reader.verify().problems;
    assert_eq!((problems.len(), problems[0].fault), (1, Fault::Foreign));
    assert!(problems[0].path.ends_with(&second) && problems[0].to_string().contains("another store"));
    assert!(!reader.refresh().unwrap());
    // A writer goes on beside it, compacts and closes, and it lies where it lay.
    let writer = writer(&disk);
    for n in 0..6 {
        writer.put(&key(2), &[n; 40]).unwrap();
        writer.commit(Fsync).unwrap();
        assert_eq!(writer.reader().stats().foreign_segments, 1);
        assert!(!writer.reader().refresh().unwrap());
    }
    assert!(writer.compact().unwrap().segments > 1);
    assert_eq!(writer.compact().unwrap().segments, 0, "it is nothing to compact away");
    assert_eq!(contents(&open(&disk)), contents(writer.reader()));
    drop(writer);
    assert_eq!(disk.contents(&second), other.contents(&second));
    assert_eq!(open(&disk).stats().foreign_segments, 1);
    // A repair gives it a name that means nothing, and what the store holds stays.
    let before = contents(&open(&disk));
    let repair = repair_on(&(Arc::new(disk.clone()) as Arc<dyn Medium>), Options::default()).unwrap();
    assert_eq!((repair.set_aside.len(), repair.lost.len(), repair.doubtful), (1, 0, 0));
    assert!(repair.set_aside[0].ends_with(format!("{second}.foreign")));
    assert!(holds(&disk, &other.contents(&second).unwrap()));
    assert!(open(&disk).verify().is_sound());
    assert_eq!(contents(&open(&disk)), before);
}

#[test]
fn a_durable_name_in_place_of_the_stores_own_is_doubt() {
    let other = store(&[b"a", b"b", b"c"], Fsync);
    for n in 1..4 {
        let disk = store(&[b"one", b"two", b"three"], Fsync);
        disk.set_contents(&segment(n, Fsync), &other.contents(&segment(n, Fsync)).unwrap());
        let reader = open(&disk);
        assert_eq!((reader.stats().foreign_segments, reader.stats().gaps), (1, 1));
        match reader.get(&key(1)) {
            // The newest is after the gap.
            Ok(record) => assert!(n < 3 && *record.unwrap() == *b"three"),
            Err(error) => assert!(n == 3 && matches!(error, ReadError::Doubtful { .. }), "{n}: {error}"),
        }
        let medium: Arc<dyn Medium> = Arc::new(disk.clone());
        let error = migrate_on(&medium, Options::default(), &mut unwatched).unwrap_err();
        assert!(matches!(error, CareError::Damaged { .. }), "{error}");
        let repair = repair_on(&medium, Options::default()).unwrap();
        assert_eq!((repair.records, repair.doubtful), (1, u64::from(n == 3)), "{n}");
        assert_eq!(repair.lost[0].fault, Fault::Foreign);
        assert!(open(&disk).verify().is_sound());
        assert!(holds(&disk, &other.contents(&segment(n, Fsync)).unwrap()));
    }
}

#[test]
fn a_name_that_another_stores_segment_has_is_made_free() {
    for durability in [Fsync, Buffered] {
        let other = store(&[b"a", b"b"], durability);
        let foreign = other.contents(&segment(2, durability)).unwrap();
        let disk = store(&[b"one"], durability);
        let writer = writer(&disk);
        // After the writer has looked at the folder.
        disk.set_contents(&segment(2, durability), &foreign);
        disk.set_contents(&format!("{}.foreign", segment(2, durability)), b"an earlier one");
        writer.put(&key(1), b"two").unwrap();
        writer.commit(durability).unwrap();
        assert_eq!(&*open(&disk).get(&key(1)).unwrap().unwrap(), b"two");
        assert!(holds(&disk, &foreign) && holds(&disk, b"an earlier one"));
        assert!(holds(&disk.after_crash(Survival::Nothing), &foreign));
    }
}

#[test]
fn a_merge_is_not_stopped_by_another_stores_segment_of_its_name() {
    let other = store(&[b"a", b"b", b"c"], Fsync);
    let merging = writer(&other);
    merging.put(&key(2), b"d").unwrap();
    merging.commit(Fsync).unwrap();
    merging.compact().unwrap();
    drop(merging);
    let name = format!("{:016x}-{:016x}.durable.seg", 1, 4);
    let foreign = other.contents(&name).unwrap();
    for is_there_before in [true, false] {
        let disk = store(&[b"one", b"two", b"three", b"four"], Fsync);
        if is_there_before {
            disk.set_contents(&name, &foreign);
        }
        let writer = writer(&disk);
        disk.set_contents(&name, &foreign);
        writer.compact().unwrap();
        for reader in [writer.reader(), &open(&disk)] {
            assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"four");
            assert_eq!((reader.stats().segments, reader.stats().foreign_segments), (1, 0));
        }
        assert!(holds(&disk, &foreign));
    }
}

#[test]
fn what_a_commit_covers_does_not_go_if_it_is_another_stores() {
    // Left of commits that a power failure took, and the next one covers all up to there.
    let other = store(&[b"a", b"b", b"c", b"d"], Buffered);
    let disk = store(&[b"one"], Buffered);
    let fourth = segment(4, Buffered);
    disk.set_contents(&fourth, &other.contents(&fourth).unwrap());
    let writer = writer(&disk);
    writer.put(&key(1), b"two").unwrap();
    assert_eq!(writer.commit(Fsync).unwrap().generation, 5);
    assert!(!writer.reader().refresh().unwrap(), "it is known");
    drop(writer);
    drop(self::writer(&disk));
    assert_eq!(disk.contents(&fourth), other.contents(&fourth));
    let stats = open(&disk).stats();
    assert_eq!((stats.foreign_segments, stats.gaps, stats.generation), (1, 0, 5));
}

#[test]
fn another_stores_durable_name_makes_nothing_durable() {
    let other = store(&[b"a", b"b"], Fsync);
    let disk = store(&[b"one", b"two", b"three"], Buffered);
    disk.set_contents(&segment(2, Fsync), &other.contents(&segment(2, Fsync)).unwrap());
    let writer = writer(&disk);
    assert_eq!((writer.reader().stats().foreign_segments, writer.reader().stats().gaps), (1, 0));
    writer.put(&key(2), b"more").unwrap();
    writer.commit(Fsync).unwrap();
    let after = open(&disk.after_crash(Survival::Nothing));
    assert_eq!(contents(&after), contents(writer.reader()));
}

#[test]
fn without_its_number_a_store_is_what_its_segments_say() {
    let sound = store(&[b"one", b"two"], Fsync);
    let text = sound.contents("STORE").unwrap();
    for damage in ["", "cst-frozen store 00000000000051d7 0000000000000000\n", "gone"] {
        let disk = sound.after_crash(Survival::Everything);
        match damage {
            "gone" => disk.remove("STORE").unwrap(),
            _ => disk.set_contents("STORE", damage.as_bytes()),
        }
        assert_eq!(&*open(&disk).get(&key(1)).unwrap().unwrap(), b"two");
        drop(writer(&disk));
        assert_eq!(disk.contents("STORE").unwrap(), text, "written anew, with the same number");
        assert!(open(&disk).verify().is_sound());
    }
    // And where they do not agree, nobody chooses.
    let other = store(&[b"a", b"b"], Fsync);
    let disk = sound.after_crash(Survival::Everything);
    disk.remove("STORE").unwrap();
    disk.set_contents(&segment(2, Fsync), &other.contents(&segment(2, Fsync)).unwrap());
    let names = disk.names();
    let medium: Arc<dyn Medium> = Arc::new(disk.clone());
    let read = Reader::open_on(Arc::clone(&medium), Options::default()).unwrap_err();
    let written = Writer::open_on(medium, Options::default()).unwrap_err();
    for error in [read, written] {
        assert!(matches!(error, OpenError::Mixed { .. }), "{error}");
        assert!(error.to_string().contains("bring STORE back"), "{error}");
    }
    assert!(disk.names().iter().filter(|name| name.ends_with(".seg")).count() == 2, "{names:?}");
    // With STORE back, it is a store again.
    disk.set_contents("STORE", &text);
    assert_eq!(open(&disk).stats().foreign_segments, 1);
}

#[test]
fn a_store_whose_number_cannot_be_read_now_is_not_given_another_one() {
    // Without segments, which would say it, too.
    let disk = store(&[], Fsync);
    let text = disk.contents("STORE").unwrap();
    for operation in 1..12 {
        // Twice in a row, for it is read again when the segments are asked.
        for failing in [operation, operation + 1] {
            let failure = cst_frozen::testkit::Failure::Error(std::io::ErrorKind::Other);
            disk.fail_at(disk.operations() + failing, failure);
        }
        drop(Writer::open_on(Arc::new(disk.clone()), Options::default()));
        assert_eq!(disk.contents("STORE").unwrap(), text);
    }
}

/// Copies the files of one folder over another's, which then has no others.
fn replace(from: &Path, to: &Path) {
    fs::remove_dir_all(to).unwrap();
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

fn commit(folder: &Path, value: &[u8]) {
    let writer = Writer::open(folder, Options::default()).unwrap();
    writer.put(&key(1), value).unwrap();
    writer.commit(Fsync).unwrap();
}

#[test]
fn a_folder_that_was_rolled_back_is_read_anew() {
    for mmap in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
        commit(&path, b"one");
        fs::create_dir(&copy).unwrap();
        replace(&path, &copy);
        commit(&path, b"two");
        let reader = Reader::open(&path, Options::default().mmap(mmap)).unwrap();
        assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"two");
        replace(&copy, &path);
        commit(&path, b"2nd");
        // The same store, the same names, the same lengths.
        assert!(reader.refresh().unwrap(), "mmap {mmap}");
        assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"2nd");
        assert!(!reader.refresh().unwrap());
        // A copy of a whole folder is the same store.
        assert_eq!(contents(&Reader::open(&copy, Options::default()).unwrap())[&key(1)], b"one");
        commit(&copy, b"goes on");
        assert_eq!(contents(&Reader::open(&copy, Options::default()).unwrap())[&key(1)], b"goes on");
    }
}

#[test]
fn a_refresh_looks_at_each_file_once() {
    let disk = Disk::new();
    let writer = writer(&disk);
    for n in 0..50 {
        writer.put(&key(1), &noise(n, 100)).unwrap();
        writer.commit(Buffered).unwrap();
    }
    let reader = open(&disk);
    let before = disk.operations();
    assert!(!reader.refresh().unwrap());
    // The listing, the store's number, and each segment.
    assert_eq!(disk.operations() - before, 2 + 50);
}

/// The header of a record with no payload for a place, as it is with the number 0.
fn imitation(place: u64) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[8..16].copy_from_slice(&xxh3_64(b"").to_le_bytes());
    bytes[20] = 1;
    bytes[24] = 1;
    bytes[32..].copy_from_slice(&key(7));
    let sum = xxh3_64_with_seed(&bytes[8..], place);
    bytes[..8].copy_from_slice(&sum.to_le_bytes());
    bytes
}

#[test]
fn a_payload_that_is_a_record_for_its_own_place_is_none() {
    for ends_are_left in [true, false] {
        let disk = Disk::new();
        let writer = writer(&disk);
        // The second record's payload begins after two headers and 16 bytes, and is twice what it pretends to be.
        let place = 64 + 64 + 16 + 64;
        writer.put(&key(1), b"one").unwrap();
        writer.put(&key(2), &[imitation(place), imitation(place + 64)].concat()).unwrap();
        writer.put(&key(3), b"three").unwrap();
        writer.put(&key(4), b"four").unwrap();
        writer.commit(Fsync).unwrap();
        drop(writer);
        let name = segment(1, Fsync);
        let mut bytes = disk.contents(&name).unwrap();
        assert_eq!(bytes[208..272], imitation(place), "where it was meant to lie");
        // The header before it, and the index: the records have to be looked for.
        bytes[64 + 80 + 40] ^= 1;
        let end = bytes.len() - 112;
        bytes[end - 10] ^= 1;
        if !ends_are_left {
            bytes[..64].fill(0);
            bytes[end..].fill(0);
        }
        disk.set_contents(&name, &bytes);
        let reader = open(&disk);
        assert!(reader.get(&key(7)).unwrap_or_default().is_none(), "an imitation is read");
        let target = self::writer(&Disk::new());
        let repair = salvage(&reader, &target, &mut unwatched).unwrap();
        let saved = contents(target.reader());
        assert!(!saved.contains_key(&key(7)), "an imitation is salvaged");
        assert_eq!(saved.keys().copied().collect::<Vec<_>>(), [key(1), key(3), key(4)]);
        assert!(!repair.lost.is_empty());
    }
}

#[test]
fn a_single_record_that_nothing_speaks_for_is_not_salvaged_under_a_damaged_key() {
    let disk = store(&[b"one"], Fsync);
    let name = segment(1, Fsync);
    let mut bytes = disk.contents(&name).unwrap();
    let end = bytes.len() - 112;
    bytes[..64].fill(0);
    bytes[end..].fill(0);
    bytes[64 + 40] ^= 1;
    disk.set_contents(&name, &bytes);
    let target = writer(&Disk::new());
    salvage(&open(&disk), &target, &mut unwatched).unwrap();
    assert!(contents(target.reader()).is_empty());
}

/// A store from before segments said whose they are says it of itself, in the file that had no checksum then.
#[test]
fn a_segment_of_another_store_is_not_taken_for_one_of_an_older_format() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/version-2");
    for entry in fs::read_dir(fixture).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    let read = || {
        let reader = Reader::open(folder.path(), Options::default()).unwrap();
        (contents(&reader), reader.stats().foreign_segments)
    };
    let (before, _) = read();
    let other = store(&[b"1", b"2", b"3", b"4", b"5", b"not ours"], Buffered);
    let name = segment(6, Buffered);
    fs::write(folder.path().join(&name), other.contents(&name).unwrap()).unwrap();
    assert_eq!(read(), (before.clone(), 1));
    drop(Writer::open(folder.path(), Options::default()).unwrap());
    assert_eq!(read(), (before, 1));
}
