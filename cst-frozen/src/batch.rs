//! The batch that a writer is gathering, and what is known of those before it.

use std::collections::{BTreeMap, VecDeque};

use crate::{Commit, Durability, name::Span, segment::SegmentWriter};

/// The batch, locked for as long as it takes to add a record.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) state: State,
    /// Which batch this is; rises with each that is taken to be committed.
    pub(crate) number: u64,
    /// How many callers want it committed.
    pub(crate) callers: u64,
    /// The most that one of them wants.
    pub(crate) durability: Durability,
    /// What the batch before covers, while that is being committed.
    pub(crate) before: Option<Span>,
}

#[derive(Default)]
pub(crate) enum State {
    /// Nothing was put.
    #[default]
    Empty,
    /// Records were put.
    Open(Box<SegmentWriter>),
    /// An error took the records that were put; the caller has yet to acknowledge it.
    Abandoned,
}

/// Where the writer stands with what it has published; locked by whoever publishes, one after the other.
#[derive(Default)]
pub(crate) struct Published {
    /// Whether names were given to files since the folder was last synced, or may have been.
    pub(crate) names_unsynced: bool,
    /// Segments that have no name yet, but are visible in this process, and the files that they are in; oldest first.
    pub(crate) volatile: VecDeque<(String, Span)>,
    /// Segments that were published without being synced.
    pub(crate) unsynced: Vec<Span>,
    /// One of them that could not be synced when that was tried.
    pub(crate) unsyncable: Option<Span>,
    /// By batch: what became of it, and how many of its callers have yet to hear of it.
    pub(crate) outcomes: BTreeMap<u64, (Option<Commit>, u64)>,
}

impl Published {
    /// What became of a batch that another caller committed too; nothing when it is still to be committed. No commit
    /// means that it failed.
    pub(crate) fn outcome(&mut self, number: u64) -> Option<Option<Commit>> {
        let (outcome, callers) = self.outcomes.get_mut(&number)?;
        let outcome = *outcome;
        *callers = callers.saturating_sub(1);
        if *callers == 0 {
            self.outcomes.remove(&number);
        }
        Some(outcome)
    }

    /// Whether something was committed that is not durable.
    pub(crate) fn is_behind(&self) -> bool {
        !self.volatile.is_empty() || !self.unsynced.is_empty()
    }

    /// Takes from the lists what was written anew, and synced.
    pub(crate) fn replaced(&mut self, by: Span) {
        let outside = |span: Span| span.first < by.first || by.last < span.last;
        self.unsynced.retain(|&span| outside(span));
        self.unsyncable = self.unsyncable.filter(|&span| outside(span));
    }
}
