//! Role: records on disk, found by keys that are hashes.

pub mod files;
pub mod fjall;
pub mod frozen;
pub mod heed;
pub mod redb;
mod run;

use std::path::Path;

use crate::error::Error;
pub use run::measure;

/// What a record is found by.
pub type Key = [u8; 32];

/// A key and a record.
pub type Record<'r> = (Key, &'r [u8]);

/// Gives the record of a key to the function it is handed, where it lies if that can be; an error where
/// there is none.
pub type Get<'g> = dyn Fn(&Key, &mut dyn FnMut(&[u8])) -> Result<(), Error> + 'g;

/// A store, open for reading and writing.
pub trait RecordStore {
    /// Adds all records, and returns when they would survive a power failure.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn insert(&mut self, records: &[Record<'_>]) -> Result<(), Error>;

    /// Opens what reading takes (a transaction, a table) and calls `work` with what gets records.
    ///
    /// # Errors
    ///
    /// What the store says, and what `work` returns.
    fn read(&self, work: &mut dyn FnMut(&Get<'_>) -> Result<(), Error>) -> Result<(), Error>;
}

/// How much a store will have to hold.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Bytes of all records.
    pub records: u64,
    /// Memory that it may use for a cache of its own, in bytes. The page cache of the system is not in it.
    pub cache: u64,
}

/// Opens a store in a folder that is there, or makes an empty one.
pub type Open = fn(&Path, Room) -> Result<Box<dyn RecordStore>, Error>;

/// A store to be measured.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its crate.
    pub name: &'static str,
    /// How it is set up, in a line for people.
    pub about: &'static str,
    /// Whether it differs from the entry before in inserting only.
    pub only_inserts: bool,
    /// Makes an empty one in an empty folder.
    pub open: Open,
}

/// This project's.
pub const OURS: &str = "cst-frozen";

/// All stores, this project's first.
pub const PEERS: [Peer; 7] =
    [frozen::PEER, heed::PEER, heed::SORTED, redb::PEER, fjall::PEER, fjall::SORTED, files::PEER];

/// For stores that want keys in order and are given all records at once.
fn sorted<'r>(records: &[Record<'r>]) -> Vec<Record<'r>> {
    let mut records = records.to_vec();
    records.sort_unstable_by_key(|(key, _)| *key);
    records
}

fn missing(key: &Key) -> Error {
    Error::new(format!("no record of the key {:02x?}", key.get(..4).unwrap_or_default()))
}
