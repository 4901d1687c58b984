//! cst-frozen: one commit for all records, synced; each get takes the snapshot; the first one of a record checks it.

use std::path::Path;

use cst_frozen::{Durability, Options, Writer};

use super::{Get, OURS, Peer, Record, RecordStore, Room, missing};
use crate::error::Error;

/// This project's store.
pub const PEER: Peer = Peer {
    name: OURS,
    about: "one commit; the first get of a record verifies its checksum",
    only_inserts: false,
    open,
};

struct Frozen(Writer);

fn open(folder: &Path, _: Room) -> Result<Box<dyn RecordStore>, Error> {
    let writer = Writer::open(folder.join("store"), Options::default());
    Ok(Box::new(Frozen(writer.map_err(Error::during("opening cst-frozen"))?)))
}

impl RecordStore for Frozen {
    fn insert(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        for (key, bytes) in records {
            self.0.put(key, bytes).map_err(Error::during("cst-frozen"))?;
        }
        self.0.commit(Durability::Fsync).map_err(Error::during("cst-frozen"))?;
        Ok(())
    }

    fn read(&self, work: &mut dyn FnMut(&Get<'_>) -> Result<(), Error>) -> Result<(), Error> {
        work(&|key, see| {
            let record = self.0.reader().get(key).map_err(Error::during("cst-frozen"))?;
            see(&record.ok_or_else(|| missing(key))?);
            Ok(())
        })
    }
}
