//! A store in memory: what the cache would write to disk, without the disk.

use std::collections::HashMap;
use std::sync::Arc;

use cst_cache::{Damaged, Durability, Store, StoreError};
use parking_lot::Mutex;

/// Keeps records by key; each is visible at once, and a commit does nothing.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<HashMap<[u8; 32], Arc<[u8]>>>,
}

impl MemoryStore {
    /// The record of `key`.
    #[must_use]
    pub fn record(&self, key: &[u8; 32]) -> Option<Arc<[u8]>> {
        self.records.lock().get(key).cloned()
    }
}

impl Store for MemoryStore {
    fn read(&self, key: &[u8; 32], read: &mut dyn FnMut(&[u8])) -> Result<bool, Damaged> {
        let Some(record) = self.record(key) else { return Ok(false) };
        read(&record);
        Ok(true)
    }

    fn contains(&self, key: &[u8; 32]) -> bool {
        self.records.lock().contains_key(key)
    }

    fn put(&self, key: &[u8; 32], payload: &[u8]) -> Result<(), StoreError> {
        self.records.lock().insert(*key, payload.into());
        Ok(())
    }

    fn remove(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        self.records.lock().remove(key);
        Ok(())
    }

    fn commit(&self, _: Durability) -> Result<(), StoreError> {
        Ok(())
    }

    fn is_writable(&self) -> bool {
        true
    }
}
