//! [`Cache`]: trees in, trees out.

use std::sync::Arc;

use cst_bytecode::Bytecode;
use cst_tiers::Tier;
use parking_lot::Mutex;
use tree_sitter::{InputEdit, Range, Tree};

use crate::clock::Clock;
use crate::document::{Document, Key};
use crate::error::{InsertError, ParseError, StoreError};
use crate::flight::{Flights, Joined};
use crate::parsers::Parsers;
use crate::payload::Payloads;
use crate::quota::Uses;
use crate::stats::{Counters, Stats};
use crate::store::{Damaged, Store};
use crate::table::{Body, Found, Table, hot_weight};
use crate::writing::Writing;

/// A cache of syntax trees, shared by any number of threads.
///
/// No lock is held while anything is parsed, decoded, compressed or read; while a tree is written to the store, those who
/// write or remove the same one wait. Never a wrong tree:
/// whatever is damaged or of another build is a miss, and counted.
pub struct Cache {
    pub(crate) table: Mutex<Table>,
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) counters: Counters,
    /// Held while a batch of spilled entries is committed.
    pub(crate) committing: Mutex<()>,
    /// Who writes which key to the store.
    pub(crate) writing: Writing,
    /// How many bytes may wait for a commit.
    pub(crate) spill_bytes: u64,
    pub(crate) payloads: Payloads,
    /// When records of a store with a quota were last used.
    pub(crate) uses: Uses,
    flights: Flights,
    parsers: Parsers,
}

/// What an edit came to.
#[derive(Debug)]
pub struct Edited {
    /// The new document's tree.
    pub tree: Tree,
    /// What differs in structure between the old tree, edited, and the new one; everything, where there
    /// was no old tree.
    pub changed_ranges: Vec<Range>,
    /// Whether there was an old tree to start from.
    pub incremental: bool,
}

/// What freezing a tree took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Subtrees written down, hidden ones included.
    pub subtrees: u32,
    /// What the live tree takes, in bytes.
    pub live_bytes: u64,
    /// Bytes of bytecode.
    pub bytecode_bytes: u64,
    /// Bytes of the record in the store.
    pub stored_bytes: u64,
}

impl Frozen {
    pub(crate) fn of(bytecode: &Bytecode, payload: &[u8]) -> Self {
        Self {
            subtrees: bytecode.header().subtree_count,
            live_bytes: bytecode.header().live_bytes,
            bytecode_bytes: bytecode.as_bytes().len() as u64,
            stored_bytes: payload.len() as u64,
        }
    }
}

impl Cache {
    pub(crate) fn new(
        table: Table,
        store: Option<Arc<dyn Store>>,
        clock: Box<dyn Clock>,
        spill_bytes: u64,
        payloads: Payloads,
    ) -> Self {
        Self {
            table: Mutex::new(table),
            store,
            clock,
            counters: Counters::default(),
            committing: Mutex::new(()),
            writing: Writing::default(),
            spill_bytes,
            payloads,
            uses: Uses::default(),
            flights: Flights::default(),
            parsers: Parsers::default(),
        }
    }

    /// The document's tree, from whichever tier has it; `None` where none has. Never parses.
    ///
    /// A live tree costs a lock and a clone (tens of nanoseconds); any other a decode, which is four to
    /// twenty times faster than the parse, and brings the tree up to hot.
    #[must_use]
    pub fn get(&self, document: &Document<'_>) -> Option<Tree> {
        if let Some(tree) = self.hot(document) {
            return Some(tree);
        }
        let tree = match self.flights.join(document.key(), || self.thaw(document)) {
            Joined::Led(tree) => tree,
            Joined::Followed(tree) => {
                self.counters.joined.add(1);
                tree
            }
        };
        if tree.is_none() {
            self.counters.misses.add(1);
        }
        tree
    }

    /// The document's tree, parsed if no tier has it. However many ask for a key at once, it is parsed
    /// or decoded once.
    ///
    /// # Errors
    ///
    /// [`ParseError`]. A tree that cannot be kept is returned all the same.
    pub fn get_or_parse(&self, document: &Document<'_>) -> Result<Tree, ParseError> {
        loop {
            if let Some(tree) = self.hot(document) {
                return Ok(tree);
            }
            let mut failure = None;
            let joined = self.flights.join(document.key(), || {
                self.thaw(document).or_else(|| {
                    self.counters.misses.add(1);
                    self.parse(document, None).map_err(|error| failure = Some(error)).ok()
                })
            });
            match joined {
                Joined::Led(Some(tree)) => return Ok(tree),
                Joined::Led(None) => return Err(failure.unwrap_or(ParseError::Stopped)),
                Joined::Followed(Some(tree)) => {
                    self.counters.joined.add(1);
                    return Ok(tree);
                }
                // Whoever was first only looked, or failed; it is this one's turn.
                Joined::Followed(None) => {}
            }
        }
    }

    /// Puts a document's tree in. Encodes it at once (a fifth to a third of what the parse took), so
    /// that later demotions are cheap.
    ///
    /// # Errors
    ///
    /// [`InsertError`], for a tree that is not of this document or cannot be written down.
    pub fn insert(&self, document: &Document<'_>, tree: &Tree) -> Result<(), InsertError> {
        let bytecode = self.encode(document, tree)?;
        let body = Body::Hot(tree.clone(), Arc::new(bytecode));
        let old = self.table.lock().insert(document.key(), body, self.clock.now());
        drop(old);
        self.counters.inserts.add(1);
        // A store that cannot be written shows in the counters, and in the next flush.
        let _ = self.relieve();
        Ok(())
    }

    /// Puts a document's tree into the store's batch without keeping it in memory. It is there to stay
    /// once [`Cache::commit`] has returned.
    ///
    /// # Errors
    ///
    /// [`InsertError`], also where there is no store to write to.
    pub fn freeze_tree(&self, document: &Document<'_>, tree: &Tree) -> Result<Frozen, InsertError> {
        let bytecode = self.encode(document, tree)?;
        Ok(self.freeze_bytecode(document, &bytecode)?)
    }

    /// The bytecode of a document's tree, with nothing kept of it.
    ///
    /// # Errors
    ///
    /// [`InsertError`], for a tree that is not of this document or cannot be written down.
    pub fn encode(&self, document: &Document<'_>, tree: &Tree) -> Result<Bytecode, InsertError> {
        if !document.has_ranges_of(tree) {
            self.counters.uncacheable.add(1);
            return Err(InsertError::WrongRanges);
        }
        let encoded = Bytecode::encode_with(document.grammar(), tree, document.source_id());
        if encoded.is_err() {
            self.counters.uncacheable.add(1);
        }
        Ok(encoded?)
    }

    /// Puts what [`Cache::encode`] made of a document into the store's batch, in the form that the store keeps.
    ///
    /// # Errors
    ///
    /// [`StoreError`], also where there is no store to write to.
    pub fn freeze_bytecode(
        &self,
        document: &Document<'_>,
        bytecode: &Bytecode,
    ) -> Result<Frozen, StoreError> {
        let store = self.store.as_deref().ok_or(StoreError::ReadOnly)?;
        let payload = self.payloads.frozen(bytecode);
        let held = self.writing.hold(document.key());
        store.put(&document.key().0, &payload)?;
        self.table.lock().removed.overridden(document.key());
        drop(held);
        self.counters.inserts.add(1);
        Ok(Frozen::of(bytecode, &payload))
    }

    /// The tree of `new`, made from that of `old` by an incremental parse, and put in. `edits` lead from
    /// `old`'s text to `new`'s, in order. Where no tier has the old tree, `new` is parsed whole.
    ///
    /// # Errors
    ///
    /// [`ParseError`]. A tree that cannot be kept is returned all the same.
    pub fn edit(
        &self,
        old: &Document<'_>,
        edits: &[InputEdit],
        new: &Document<'_>,
    ) -> Result<Edited, ParseError> {
        let mut old_tree = self.get(old);
        if let Some(tree) = &mut old_tree {
            edits.iter().for_each(|edit| tree.edit(edit));
            self.counters.edits.add(1);
        }
        let tree = self.parse(new, old_tree.as_ref())?;
        let changed_ranges = match &old_tree {
            Some(old_tree) => old_tree.changed_ranges(&tree).collect(),
            None => vec![tree.root_node().range()],
        };
        Ok(Edited { tree, changed_ranges, incremental: old_tree.is_some() })
    }

    /// Takes a document's tree out of every tier. Gone from the disk with the next commit.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where the store could not be written; the memory tiers no longer have it.
    pub fn remove(&self, document: &Document<'_>) -> Result<(), StoreError> {
        let key = document.key();
        self.counters.removals.add(1);
        let Some(store) = self.store.as_deref().filter(|store| store.is_writable()) else {
            let old = self.table.lock().remove(key);
            drop(old);
            return Ok(());
        };
        // Whoever is writing it just now has put it into the batch before this, or will see that it is gone.
        let _held = self.writing.hold(key);
        let (removal, old) = {
            let mut table = self.table.lock();
            (table.removed.insert(key), table.remove(key))
        };
        drop(old);
        store.remove(&key.0)?;
        self.table.lock().removed.written(&removal);
        Ok(())
    }

    /// Whether some tier has an entry of this document. Does not read it: a damaged one counts.
    #[must_use]
    pub fn contains(&self, document: &Document<'_>) -> bool {
        let key = document.key();
        let (in_memory, removed) = {
            let table = self.table.lock();
            let in_memory = table.entries.contains_key(&key) || table.spilled.contains_key(&key);
            (in_memory, table.removed.contains(key))
        };
        let in_store = || self.store.as_deref().is_some_and(|store| store.contains(&key.0));
        in_memory || (!removed && in_store())
    }

    /// What has happened so far, and what the tiers hold.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let table = self.table.lock();
        self.counters.snapshot(table.tiers.stats(), table.spilled.len() as u64, table.spilled_bytes)
    }

    /// Brings what is in memory to the store, if there is one to write to, and ends the cache. Without
    /// it, what was not flushed is gone with the process, as with any cache.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where the store could not be written.
    pub fn close(self) -> Result<(), StoreError> {
        match self.store.as_deref() {
            Some(store) if store.is_writable() => self.flush(),
            _ => Ok(()),
        }
    }

    fn hot(&self, document: &Document<'_>) -> Option<Tree> {
        let tree = self.table.lock().hot(document.key(), self.clock.now())?;
        self.counters.hot_hits.add(1);
        Some(tree)
    }

    fn parse(&self, document: &Document<'_>, old: Option<&Tree>) -> Result<Tree, ParseError> {
        let tree = self.parsers.parse(document, old)?;
        self.counters.parses.add(1);
        // Counted where it fails; the tree is good whether it can be kept or not.
        let _ = self.insert(document, &tree);
        Ok(tree)
    }

    /// Builds the tree from whatever form some tier has.
    fn thaw(&self, document: &Document<'_>) -> Option<Tree> {
        let found = self.table.lock().find(document.key(), self.clock.now());
        let tree = match found {
            Found::Entry(_, Body::Hot(tree, _)) => {
                self.counters.hot_hits.add(1);
                Some(tree)
            }
            Found::Entry(slot, Body::Warm(bytecode)) => {
                let built = self.decode(document, bytecode);
                if built.is_some() {
                    self.counters.warm_hits.add(1);
                }
                self.settle(document, slot, built)
            }
            Found::Entry(slot, Body::Cold(payload)) => {
                let built = self.open(document, &payload);
                if built.is_some() {
                    self.counters.cold_hits.add(1);
                }
                self.settle(document, slot, built)
            }
            Found::Spilled(payload) => self.open(document, &payload).map(|(tree, _)| {
                self.counters.cold_hits.add(1);
                tree
            }),
            Found::Nothing => self.thaw_frozen(document),
        };
        // What came up may have pushed others over a budget. Failures show in the counters.
        let _ = self.relieve();
        tree
    }

    fn thaw_frozen(&self, document: &Document<'_>) -> Option<Tree> {
        let open = |payload: &[u8]| self.open(document, payload);
        let (tree, _) = self.read_frozen(document.key(), open, |table, (tree, bytecode)| {
            let warm = Body::Warm(Arc::clone(bytecode));
            let hot = || Body::Hot(tree.clone(), Arc::clone(bytecode));
            match table.tiers.thaw_to(hot_weight(bytecode), warm.weight()) {
                Tier::Hot => table.thaw(document.key(), hot(), self.clock.now()),
                Tier::Warm | Tier::Cold => table.thaw(document.key(), warm, self.clock.now()),
                Tier::Frozen => {}
            }
        })?;
        Some(tree)
    }

    /// What `open` makes of a key's record in the store, kept as `keep` says.
    pub(crate) fn read_frozen<T>(
        &self,
        key: Key,
        open: impl Fn(&[u8]) -> Option<T>,
        keep: impl FnOnce(&mut Table, &T),
    ) -> Option<T> {
        let store = self.store.as_deref()?;
        {
            let mut table = self.table.lock();
            if table.removed.contains(key) {
                return None;
            }
            table.removed.begin(key);
        }
        let _reading = Reading { table: &self.table, key };
        let mut opened = None;
        let read = store.read(&key.0, &mut |payload| opened = open(payload));
        if read == Err(Damaged) {
            self.counters.corrupt.add(1);
        }
        let opened = opened?;
        self.uses.note(store, key);
        self.counters.frozen_hits.add(1);
        keep(&mut self.table.lock(), &opened);
        Some(opened)
    }

    fn settle(
        &self,
        document: &Document<'_>,
        slot: cst_tiers::Slot,
        built: Option<(Tree, Arc<Bytecode>)>,
    ) -> Option<Tree> {
        let tree = built.as_ref().map(|(tree, _)| tree.clone());
        let old = self.table.lock().settle(document.key(), slot, built, self.clock.now());
        drop(old);
        tree
    }

    fn open(&self, document: &Document<'_>, payload: &[u8]) -> Option<(Tree, Arc<Bytecode>)> {
        self.decode(document, self.unpack(payload)?)
    }

    /// The bytecode of a payload.
    pub(crate) fn unpack(&self, payload: &[u8]) -> Option<Arc<Bytecode>> {
        let bytecode = self.payloads.unpack(payload);
        if bytecode.is_none() {
            self.counters.corrupt.add(1);
        }
        bytecode.map(Arc::new)
    }

    /// Builds the tree, and makes sure that it is this document's.
    fn decode(&self, document: &Document<'_>, bytecode: Arc<Bytecode>) -> Option<(Tree, Arc<Bytecode>)> {
        if !document.owns(bytecode.header()) {
            self.counters.mismatched.add(1);
            return None;
        }
        let Ok(tree) = bytecode.decode(document.grammar()) else {
            self.counters.corrupt.add(1);
            return None;
        };
        if !document.has_ranges_of(&tree) {
            self.counters.mismatched.add(1);
            return None;
        }
        Some((tree, bytecode))
    }
}

/// A read of a key from the store, until dropped: a removal meanwhile is not forgotten.
struct Reading<'a> {
    table: &'a Mutex<Table>,
    key: Key,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.table.lock().removed.end(self.key);
    }
}
