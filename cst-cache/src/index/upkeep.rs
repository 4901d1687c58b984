//! Upkeep of the store beside the work on files: commits, compaction, the quota, entries of files that are gone.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cst_frozen::care::CareError;
use cst_frozen::{Durability, Step, WriteError, Writer};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::IndexError;
use super::catalog::entries;
use super::ledger::{Ledger, Root};
use super::retain::{ByFile, Visit, is_gone};
use crate::cache::Cache;
use crate::error::StoreError;
use crate::quota::ledger_key;
use crate::store::Store;

/// Commit after so many bytes: with [`COMMIT_INTERVAL`](super::run), what a kill can cost.
const COMMIT_BYTES: u64 = 32 << 20;

/// So much of the store is gone through before somebody may ask for the end.
const STEP: u64 = 4 << 20;

/// For each byte that is committed, so many of the store are gone through by compaction, so that it keeps up.
const STEPS_PER_COMMIT: u64 = 4;

pub(super) struct Upkeep<'a> {
    cache: &'a Cache,
    store: &'a Writer,
    visit: Visit<'a>,
    ledger: Mutex<Ledger>,
    /// The ledger as it is in the store.
    known: Ledger,
    /// The store's last commit before the run.
    since: u64,
    /// Records that were found damaged when they were to be copied, and are gone.
    lost: AtomicU64,
    /// Shared by those who rely on what they found in the store until it is named in the catalog; alone, who evicts.
    room: RwLock<()>,
    stop: &'a AtomicBool,
}

impl<'a> Upkeep<'a> {
    /// Begins with the ledger that the store has, and another quota where `quota` says so.
    pub(super) fn begin(
        cache: &'a Cache,
        store: &'a Writer,
        visit: Visit<'a>,
        quota: Quota,
        stop: &'a AtomicBool,
    ) -> Result<Self, StoreError> {
        let known = Ledger::load(store.reader());
        let mut ledger = known.clone();
        match quota {
            Quota::AsBefore => {}
            Quota::Unlimited => ledger.quota = None,
            Quota::Bytes(bytes) => ledger.quota = Some(bytes),
        }
        if ledger.quota.is_some() || quota == Quota::Unlimited {
            store.set_quota(ledger.quota);
        }
        if ledger.quota != known.quota {
            // At once, to hear of one that nothing would fit in.
            Store::put(store, &ledger_key(), &ledger.payload())?;
        }
        let (since, room) = (store.reader().generation(), RwLock::new(()));
        let (ledger, lost) = (Mutex::new(ledger), AtomicU64::new(0));
        Ok(Self { cache, store, visit, ledger, known, since, lost, room, stop })
    }

    /// Until the guard is dropped, nothing is evicted. To be held before anything else that others may wait for.
    pub(super) fn hold(&self) -> RwLockReadGuard<'_, ()> {
        self.room.read()
    }

    /// Whether so much waits for a commit that it should not wait longer.
    pub(super) fn is_due(&self, pending: u64) -> bool {
        pending >= self.store.quota().map_or(COMMIT_BYTES, |quota| (quota / 4).min(COMMIT_BYTES))
    }

    /// Commits, and keeps the store in order: below its quota, and of few segments.
    pub(super) fn commit(&self) -> Result<(), StoreError> {
        let pending = self.store.pending_bytes();
        self.commit_within_quota()?;
        self.compact(pending.saturating_mul(STEPS_PER_COMMIT))
    }

    fn commit_within_quota(&self) -> Result<(), StoreError> {
        if self.store.quota().is_none() {
            return self.cache.commit_only(Durability::Fsync);
        }
        // Nobody has a tree in this commit and its entry in the next.
        let _alone = self.room.write();
        self.cache.commit_only(Durability::Fsync)?;
        self.make_room()
    }

    fn make_room(&self) -> Result<(), StoreError> {
        if self.store.reader().stats().gaps > 0 {
            // Nothing is evicted before the store is mended, at the end of the run.
            return Ok(());
        }
        let mut ledger = self.ledger.lock();
        let policy = ByFile::new(self.store.reader(), &ledger, self.since, Some(&self.visit));
        let evicted = self.store.make_room(&policy)?;
        ledger.count(&evicted);
        self.lost.fetch_add(evicted.corrupt, Ordering::Relaxed);
        Ok(())
    }

    /// Goes on with compaction, until so many bytes of the store were gone through, or nothing is left that is worth it.
    fn compact(&self, most: u64) -> Result<(), StoreError> {
        let mut gone_through = 0;
        while gone_through < most && !self.stop.load(Ordering::Relaxed) {
            match self.store.compact_step(STEP)? {
                Step::Idle => break,
                Step::Copied { bytes } => gone_through += bytes,
                Step::Merged(compaction) => {
                    self.lost.fetch_add(compaction.corrupt, Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }

    /// Ends the run: commits, drops entries of files that are gone, settles the quota and the ledger. `files` have a tree
    /// now; of them, `known` had an entry in the catalog before. Returns how many entries were dropped and how many records evicted.
    pub(super) fn end(&self, files: u64, known: u64, interrupted: bool) -> Result<Upkept, IndexError> {
        let mut forgotten = 0;
        if !interrupted && self.may_have_lost_files(known) {
            // What was committed just now is in the way of nobody: it is of files that are there.
            forgotten = self.forget_gone_files()?;
        }
        if let Some(folder) = self.visit.folder.to_str() {
            let mut ledger = self.ledger.lock();
            let before = ledger.roots.get(folder).copied();
            let files = if interrupted { before.map_or(0, |root| root.files) } else { files };
            // Without a quota the time of the last run is of no use, and not worth a commit.
            if self.store.quota().is_some() || before.map(|root| root.files) != Some(files) {
                let generation = self.store.reader().generation() + 1;
                ledger.visited(folder, Root { files, generation });
            }
        }
        self.commit_with_ledger()?;
        self.compact_at_the_end()?;
        let ledger = self.ledger.lock();
        let evicted = ledger.evicted_records - self.known.evicted_records;
        Ok(Upkept { forgotten, evicted, lost: self.lost.load(Ordering::Relaxed) })
    }

    /// A run finds as many files in the catalog as the last one has left there, unless some are gone.
    fn may_have_lost_files(&self, known: u64) -> bool {
        let last = self.visit.folder.to_str().and_then(|folder| self.known.roots.get(folder));
        last.map_or(self.since > 0, |root| known < root.files)
    }

    fn forget_gone_files(&self) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for (candidate, entry) in entries(self.store.reader()) {
            let path = Path::new(&entry.path);
            if entry.is_under(self.visit.folder) && is_gone(path) {
                Store::remove(self.store, &candidate.key)?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// Commits, with the ledger if it says anything new. Where that evicts something, there is more to say, once: then there is
    /// room.
    fn commit_with_ledger(&self) -> Result<(), StoreError> {
        let mut written = self.known.clone();
        loop {
            let ledger = self.ledger.lock().clone();
            if ledger != written {
                Store::put(self.store, &ledger_key(), &ledger.payload())?;
                written = ledger;
            }
            self.commit_within_quota()?;
            if *self.ledger.lock() == written {
                return Ok(());
            }
        }
    }

    /// Damage is dropped at once: what replaced it is elsewhere, and it would be found for ever.
    ///
    /// Where a commit cannot be read that was made durable, what is older is in doubt until a repair. What a run needs of it, it
    /// has made again by now, and a repair keeps that: of each key it takes the latest record.
    fn compact_at_the_end(&self) -> Result<(), IndexError> {
        let stats = self.store.reader().stats();
        if stats.gaps > 0 {
            return match cst_frozen::care::mend(self.store) {
                Err(CareError::Write(error)) => Err(StoreError::from(error).into()),
                Err(CareError::Open(error)) => Err(error.into()),
                _ => Ok(self.make_room()?),
            };
        }
        if stats.corrupt_records + stats.quarantined_segments == 0 {
            return Ok(self.compact(u64::MAX)?);
        }
        let watch = &mut |_| match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let compaction = self.store.compact_while(watch).map_err(StoreError::from)?;
        self.lost.fetch_add(compaction.map_or(0, |compaction| compaction.corrupt), Ordering::Relaxed);
        Ok(())
    }
}

/// Brings a store that records were added to since its commit `since` below the quota that it was last told. Returns how many
/// records were evicted; those that were added are not the first to go.
pub(crate) fn make_room(store: &Writer, since: u64) -> Result<u64, WriteError> {
    let mut ledger = Ledger::load(store.reader());
    store.set_quota(ledger.quota);
    let evicted = store.make_room(&ByFile::new(store.reader(), &ledger, since, None))?;
    if evicted.records > 0 {
        ledger.count(&evicted);
        store.put(&ledger_key(), &ledger.payload())?;
        store.commit(Durability::Fsync)?;
    }
    Ok(evicted.records)
}

/// What the end of a run came to.
pub(super) struct Upkept {
    pub(super) forgotten: u64,
    pub(super) evicted: u64,
    pub(super) lost: u64,
}

/// How much a store may take on disk. It is kept with the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quota {
    /// What the store was last told.
    #[default]
    AsBefore,
    /// Anything.
    Unlimited,
    /// So many bytes. Beyond, the trees go whose files were indexed least recently, and that spare the parser least.
    Bytes(u64),
}
