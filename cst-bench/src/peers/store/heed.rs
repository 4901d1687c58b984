//! LMDB, through heed: one transaction for all records, whose commit syncs; reads where they lie in the map.
#![allow(unsafe_code)]

use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvOpenOptions, PutFlags, WithTls};

use super::{Get, Peer, Record, RecordStore, Room, missing, sorted};
use crate::error::Error;

/// LMDB, records in the order in which they come.
pub const PEER: Peer = Peer {
    name: "heed",
    about: "LMDB; one transaction to insert, one kept open to read; no checksums",
    only_inserts: false,
    open: |folder, room| open(folder, room, false),
};

/// LMDB, given all records at once: sorted, then appended, which is its way to load in bulk.
pub const SORTED: Peer = Peer {
    name: "heed-sorted",
    about: "LMDB; records sorted first (in the time), then appended with MDB_APPEND",
    only_inserts: true,
    open: |folder, room| open(folder, room, true),
};

type Records = Database<'static, Bytes, Bytes>;

struct Lmdb {
    env: Env<WithTls>,
    records: Records,
    append: bool,
}

fn open(folder: &Path, room: Room, append: bool) -> Result<Box<dyn RecordStore>, Error> {
    // An address range, not memory: a record of 10 kB takes three pages of 4 kB.
    let map =
        usize::try_from(room.records.saturating_mul(2).saturating_add(64 << 20).next_multiple_of(1 << 16))
            .map_err(Error::during("the map of LMDB"))?;
    // SAFETY: the folder is new and known to this process alone, so nobody else changes the mapped file; it
    // is local, LMDB's locking is on, and no environment of this folder is open yet.
    let env = unsafe { EnvOpenOptions::new().map_size(map).open(folder) };
    let env = env.map_err(Error::during("opening LMDB"))?;
    let transaction = env.write_txn().map_err(Error::during("LMDB"))?;
    let made = env.create_databases_and_commit(transaction, |databases, transaction| {
        databases.create_database::<Bytes, Bytes>(transaction, None).map(CommitOrAbort::<_, ()>::Commit)
    });
    let records = match made.map_err(Error::during("LMDB"))? {
        CommitOrAbort::Commit(records) => records,
        CommitOrAbort::Abort(()) => return Err(Error::new("LMDB made no table")),
    };
    Ok(Box::new(Lmdb { env, records, append }))
}

impl Lmdb {
    fn put(&self, records: &[Record<'_>], flags: PutFlags) -> heed::Result<()> {
        let mut transaction = self.env.write_txn()?;
        for (key, bytes) in records {
            self.records.put_with_flags(&mut transaction, flags, key, bytes)?;
        }
        transaction.commit()
    }
}

impl RecordStore for Lmdb {
    fn insert(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        let done = match self.append {
            true => self.put(&sorted(records), PutFlags::APPEND),
            false => self.put(records, PutFlags::empty()),
        };
        done.map_err(Error::during("LMDB"))
    }

    fn read(&self, work: &mut dyn FnMut(&Get<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let transaction = self.env.read_txn().map_err(Error::during("LMDB"))?;
        work(&|key, see| {
            let bytes = self.records.get(&transaction, key).map_err(Error::during("LMDB"))?;
            see(bytes.ok_or_else(|| missing(key))?);
            Ok(())
        })
    }
}
