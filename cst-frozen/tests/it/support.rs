//! What the tests share.

use std::sync::Arc;

use cst_frozen::{Medium, OpenError, Options, Reader, Writer, testkit::Disk};
use tempfile::TempDir;

pub(crate) use crate::data::{contents, key, noise, wide_key};

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
