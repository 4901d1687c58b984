//! The frozen tier, as the cache sees it.

use cst_frozen::{Durability, Evicted, Eviction, Reader, Writer};

use crate::error::StoreError;

/// Where frozen trees are kept: keys and opaque payloads.
///
/// Implemented by [`cst_frozen::Writer`], and by [`cst_frozen::Reader`] for processes that only read. One to read from is all that
/// `read` and `contains` make; the rest is for those that are written to.
pub trait Store: Send + Sync {
    /// Gives the payload of `key` to `read`, which sees it where it lies. False where there is none.
    ///
    /// # Errors
    ///
    /// [`Damaged`], where there is one that is not as it was written, or cannot be read.
    fn read(&self, key: &[u8; 32], read: &mut dyn FnMut(&[u8])) -> Result<bool, Damaged>;

    /// Whether there is a record of `key`, without reading its payload.
    fn contains(&self, key: &[u8; 32]) -> bool;

    /// Adds a record to the batch; visible and lasting from the next commit on.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the batch is then given up with the next commit.
    fn put(&self, key: &[u8; 32], payload: &[u8]) -> Result<(), StoreError> {
        let _ = (key, payload);
        Err(StoreError::ReadOnly)
    }

    /// Adds to the batch that there is no record of `key`.
    ///
    /// # Errors
    ///
    /// As [`Store::put`].
    fn remove(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        let _ = key;
        Err(StoreError::ReadOnly)
    }

    /// Commits the batch.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing of the batch is then in the store.
    fn commit(&self, durability: Durability) -> Result<(), StoreError> {
        let _ = durability;
        Err(StoreError::ReadOnly)
    }

    /// Whether `put`, `remove` and `commit` work at all; not, as here, where they are not made.
    fn is_writable(&self) -> bool {
        false
    }

    /// How many bytes the store may take; nothing, as here, where there is no limit.
    fn quota(&self) -> Option<u64> {
        None
    }

    /// The number of the last commit, larger with each. Asked of stores with a quota only.
    fn generation(&self) -> u64 {
        0
    }

    /// Brings the store below its quota, by letting go of the records that are worth least. Called after each commit.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the store holds what it held.
    fn make_room(&self, policy: &dyn Eviction) -> Result<Evicted, StoreError> {
        let _ = policy;
        Ok(Evicted::default())
    }
}

/// A record that is there, but not as it was written. The cache takes it for a miss and counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl Store for Reader {
    fn read(&self, key: &[u8; 32], read: &mut dyn FnMut(&[u8])) -> Result<bool, Damaged> {
        match self.get(key) {
            Ok(Some(record)) => {
                read(&record);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(_) => Err(Damaged),
        }
    }

    fn contains(&self, key: &[u8; 32]) -> bool {
        self.contains(key)
    }
}

impl Store for Writer {
    fn read(&self, key: &[u8; 32], read: &mut dyn FnMut(&[u8])) -> Result<bool, Damaged> {
        self.reader().read(key, read)
    }

    fn contains(&self, key: &[u8; 32]) -> bool {
        self.reader().contains(key)
    }

    fn put(&self, key: &[u8; 32], payload: &[u8]) -> Result<(), StoreError> {
        Ok(self.put(key, payload)?)
    }

    fn remove(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        Ok(self.remove(key)?)
    }

    fn commit(&self, durability: Durability) -> Result<(), StoreError> {
        self.commit(durability)?;
        Ok(())
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn quota(&self) -> Option<u64> {
        self.quota()
    }

    fn generation(&self) -> u64 {
        self.reader().generation()
    }

    fn make_room(&self, policy: &dyn Eviction) -> Result<Evicted, StoreError> {
        Ok(self.make_room(policy)?)
    }
}
