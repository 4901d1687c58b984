//! Carrying out what the tier machine decides: compress, spill to the store, commit, let go.

use std::sync::Arc;

use cst_bytecode::Bytecode;
use cst_frozen::Durability;
use cst_tiers::{Move, Tier};
use parking_lot::MutexGuard;

use crate::cache::Cache;
use crate::document::Key;
use crate::error::StoreError;
use crate::payload;
use crate::store::Store;
use crate::table::Body;

impl Cache {
    /// Demotes what is idle or over budget, and commits what that brought to the store. For a timer or
    /// an idle moment; `insert` and `get` keep the budgets by themselves.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where the store could not be written. The budgets hold all the same: what could
    /// not be saved is dropped, and counted.
    pub fn maintain(&self) -> Result<(), StoreError> {
        let relieved = self.relieve();
        self.commit_spilled(&self.committing.lock()).and(relieved)
    }

    /// Brings everything in memory to the store and commits it. What is live stays live.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was committed before is still there.
    pub fn flush(&self) -> Result<(), StoreError> {
        let Some(store) = self.store.as_deref().filter(|store| store.is_writable()) else {
            return Err(StoreError::ReadOnly);
        };
        // Nobody else commits until this is done, so a batch that fails fails here.
        let committing = self.committing.lock();
        let unsaved: Vec<Key> = {
            let table = self.table.lock();
            table.entries.iter().filter(|(_, entry)| !entry.saved).map(|(&key, _)| key).collect()
        };
        let mut written = Vec::with_capacity(unsaved.len());
        for key in unsaved {
            let found = {
                let table = self.table.lock();
                table.entries.get(&key).map(|entry| (entry.slot, entry.body.clone()))
            };
            if let Some((slot, body)) = found {
                if let Err(error) = store.put(&key.0, &self.pack(&body)) {
                    // Ends the batch that the store gave up, so that the next one may begin.
                    let _ = self.commit_batch(Durability::Buffered, &committing);
                    return Err(error);
                }
                written.push((key, slot));
            }
        }
        for &(key, _) in &written {
            self.bury(store, key)?;
        }
        self.commit_batch(Durability::Fsync, &committing)?;
        let mut table = self.table.lock();
        for (key, slot) in written {
            // Removed meanwhile: then the store's next commit takes out what this one wrote.
            let is_removed = table.removed.contains(key);
            if let Some(entry) = table.entries.get_mut(&key).filter(|entry| entry.slot == slot) {
                entry.saved = !is_removed;
            }
        }
        Ok(())
    }

    /// Carries out demotions until every budget holds.
    pub(crate) fn relieve(&self) -> Result<(), StoreError> {
        let mut result = Ok(());
        loop {
            let next = self.table.lock().next_move(self.clock.now());
            let Some((mv, key, body, saved)) = next else { break };
            if let Err(error) = self.carry_out(&mv, key, body, saved) {
                result = Err(error);
            }
            self.table.lock().carried_out(&mv, key, saved);
            if self.table.lock().spilled_bytes > self.spill_bytes {
                // Whoever is committing already makes the room; waiting here keeps the promise.
                result = self.commit_spilled(&self.committing.lock()).and(result);
            }
        }
        result
    }

    fn carry_out(&self, mv: &Move, key: Key, body: Body, saved: bool) -> Result<(), StoreError> {
        match (mv.to, body) {
            (Tier::Warm, Body::Hot(_, bytecode) | Body::Warm(bytecode)) => {
                self.demote(mv, key, Body::Warm(bytecode));
            }
            (Tier::Cold, body) => {
                self.demote(mv, key, Body::Cold(self.pack(&body)));
            }
            (_, body) => return self.freeze(mv, key, &body, saved),
        }
        Ok(())
    }

    fn demote(&self, mv: &Move, key: Key, body: Body) {
        let old = self.table.lock().demote(mv, key, body, self.clock.now());
        // Freeing a tree takes a while; the lock is gone by now.
        drop(old);
    }

    fn freeze(&self, mv: &Move, key: Key, body: &Body, saved: bool) -> Result<(), StoreError> {
        let store = self.store.as_deref().filter(|store| store.is_writable());
        let (payload, result) = match store {
            _ if saved => (None, Ok(())),
            None => {
                self.counters.evicted.add(1);
                (None, Ok(()))
            }
            Some(store) => {
                let payload = self.pack(body);
                match store.put(&key.0, &payload) {
                    Ok(()) => (Some(payload), Ok(())),
                    Err(error) => {
                        self.counters.lost_to_write_errors.add(1);
                        // Ends the batch that the store gave up, so that the next one may begin.
                        let _ = self.commit_batch(Durability::Buffered, &self.committing.lock());
                        (None, Err(error))
                    }
                }
            }
        };
        let wrote = payload.is_some();
        let old = self.table.lock().freeze(mv, key, payload, self.clock.now());
        drop(old);
        match store {
            Some(store) if wrote => result.and(self.bury(store, key)),
            _ => result,
        }
    }

    /// Takes back what was put of a key that was removed meanwhile.
    fn bury(&self, store: &dyn Store, key: Key) -> Result<(), StoreError> {
        let is_to_be_buried = self.table.lock().is_to_be_buried(key);
        if is_to_be_buried {
            store.remove(&key.0)?;
            self.table.lock().buried(key);
        }
        Ok(())
    }

    /// Commits the store's batch: what was frozen, spilled or removed since the last commit.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing of the batch is then in the store.
    pub fn commit(&self, durability: Durability) -> Result<(), StoreError> {
        self.commit_batch(durability, &self.committing.lock())
    }

    /// Commits what was spilled, if anything was.
    fn commit_spilled(&self, committing: &MutexGuard<'_, ()>) -> Result<(), StoreError> {
        if self.table.lock().batch().is_empty() {
            return Ok(());
        }
        self.commit_batch(Durability::Buffered, committing)
    }

    /// Commits, and lets go of what memory held for the batch. Takes the guard as a witness that
    /// nobody else commits.
    fn commit_batch(&self, durability: Durability, _: &MutexGuard<'_, ()>) -> Result<(), StoreError> {
        let store = self.store.as_deref().ok_or(StoreError::ReadOnly)?;
        let batch = self.table.lock().batch();
        let committed = store.commit(durability);
        {
            let mut table = self.table.lock();
            // Committed or not: the memory is promised to others, and what is lost will be parsed again.
            table.let_go(&batch);
            if committed.is_ok() {
                table.forget_removed(&batch);
            }
        }
        if committed.is_ok() {
            self.counters.commits.add(1);
        } else {
            self.counters.lost_to_write_errors.add(batch.spilled());
            // The store still has what was to go; the next commit takes it out.
            for key in batch.removed() {
                let _ = store.remove(&key.0);
            }
        }
        committed
    }

    /// The kept form of a body.
    fn pack(&self, body: &Body) -> Arc<[u8]> {
        let pack = |bytecode: &Bytecode| payload::pack(bytecode.as_bytes(), self.compression).into();
        match body {
            Body::Hot(_, bytecode) | Body::Warm(bytecode) => pack(bytecode),
            Body::Cold(payload) => Arc::clone(payload),
        }
    }
}
