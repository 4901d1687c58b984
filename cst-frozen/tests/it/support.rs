//! What the tests share.

use std::{collections::BTreeMap, sync::Arc};

use cst_frozen::{Key, Medium, OpenError, Options, Reader, Writer, testkit::Disk};
use tempfile::TempDir;

/// A key that differs from others in its last byte only: nothing may depend on keys being spread.
pub(crate) fn key(n: u8) -> Key {
    let mut key = [0; 32];
    key[31] = n;
    key
}

/// A key for larger tests.
pub(crate) fn wide_key(n: u64) -> Key {
    let mut key = [0xab; 32];
    key[8..16].copy_from_slice(&n.to_le_bytes());
    key
}

/// Bytes that look random and depend on `seed`.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

/// Where a test runs.
pub(crate) enum Place {
    Folder(TempDir, Options),
    Simulated(Disk),
}

impl Place {
    pub(crate) fn writer(&self) -> Result<Writer, OpenError> {
        match self {
            Place::Folder(folder, options) => Writer::open(folder.path().join("a/store"), *options),
            Place::Simulated(disk) => Writer::open_on(Arc::new(disk.clone()), Options::default()),
        }
    }

    pub(crate) fn reader(&self) -> Result<Reader, OpenError> {
        match self {
            Place::Folder(folder, options) => Reader::open(folder.path().join("a/store"), *options),
            Place::Simulated(disk) => Reader::open_on(Arc::new(disk.clone()), Options::default()),
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = match self {
            Place::Folder(folder, _) => std::fs::read_dir(folder.path().join("a/store"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect(),
            Place::Simulated(disk) => disk.list().unwrap(),
        };
        names.sort();
        names
    }

    pub(crate) fn segments(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| name.ends_with(".seg")).collect()
    }
}

/// Runs a test everywhere: mapped, read, simulated.
pub(crate) fn everywhere(test: impl Fn(&Place)) {
    test(&Place::Folder(tempfile::tempdir().unwrap(), Options::default()));
    test(&Place::Folder(tempfile::tempdir().unwrap(), Options::default().mmap(false)));
    test(&Place::Simulated(Disk::new()));
}

/// All live records; panics on a damaged one.
pub(crate) fn contents(reader: &Reader) -> BTreeMap<Key, Vec<u8>> {
    let mut all = BTreeMap::new();
    for item in reader.iter() {
        let (key, record) = item.unwrap();
        assert!(all.insert(key, record.to_vec()).is_none(), "iter gave a key twice");
    }
    for (key, value) in &all {
        assert_eq!(&*reader.get(key).unwrap().unwrap(), value.as_slice());
        assert!(reader.contains(key));
    }
    all
}
