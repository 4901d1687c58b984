//! What is in memory: entries by key, and the machine that decides where they belong. Lives behind one
//! lock, under which nothing is decoded, compressed, parsed, read or written.

use std::sync::Arc;

use cst_bytecode::Bytecode;
use cst_tiers::{Move, Slot, Tick, Tier, Tiers};
use hashbrown::HashMap;
use tree_sitter::Tree;

use crate::document::Key;
use crate::removed::{Removal, Removed};

/// What an entry costs beside its body: its places in the table and in the machine.
const ENTRY_BYTES: u64 = 512;

/// An entry in the form of its tier.
#[derive(Clone)]
pub(crate) enum Body {
    /// With its bytecode (a fifteenth of the tree), so that demotion needs no work.
    Hot(Tree, Arc<Bytecode>),
    Warm(Arc<Bytecode>),
    Cold(Arc<[u8]>),
}

impl Body {
    /// What the entry takes in memory, in bytes.
    pub(crate) fn weight(&self) -> u64 {
        let bytes = match self {
            Self::Hot(_, bytecode) => hot_weight(bytecode),
            Self::Warm(bytecode) => bytecode.as_bytes().len() as u64 + ENTRY_BYTES,
            Self::Cold(payload) => payload.len() as u64 + ENTRY_BYTES,
        };
        bytes.max(ENTRY_BYTES)
    }

    pub(crate) fn tier(&self) -> Tier {
        match self {
            Self::Hot(..) => Tier::Hot,
            Self::Warm(_) => Tier::Warm,
            Self::Cold(_) => Tier::Cold,
        }
    }
}

/// What a tree will take once it is live.
pub(crate) fn hot_weight(bytecode: &Bytecode) -> u64 {
    bytecode.header().live_bytes.saturating_add(bytecode.as_bytes().len() as u64).saturating_add(ENTRY_BYTES)
}

pub(crate) struct Entry {
    pub(crate) slot: Slot,
    pub(crate) body: Body,
    /// Whether the store has it: then it may be dropped without loss.
    pub(crate) saved: bool,
}

pub(crate) struct Table {
    pub(crate) tiers: Tiers,
    pub(crate) entries: HashMap<Key, Entry>,
    /// The key of each slot, by its place.
    keys: Vec<Option<Key>>,
    /// Out of the machine, in the store's batch, and kept here until that is committed.
    pub(crate) spilled: HashMap<Key, Arc<[u8]>>,
    pub(crate) spilled_bytes: u64,
    /// Taken out of the store's next commit; until then the store still has them.
    pub(crate) removed: Removed,
}

/// What is in the store's batch, and may be let go of once it is committed.
pub(crate) struct Batch {
    spilled: Vec<(Key, Arc<[u8]>)>,
    removed: Vec<Removal>,
}

impl Batch {
    pub(crate) fn spilled(&self) -> u64 {
        self.spilled.len() as u64
    }
}

/// What the table has of a key.
pub(crate) enum Found {
    /// A body. Those that take work to become a tree are pinned until `settle`.
    Entry(Slot, Body),
    Spilled(Arc<[u8]>),
    Nothing,
}

impl Table {
    pub(crate) fn new(tiers: Tiers) -> Self {
        Self {
            tiers,
            entries: HashMap::new(),
            keys: Vec::new(),
            spilled: HashMap::new(),
            spilled_bytes: 0,
            removed: Removed::default(),
        }
    }

    /// Looks a key up, and counts it as a hit.
    pub(crate) fn find(&mut self, key: Key, now: Tick) -> Found {
        if let Some(entry) = self.entries.get(&key) {
            self.tiers.hit(entry.slot, now);
            if !matches!(entry.body, Body::Hot(..)) {
                self.tiers.pin(entry.slot);
            }
            return Found::Entry(entry.slot, entry.body.clone());
        }
        self.spilled.get(&key).map_or(Found::Nothing, |payload| Found::Spilled(Arc::clone(payload)))
    }

    /// The live tree of a key, if it is hot.
    pub(crate) fn hot(&mut self, key: Key, now: Tick) -> Option<Tree> {
        let Entry { slot, body: Body::Hot(tree, _), .. } = self.entries.get(&key)? else { return None };
        self.tiers.hit(*slot, now);
        Some(tree.clone())
    }

    /// Puts an entry in, in place of an older one. Returns what it replaced, to be dropped elsewhere.
    #[must_use]
    pub(crate) fn insert(&mut self, key: Key, body: Body, now: Tick) -> Option<Entry> {
        let old = self.remove(key);
        let slot = self.tiers.admit(body.tier(), body.weight(), now);
        // The same key is the same tree: what the store has is as good.
        let saved = old.as_ref().is_some_and(|old| old.saved);
        self.adopt(key, slot, body, saved);
        old
    }

    /// Puts an entry in that came back from the store.
    pub(crate) fn thaw(&mut self, key: Key, body: Body, now: Tick) {
        // Removed while it was read: the store will not have it.
        if !self.entries.contains_key(&key) && !self.removed.contains(key) {
            let slot = self.tiers.thaw(body.tier(), body.weight(), now);
            self.adopt(key, slot, body, true);
        }
    }

    fn adopt(&mut self, key: Key, slot: Slot, body: Body, saved: bool) {
        if let Body::Hot(_, bytecode) = &body {
            let warm = Body::Warm(Arc::clone(bytecode)).weight();
            self.tiers.foresee(slot, Tier::Warm, warm);
        }
        if self.keys.len() <= slot.index() {
            self.keys.resize(slot.index() + 1, None);
        }
        self.keys[slot.index()] = Some(key);
        self.entries.insert(key, Entry { slot, body, saved });
    }

    /// Ends the work on a body that `find` gave out; where it became a tree, the entry is promoted if
    /// the machine agrees. Returns what is no longer needed, to be dropped elsewhere.
    #[must_use]
    pub(crate) fn settle(
        &mut self,
        key: Key,
        slot: Slot,
        built: Option<(Tree, Arc<Bytecode>)>,
        now: Tick,
    ) -> Option<Body> {
        self.tiers.unpin(slot);
        let entry = self.entries.get_mut(&key).filter(|entry| entry.slot == slot)?;
        let (tree, bytecode) = built?;
        let hot = Body::Hot(tree, bytecode);
        let weight = hot.weight();
        if self.tiers.should_promote(slot, weight) && self.tiers.promote(slot, weight, now) {
            return Some(core::mem::replace(&mut entry.body, hot));
        }
        Some(hot)
    }

    /// The same, where it became bytecode: the entry is warm from now on, if there is room.
    #[must_use]
    pub(crate) fn settle_warm(
        &mut self,
        key: Key,
        slot: Slot,
        warm: Option<Body>,
        now: Tick,
    ) -> Option<Body> {
        self.tiers.unpin(slot);
        let entry = self.entries.get_mut(&key).filter(|entry| entry.slot == slot)?;
        let warm = warm?;
        let weight = warm.weight();
        let is_lower = entry.body.tier() > Tier::Warm;
        if is_lower && self.tiers.fits_warm(weight) && self.tiers.moved(slot, Tier::Warm, weight, now) {
            return Some(core::mem::replace(&mut entry.body, warm));
        }
        Some(warm)
    }

    /// Takes a key out, in whatever form. Returns it, to be dropped elsewhere.
    #[must_use]
    pub(crate) fn remove(&mut self, key: Key) -> Option<Entry> {
        if let Some(payload) = self.spilled.remove(&key) {
            self.spilled_bytes -= payload.len() as u64;
        }
        let entry = self.entries.remove(&key)?;
        self.tiers.remove(entry.slot);
        if let Some(place) = self.keys.get_mut(entry.slot.index()) {
            *place = None;
        }
        Some(entry)
    }

    /// The next demotion that is due: what, of whom, and whether the store has it already.
    pub(crate) fn next_move(&mut self, now: Tick) -> Option<(Move, Key, Body, bool)> {
        let mv = self.tiers.next_move(now)?;
        let found = self.keys.get(mv.slot.index()).copied().flatten();
        let entry = found.and_then(|key| Some((key, self.entries.get(&key)?)));
        match entry {
            Some((key, entry)) => Some((mv, key, entry.body.clone(), entry.saved)),
            None => {
                // Cannot be: every slot has an entry. Should it be, the slot goes.
                self.tiers.remove(mv.slot);
                None
            }
        }
    }

    /// Notes that nobody works on a demotion any more, if it was not completed.
    pub(crate) fn gave_up(&mut self, mv: &Move) {
        if self.tiers.is_current(mv) {
            self.tiers.abandoned(mv.slot);
        }
    }

    /// Completes a demotion within memory. Returns the old body, to be dropped elsewhere.
    #[must_use]
    pub(crate) fn demote(&mut self, mv: &Move, key: Key, body: Body, now: Tick) -> Option<Body> {
        if !self.tiers.is_current(mv) {
            return Some(body);
        }
        let weight = body.weight();
        let entry = self.entries.get_mut(&key)?;
        self.tiers.moved(mv.slot, mv.to, weight, now);
        Some(core::mem::replace(&mut entry.body, body))
    }

    /// Completes a demotion out of memory; with a payload that waits for the store's next commit.
    #[must_use]
    pub(crate) fn freeze(
        &mut self,
        mv: &Move,
        key: Key,
        payload: Option<Arc<[u8]>>,
        now: Tick,
    ) -> Option<Entry> {
        if !self.tiers.is_current(mv) {
            return None;
        }
        // Reported before the entry goes, so that it counts as the move that it is.
        self.tiers.moved(mv.slot, mv.to, 0, now);
        let entry = self.remove(key);
        if let Some(payload) = payload {
            self.spilled_bytes += payload.len() as u64;
            self.spilled.insert(key, payload);
        }
        entry
    }

    /// Whether a commit would have anything to do.
    pub(crate) fn has_batch(&self) -> bool {
        !self.spilled.is_empty() || !self.removed.is_empty()
    }

    /// What is in the store's batch as of now.
    pub(crate) fn batch(&self) -> Batch {
        Batch {
            spilled: self.spilled.iter().map(|(key, payload)| (*key, Arc::clone(payload))).collect(),
            removed: self.removed.in_batch(),
        }
    }

    /// Lets go of what was spilled and is committed by now, or cannot be.
    pub(crate) fn let_go(&mut self, batch: &Batch) {
        for (key, payload) in &batch.spilled {
            if self.spilled.get(key).is_some_and(|now| Arc::ptr_eq(now, payload)) {
                self.spilled.remove(key);
                self.spilled_bytes -= payload.len() as u64;
            }
        }
    }

    /// Forgets what was removed and is committed by now: the store no longer has it.
    pub(crate) fn forget_removed(&mut self, batch: &Batch) {
        for removal in &batch.removed {
            self.removed.forget(removal);
        }
    }
}
