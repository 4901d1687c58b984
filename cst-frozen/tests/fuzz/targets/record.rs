//! Any records in a segment whose sums, index and ends are right: a second reader, made from the format's description alone,
//! finds the same.

use std::{collections::BTreeMap, sync::Arc};

use cst_frozen::{
    Options, Reader, Writer,
    care::{salvage, unwatched},
    testkit::Disk,
};

use super::{built, data::contents, segment};

/// Builds a segment around the bytes and reads it. How many records were read.
pub(crate) fn run(data: &[u8]) -> usize {
    let file = built::around(data);
    let disk = Disk::new();
    disk.set_contents(&segment::name(&file, true), &file);
    let open = || Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let reader = open();
    assert_eq!(reader.stats().segments, 1, "the segment does not count");
    let expected = built::contents(&file);
    let mut found = BTreeMap::new();
    for (key, record) in reader.iter().flatten() {
        assert!(found.insert(key, record.to_vec()).is_none(), "{key:?} twice");
    }
    for (key, value) in &expected {
        assert_eq!(reader.get(key).unwrap_or_default().as_deref(), value.as_deref(), "{key:?}");
    }
    let readable = expected.iter().filter_map(|(key, value)| Some((*key, value.clone()?))).collect();
    assert_eq!(found, readable);
    // What is salvaged is what was readable, and what only its own checksum speaks for.
    let other = Disk::new();
    let target = Writer::open_on(Arc::new(other), Options::default()).unwrap();
    salvage(&reader, &target, &mut unwatched).unwrap();
    let saved = contents(target.reader());
    assert!(readable.iter().all(|(key, value)| saved.get(key) == Some(value)));
    assert!(target.reader().verify().is_sound());
    found.len()
}
