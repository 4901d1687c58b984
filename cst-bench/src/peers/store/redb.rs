//! redb: one transaction for all records, with immediate durability, which is its default.

use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition};

use super::{Get, Peer, Record, RecordStore, Room, missing};
use crate::error::Error;

/// redb.
pub const PEER: Peer = Peer {
    name: "redb",
    about: "one transaction to insert, one kept open to read; its cache holds everything",
    only_inserts: false,
    open,
};

const RECORDS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("records");

struct Redb(Database);

fn open(folder: &Path, room: Room) -> Result<Box<dyn RecordStore>, Error> {
    let cache = usize::try_from(room.cache).map_err(Error::during("the cache of redb"))?;
    let database = Database::builder().set_cache_size(cache).create(folder.join("records.redb"));
    Ok(Box::new(Redb(database.map_err(Error::during("opening redb"))?)))
}

impl Redb {
    fn put(&self, records: &[Record<'_>]) -> Result<(), redb::Error> {
        let transaction = self.0.begin_write()?;
        {
            let mut table = transaction.open_table(RECORDS)?;
            for (key, bytes) in records {
                table.insert(key, bytes)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

impl RecordStore for Redb {
    fn insert(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        self.put(records).map_err(Error::during("redb"))
    }

    fn read(&self, work: &mut dyn FnMut(&Get<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let transaction = self.0.begin_read().map_err(Error::during("redb"))?;
        let table = transaction.open_table(RECORDS).map_err(Error::during("redb"))?;
        work(&|key, see| {
            let bytes = table.get(key).map_err(Error::during("redb"))?;
            see(bytes.ok_or_else(|| missing(key))?.value());
            Ok(())
        })
    }
}
