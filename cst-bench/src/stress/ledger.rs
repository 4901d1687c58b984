//! What has to be in the store, going by what its writer announced and what it acknowledged.
//!
//! Each operation is announced before it begins, and settled by a commit that began after it ended. From the
//! announcement on either outcome is possible; from the acknowledgement on only one is.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::generator::Draft;

/// How many threads a writer works with; each has files of its own, so that the operations on a file have
/// an order.
pub(crate) const WORKERS: u32 = 2;

/// How many drafts that are gone are looked for again and again; older ones are forgotten.
const REMEMBERED: usize = 200;

/// What is done to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// Into memory, and to the store with the next flush, or earlier.
    Keep,
    /// Into the store's batch.
    Freeze,
    /// Out of all, with the next commit.
    Remove,
}

/// What was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ack {
    /// All that is in memory is in the store.
    Flush,
    /// The store's batch is.
    Commit,
}

/// How many operations each worker has done.
pub(crate) type Counts = [u64; WORKERS as usize];

/// What is found of a draft that must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It was committed, and is not there.
    Gone,
    /// Its removal was committed, and it is there.
    Back,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "is gone, though it was committed",
            Self::Back => "is there, though its removal was committed",
        })
    }
}

#[derive(Debug, Default)]
struct Entry {
    /// Whether it is there, as far as that is settled.
    present: Option<bool>,
    /// What was announced since, in order, with the worker's count.
    open: Vec<(u64, Change)>,
}

impl Entry {
    fn settle(&mut self, done: u64, ack: Ack) -> bool {
        let settles =
            |&(count, change): &(u64, Change)| count < done && (ack == Ack::Flush || change != Change::Keep);
        let Some(last) = self.open.iter().rposition(settles) else { return false };
        self.present = Some(self.open[last].1 != Change::Remove);
        self.open.drain(..=last);
        true
    }
}

/// Which drafts are in the store.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<Draft, Entry>,
    gone: VecDeque<Draft>,
}

impl Ledger {
    /// Notes that an operation is about to begin.
    pub(crate) fn announce(&mut self, count: u64, change: Change, draft: Draft) {
        let entry = self.entries.entry(draft).or_insert_with(|| Entry { present: Some(false), open: vec![] });
        entry.open.push((count, change));
    }

    /// Notes that a commit returned, before which the workers had done so many operations. Returns what is
    /// known to be there from now on.
    pub(crate) fn acknowledge(&mut self, done: Counts, ack: Ack) -> Vec<Draft> {
        let mut there = Vec::new();
        for (&draft, entry) in &mut self.entries {
            if entry.settle(done[(draft.file % WORKERS) as usize], ack) {
                match entry.present {
                    Some(false) => self.gone.push_back(draft),
                    _ => there.push(draft),
                }
            }
        }
        self.forget();
        there
    }

    /// Notes that what is not settled may never be.
    pub(crate) fn doubt(&mut self) {
        for entry in self.entries.values_mut().filter(|entry| !entry.open.is_empty()) {
            entry.open.clear();
            entry.present = None;
        }
    }

    /// Notes what was found in the store after its writer had ended, and says whether that may be.
    ///
    /// # Errors
    ///
    /// Which promise was broken.
    pub(crate) fn observe(&mut self, draft: Draft, is_there: bool) -> Result<(), Loss> {
        let Some(entry) = self.entries.get_mut(&draft) else { return Ok(()) };
        let may_be = entry.present.is_none_or(|present| present == is_there)
            || entry.open.iter().any(|&(_, change)| (change != Change::Remove) == is_there);
        let was_settled = entry.present == Some(is_there);
        entry.present = Some(is_there);
        entry.open.clear();
        if !is_there && !was_settled {
            self.gone.push_back(draft);
            self.forget();
        }
        match (may_be, is_there) {
            (true, _) => Ok(()),
            (false, false) => Err(Loss::Gone),
            (false, true) => Err(Loss::Back),
        }
    }

    /// All drafts to look for, those that must be gone included.
    pub(crate) fn drafts(&self) -> Vec<Draft> {
        self.entries.keys().copied().collect()
    }

    /// The drafts that must be there.
    pub(crate) fn present(&self) -> impl Iterator<Item = Draft> + '_ {
        let is_sure = |entry: &Entry| entry.present == Some(true) && entry.open.is_empty();
        self.entries.iter().filter(move |(_, entry)| is_sure(entry)).map(|(&draft, _)| draft)
    }

    fn forget(&mut self) {
        while self.gone.len() > REMEMBERED {
            let Some(draft) = self.gone.pop_front() else { return };
            let is_gone = |entry: &Entry| entry.present == Some(false) && entry.open.is_empty();
            if self.entries.get(&draft).is_some_and(is_gone) && !self.gone.contains(&draft) {
                self.entries.remove(&draft);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAFT: Draft = Draft { file: 0, version: 0 };

    fn after(changes: &[Change], acknowledged: u64, ack: Ack) -> Ledger {
        let mut ledger = Ledger::default();
        for (count, &change) in (0..).zip(changes) {
            ledger.announce(count, change, DRAFT);
        }
        ledger.acknowledge([acknowledged, 0], ack);
        ledger
    }

    /// What may be found: gone, there.
    fn allowed(changes: &[Change], acknowledged: u64, ack: Ack) -> [bool; 2] {
        [false, true].map(|is_there| after(changes, acknowledged, ack).observe(DRAFT, is_there).is_ok())
    }

    #[test]
    fn what_is_announced_may_be_either_way_and_what_is_acknowledged_may_not() {
        use Change::{Freeze, Keep, Remove};
        assert_eq!(allowed(&[Keep], 0, Ack::Flush), [true, true]);
        assert_eq!(allowed(&[Keep], 1, Ack::Flush), [false, true]);
        assert_eq!(allowed(&[Keep], 1, Ack::Commit), [true, true]);
        assert_eq!(allowed(&[Freeze], 1, Ack::Commit), [false, true]);
        assert_eq!(allowed(&[Freeze, Remove], 1, Ack::Commit), [true, true]);
        assert_eq!(allowed(&[Freeze, Remove], 2, Ack::Commit), [true, false]);
        assert_eq!(allowed(&[Keep, Remove], 2, Ack::Flush), [true, false]);
        assert_eq!(allowed(&[Remove, Keep], 2, Ack::Commit), [true, true]);
        assert_eq!(allowed(&[Remove, Keep], 2, Ack::Flush), [false, true]);
    }

    #[test]
    fn a_broken_promise_has_a_name() {
        assert_eq!(after(&[Change::Keep], 1, Ack::Flush).observe(DRAFT, false), Err(Loss::Gone));
        let mut ledger = after(&[Change::Keep, Change::Remove], 2, Ack::Flush);
        assert_eq!(ledger.observe(DRAFT, true), Err(Loss::Back));
        // Once told, it is as it is.
        assert_eq!(ledger.observe(DRAFT, true), Ok(()));
        assert_eq!(ledger.observe(DRAFT, false), Err(Loss::Gone));
    }

    #[test]
    fn what_was_seen_once_stays() {
        let mut ledger = after(&[Change::Keep], 0, Ack::Flush);
        assert_eq!(ledger.observe(DRAFT, true), Ok(()));
        assert_eq!(ledger.present().collect::<Vec<_>>(), [DRAFT]);
        assert_eq!(ledger.observe(DRAFT, false), Err(Loss::Gone));
    }

    #[test]
    fn doubt_ends_with_the_next_look() {
        let mut ledger = after(&[Change::Keep], 0, Ack::Flush);
        ledger.doubt();
        assert!(ledger.acknowledge([9, 9], Ack::Flush).is_empty());
        assert_eq!(ledger.observe(DRAFT, false), Ok(()));
        assert_eq!(ledger.observe(DRAFT, true), Err(Loss::Back));
    }

    #[test]
    fn what_is_gone_is_forgotten_in_the_end() {
        let mut ledger = Ledger::default();
        for version in 0..5_000 {
            let draft = Draft { file: 0, version };
            ledger.announce(u64::from(version), Change::Remove, draft);
            ledger.acknowledge([u64::from(version) + 1, 0], Ack::Commit);
        }
        assert_eq!(ledger.drafts().len(), REMEMBERED);
    }
}
