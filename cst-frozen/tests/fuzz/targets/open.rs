//! Any bytes as a segment: as they are, and with sums that match. What is read is in the bytes, or nothing is read.

use std::{collections::BTreeMap, sync::Arc};

use cst_frozen::{Durability::Fsync, Options, ReadError, Reader, Writer, testkit::Disk};

use super::segment;

/// Opens, reads and checks the bytes, then lets a writer go on from there. How many records were read.
pub(crate) fn run(data: &[u8]) -> usize {
    let mut mended = data.to_vec();
    segment::mend(&mut mended);
    let both =
        [false, true].map(|durable| use_store(data, durable, true) + use_store(&mended, durable, false));
    both.iter().sum()
}

/// Where sums are made to match, an index may be one that no writer makes: it finds less than it lists. Nothing is
/// promised of that but that what is found is true.
fn use_store(file: &[u8], durable: bool, is_as_found: bool) -> usize {
    let disk = Disk::new();
    disk.set_contents(&segment::name(file, durable), file);
    // Another format version is the one reason not to open.
    let Ok(reader) = Reader::open_on(Arc::new(disk.clone()), Options::default()) else { return 0 };
    let mut records = BTreeMap::new();
    for (key, record) in reader.iter().flatten() {
        assert!(segment::has(file, &key, &record), "{key:?} is not in the file");
        records.insert(key, record.to_vec());
    }
    for key in segment::keys(file) {
        match reader.get(&key) {
            Ok(Some(record)) => assert!(segment::has(file, &key, &record), "{key:?} is not in the file"),
            Ok(None) | Err(ReadError::Corrupt { .. } | ReadError::Doubtful { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        let _ = reader.contains(&key);
    }
    let _ = (reader.verify(), reader.stats());
    let count = records.len();
    if !is_as_found {
        records.clear();
    }
    go_on(&disk, &records);
    count
}

/// A writer keeps what could be read, and its own commit counts.
fn go_on(disk: &Disk, records: &BTreeMap<[u8; 32], Vec<u8>>) {
    let Ok(writer) = Writer::open_on(Arc::new(disk.clone()), Options::default()) else { return };
    let new = [0xf5; 32];
    if writer.put(&new, b"new").is_err() || writer.commit(Fsync).is_err() {
        // The largest generation there is has no next one.
        return;
    }
    let check = |reader: &Reader| {
        for (key, record) in records.iter().filter(|(key, _)| **key != new) {
            assert_eq!(reader.get(key).unwrap().as_deref(), Some(record.as_slice()), "{key:?}");
        }
        assert_eq!(reader.get(&new).unwrap().as_deref(), Some(&b"new"[..]));
    };
    check(writer.reader());
    if writer.compact().is_ok() {
        check(writer.reader());
        // What is missing before is still missing.
        let has_gaps = writer.reader().stats().gaps > 0;
        assert_eq!(writer.reader().verify().is_sound(), !has_gaps);
    }
    drop(writer);
    check(&Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap());
}
