//! Carrying out what the tier machine decides: compress, spill to the store, commit, let go.

use std::sync::Arc;

use cst_frozen::{Durability, WriteError};
use cst_tiers::{Move, Slot, Tier};
use parking_lot::MutexGuard;

use crate::cache::Cache;
use crate::document::Key;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::Body;

impl Cache {
    /// Demotes what is idle or over budget, commits what that brought to the store, and brings the store
    /// below its quota, if it has one and is not. For a timer or an idle moment; `insert` and `get` keep the budgets by themselves.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where the store could not be written. The budgets hold all the same: what could
    /// not be saved is dropped, and counted.
    pub fn maintain(&self) -> Result<(), StoreError> {
        let relieved = self.relieve();
        let committing = self.committing.lock();
        let committed = self.commit_spilled(&committing);
        if let Some(store) = self.store.as_deref() {
            self.make_room(store, &committing);
        }
        committed.and(relieved)
    }

    /// Brings everything in memory to the store and commits it. What is live stays live.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was committed before is still there. Where a tree is larger than the store's quota, all others are
    /// committed all the same.
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
        let mut result = Ok(());
        for key in unsaved {
            match self.save(store, key) {
                Ok(slot) => written.extend(slot.map(|slot| (key, slot))),
                // It is the only one that is not kept, and the batch goes on.
                Err(error @ StoreError::Write(WriteError::OverQuota { .. })) => result = Err(error),
                Err(error) => {
                    // Ends the batch that the store gave up, so that the next one may begin.
                    let _ = self.commit_batch(Durability::Buffered, &committing);
                    return Err(error);
                }
            }
        }
        self.commit_batch(Durability::Fsync, &committing)?;
        {
            let mut table = self.table.lock();
            for (key, slot) in written {
                // Removed meanwhile, or put in anew: then it has another slot.
                if let Some(entry) = table.entries.get_mut(&key).filter(|entry| entry.slot == slot) {
                    entry.saved = true;
                }
            }
        }
        self.make_room(store, &committing);
        result
    }

    /// Puts what memory has of a key into the store's batch. Returns its slot; nothing where memory does not have it.
    fn save(&self, store: &dyn Store, key: Key) -> Result<Option<Slot>, StoreError> {
        let body = self.table.lock().entries.get(&key).map(|entry| entry.body.clone());
        let Some(payload) = body.map(|body| self.frozen(&body)) else { return Ok(None) };
        let _held = self.writing.hold(key);
        // Who has put it in anew meanwhile has put in the same; who has removed it has not.
        let slot = self.table.lock().entries.get(&key).map(|entry| entry.slot);
        if slot.is_some() {
            store.put(&key.0, &payload)?;
            self.table.lock().removed.overridden(key);
        }
        Ok(slot)
    }

    /// Carries out demotions until every budget holds.
    pub(crate) fn relieve(&self) -> Result<(), StoreError> {
        let mut result = Ok(());
        loop {
            let next = self.table.lock().next_move(self.clock.now());
            let Some((mv, key, body, saved)) = next else { break };
            let unless_it_panics = Unfinished { cache: self, mv: &mv };
            if let Err(error) = self.carry_out(&mv, key, body, saved) {
                result = Err(error);
            }
            drop(unless_it_panics);
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
                self.demote(mv, key, Body::Cold(self.cold(&body)));
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
        let Some(store) = store.filter(|_| !saved) else {
            if !saved {
                self.counters.evicted.add(1);
            }
            let old = self.table.lock().freeze(mv, key, None, self.clock.now());
            drop(old);
            return Ok(());
        };
        let payload = self.frozen(body);
        let written = self.spill(store, mv, key, payload);
        if written.is_err() {
            self.counters.lost_to_write_errors.add(1);
            // Ends the batch that the store gave up, so that the next one may begin.
            let _ = self.commit_batch(Durability::Buffered, &self.committing.lock());
        }
        written
    }

    /// Puts an entry into the store's batch and takes it out of the tiers, unless something has overtaken that.
    fn spill(&self, store: &dyn Store, mv: &Move, key: Key, payload: Arc<[u8]>) -> Result<(), StoreError> {
        let _held = self.writing.hold(key);
        if !self.table.lock().tiers.is_current(mv) {
            return Ok(());
        }
        let written = store.put(&key.0, &payload);
        let old = {
            let mut table = self.table.lock();
            if written.is_ok() {
                table.removed.overridden(key);
            }
            table.freeze(mv, key, written.is_ok().then_some(payload), self.clock.now())
        };
        drop(old);
        written
    }

    /// Takes a key out of the store, if it was removed and the store does not know of that yet.
    fn bury(&self, store: &dyn Store, key: Key) -> Result<(), StoreError> {
        let _held = self.writing.hold(key);
        let removal = self.table.lock().removed.to_write(key);
        if let Some(removal) = removal {
            store.remove(&key.0)?;
            self.table.lock().removed.written(&removal);
        }
        Ok(())
    }

    /// Commits the store's batch: what was frozen, spilled or removed since the last commit. Then brings the store below its
    /// quota, if it has one; where that fails, it shows in the counters.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing of the batch is then in the store.
    pub fn commit(&self, durability: Durability) -> Result<(), StoreError> {
        self.commit_and_make_room(durability, &self.committing.lock())
    }

    fn commit_and_make_room(
        &self,
        durability: Durability,
        committing: &MutexGuard<'_, ()>,
    ) -> Result<(), StoreError> {
        self.commit_batch(durability, committing)?;
        if let Some(store) = self.store.as_deref() {
            self.make_room(store, committing);
        }
        Ok(())
    }

    /// [`Cache::commit`] for who knows better than this cache which records to let go.
    #[cfg(feature = "index")]
    pub(crate) fn commit_only(&self, durability: Durability) -> Result<(), StoreError> {
        self.commit_batch(durability, &self.committing.lock())
    }

    /// Commits what was spilled or removed, if anything was.
    fn commit_spilled(&self, committing: &MutexGuard<'_, ()>) -> Result<(), StoreError> {
        if !self.table.lock().has_batch() {
            return Ok(());
        }
        self.commit_and_make_room(Durability::Buffered, committing)
    }

    /// Commits, and lets go of what memory held for the batch. Takes the guard as a witness that
    /// nobody else commits.
    fn commit_batch(&self, durability: Durability, _: &MutexGuard<'_, ()>) -> Result<(), StoreError> {
        let store = self.store.as_deref().ok_or(StoreError::ReadOnly)?;
        // Removals that were in a batch that was lost, or that the store refused.
        let unwritten = self.table.lock().removed.unwritten();
        let buried = unwritten.into_iter().try_for_each(|key| self.bury(store, key));
        let batch = self.table.lock().batch();
        let committed = store.commit(durability);
        {
            let mut table = self.table.lock();
            // Committed or not: the memory is promised to others, and what is lost will be parsed again.
            table.let_go(&batch);
            match committed {
                Ok(()) => table.forget_removed(&batch),
                Err(_) => table.removed.batch_lost(),
            }
        }
        if committed.is_ok() {
            self.counters.commits.add(1);
        } else {
            self.counters.lost_to_write_errors.add(batch.spilled());
        }
        // The first error says more: the second may only say that there was one.
        buried.and(committed)
    }

    /// What the cold tier keeps of a body.
    fn cold(&self, body: &Body) -> Arc<[u8]> {
        match body {
            Body::Hot(_, bytecode) | Body::Warm(bytecode) => self.payloads.cold(bytecode).into(),
            Body::Cold(payload) => Arc::clone(payload),
        }
    }

    /// What the store keeps of it.
    fn frozen(&self, body: &Body) -> Arc<[u8]> {
        match body {
            Body::Hot(_, bytecode) | Body::Warm(bytecode) => self.payloads.frozen(bytecode).into(),
            Body::Cold(payload) => {
                self.payloads.frozen_from(payload).map_or_else(|| Arc::clone(payload), Arc::from)
            }
        }
    }
}

/// A demotion in work. Where that panics, others may try.
struct Unfinished<'a> {
    cache: &'a Cache,
    mv: &'a Move,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.cache.table.lock().gave_up(self.mv);
        }
    }
}
