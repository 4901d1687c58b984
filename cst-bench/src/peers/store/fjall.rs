//! fjall: an LSM tree with large values kept apart, which is what it advises for them.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode};

use super::{Get, Peer, Record, RecordStore, Room, missing, sorted};
use crate::error::Error;

/// fjall, records in the order in which they come.
pub const PEER: Peer = Peer {
    name: "fjall",
    about: "values kept apart; journal synced at the end; its cache holds everything",
    only_inserts: false,
    open: |folder, room| open(folder, room, false),
};

/// fjall, given all records at once: sorted, then ingested past the journal, which is its way to load in bulk.
pub const SORTED: Peer = Peer {
    name: "fjall-sorted",
    about: "records sorted first (in the time), then ingested past the journal",
    only_inserts: true,
    open: |folder, room| open(folder, room, true),
};

struct Fjall {
    database: Database,
    records: Keyspace,
    ingest: bool,
}

fn open(folder: &Path, room: Room, ingest: bool) -> Result<Box<dyn RecordStore>, Error> {
    let opened = || {
        let database = Database::builder(folder.join("records")).cache_size(room.cache).open()?;
        let apart = Some(KvSeparationOptions::default());
        let records =
            database.keyspace("records", || KeyspaceCreateOptions::default().with_kv_separation(apart))?;
        Ok::<_, fjall::Error>(Fjall { database, records, ingest })
    };
    Ok(Box::new(opened().map_err(Error::during("opening fjall"))?))
}

impl Fjall {
    fn put(&self, records: &[Record<'_>]) -> Result<(), fjall::Error> {
        if self.ingest {
            let mut ingestion = self.records.start_ingestion()?;
            for (key, bytes) in sorted(records) {
                ingestion.write(key, bytes)?;
            }
            ingestion.finish()?;
        } else {
            for (key, bytes) in records {
                self.records.insert(key, *bytes)?;
            }
        }
        self.database.persist(PersistMode::SyncAll)
    }
}

impl RecordStore for Fjall {
    fn insert(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        self.put(records).map_err(Error::during("fjall"))
    }

    fn read(&self, work: &mut dyn FnMut(&Get<'_>) -> Result<(), Error>) -> Result<(), Error> {
        work(&|key, see| {
            let bytes = self.records.get(key).map_err(Error::during("fjall"))?;
            see(&bytes.ok_or_else(|| missing(key))?);
            Ok(())
        })
    }
}
