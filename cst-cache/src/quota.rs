//! Keeping the store below its quota: what the cache remembers for that, and which records it lets go first.

use std::cell::OnceCell;

use cst_frozen::{Candidate, Eviction};
use cst_tiers::{OnDisk, Retention, Tick};
use hashbrown::{HashMap, HashSet};
use parking_lot::{Mutex, MutexGuard};

use crate::cache::Cache;
use crate::document::Key;
use crate::payload;
use crate::store::Store;

/// The key under which `index` keeps what it has to remember between runs. Never evicted.
pub(crate) fn ledger_key() -> [u8; 32] {
    blake3::derive_key("cst-cache ledger", b"")
}

/// Larger records are trees: nobody has to look at them to know it.
pub(crate) const LARGEST_ENTRY: u64 = 16 << 10;

/// When a record was last used, of those that this cache has built trees from. Time is counted in commits, so that it goes
/// on where the process before has stopped. 40 bytes for each.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashMap<Key, Tick>>);

impl Uses {
    /// A tree was built from the store. Remembered for stores with a quota only.
    pub(crate) fn note(&self, store: &dyn Store, key: Key) {
        if store.quota().is_some() {
            self.0.lock().insert(key, Tick(store.generation()));
        }
    }
}

impl Cache {
    /// Brings the store below its quota, if it has one. A failure shows in the counters, and the next commit tries again.
    /// Takes the guard as a witness that nobody else commits.
    pub(crate) fn make_room(&self, store: &dyn Store, _: &MutexGuard<'_, ()>) {
        if store.quota().is_none() {
            return;
        }
        let now = Retention::at(Tick(store.generation()));
        match store.make_room(&ByUse { cache: self, store, now, in_memory: OnceCell::new() }) {
            Ok(evicted) if evicted.records > 0 => {
                self.counters.evicted_from_store.add(evicted.records);
                self.forget_evicted(store);
            }
            Ok(_) => {}
            Err(_) => self.counters.store_over_quota.add(1),
        }
    }

    /// What memory has and the store has no more is to be written again when it leaves memory.
    fn forget_evicted(&self, store: &dyn Store) {
        self.uses.0.lock().retain(|key, _| store.contains(&key.0));
        let saved: Vec<Key> = {
            let table = self.table.lock();
            table.entries.iter().filter(|(_, entry)| entry.saved).map(|(&key, _)| key).collect()
        };
        let gone: Vec<Key> = saved.into_iter().filter(|key| !store.contains(&key.0)).collect();
        let mut table = self.table.lock();
        for key in gone {
            // Whoever has put it in anew meanwhile writes it twice: the same bytes, kept once.
            if let Some(entry) = table.entries.get_mut(&key) {
                entry.saved = false;
            }
        }
    }
}

/// Last used, last to go; what is in memory is in use.
struct ByUse<'a> {
    cache: &'a Cache,
    store: &'a dyn Store,
    now: Retention,
    in_memory: OnceCell<HashSet<Key>>,
}

impl ByUse<'_> {
    /// Whether the record is of the catalog of `index`: it goes first, so that none is left that names an evicted tree.
    fn is_of_catalog(&self, candidate: &Candidate) -> bool {
        let mut is_tree = true;
        if candidate.bytes <= LARGEST_ENTRY {
            // A damaged one stays a tree; what was lost is for others to tell.
            let _ = self.store.read(&candidate.key, &mut |payload| is_tree = payload::is_tree(payload));
        }
        !is_tree
    }
}

impl Eviction for ByUse<'_> {
    fn worth(&self, candidate: &Candidate) -> u64 {
        if candidate.key == ledger_key() {
            return u64::MAX;
        }
        if self.is_of_catalog(candidate) {
            return 0;
        }
        let key = Key(candidate.key);
        let in_memory =
            self.in_memory.get_or_init(|| self.cache.table.lock().entries.keys().copied().collect());
        let used = self.cache.uses.0.lock().get(&key).copied().unwrap_or_default();
        self.now.worth(&OnDisk {
            bytes: candidate.bytes,
            // Nobody has measured it; about the same per byte for all.
            cost: candidate.bytes,
            used: used.max(Tick(candidate.generation)),
            in_use: in_memory.contains(&key),
        })
    }
}
