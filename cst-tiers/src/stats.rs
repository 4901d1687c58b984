//! Live figures: what is where, and what has happened so far.

use crate::entry::Entry;
use crate::{Reason, Tier};

const TIERS: usize = Tier::ALL.len();

/// What one tier holds at this moment, or several together. Byte sums stop at `u64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occupancy {
    /// Tracked entries, moving and pinned ones included.
    pub entries: u64,
    /// Their weight in bytes.
    pub bytes: u64,
    /// Entries on their way out of the tier.
    pub moving_entries: u64,
    /// Their weight in bytes; part of `bytes` until the move is reported complete.
    pub moving_bytes: u64,
    /// Entries held by at least one pin.
    pub pinned_entries: u64,
    /// Their weight in bytes; part of `bytes`.
    pub pinned_bytes: u64,
}

/// Exact sums behind [`Occupancy`]: 2^32 weights of 64 bits fit in 96, so nothing saturates and
/// subtraction undoes addition.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    entries: u64,
    bytes: u128,
    moving_entries: u64,
    moving_bytes: u128,
    pinned_entries: u64,
    pinned_bytes: u128,
}

impl Load {
    pub(crate) fn add(&mut self, entry: &Entry) {
        let weight = u128::from(entry.weight);
        self.entries += 1;
        self.bytes += weight;
        if entry.flight.is_some() {
            self.moving_entries += 1;
            self.moving_bytes += weight;
        }
        if entry.pins > 0 {
            self.pinned_entries += 1;
            self.pinned_bytes += weight;
        }
    }

    pub(crate) fn sub(&mut self, entry: &Entry) {
        let weight = u128::from(entry.weight);
        self.entries = self.entries.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(weight);
        if entry.flight.is_some() {
            self.moving_entries = self.moving_entries.saturating_sub(1);
            self.moving_bytes = self.moving_bytes.saturating_sub(weight);
        }
        if entry.pins > 0 {
            self.pinned_entries = self.pinned_entries.saturating_sub(1);
            self.pinned_bytes = self.pinned_bytes.saturating_sub(weight);
        }
    }

    /// Bytes that will remain once every move in flight has completed.
    pub(crate) const fn staying(&self) -> u128 {
        self.bytes.saturating_sub(self.moving_bytes)
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            entries: self.entries + other.entries,
            bytes: self.bytes + other.bytes,
            moving_entries: self.moving_entries + other.moving_entries,
            moving_bytes: self.moving_bytes + other.moving_bytes,
            pinned_entries: self.pinned_entries + other.pinned_entries,
            pinned_bytes: self.pinned_bytes + other.pinned_bytes,
        }
    }

    fn occupancy(&self) -> Occupancy {
        Occupancy {
            entries: self.entries,
            bytes: clamp(self.bytes),
            moving_entries: self.moving_entries,
            moving_bytes: clamp(self.moving_bytes),
            pinned_entries: self.pinned_entries,
            pinned_bytes: clamp(self.pinned_bytes),
        }
    }
}

/// The same number, or `u64::MAX` if it is larger.
pub(crate) fn clamp(bytes: u128) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Counts since the machine was made; each stops at `u64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) admits: [u64; TIERS],
    pub(crate) thaws: [u64; TIERS],
    pub(crate) hits: [u64; TIERS],
    pub(crate) removals: [u64; TIERS],
    pub(crate) moves: [[[u64; Reason::ALL.len()]; TIERS]; TIERS],
    pub(crate) started: u64,
    pub(crate) abandoned: u64,
    pub(crate) overtaken: u64,
}

/// Counts one more event.
pub(crate) const fn bump(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// A snapshot of all figures, from [`Tiers::stats`](crate::Tiers::stats).
///
/// Every started move ends in exactly one way, so at any time
/// `started == completed + abandoned + overtaken + moving_entries`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    occupancy: [Occupancy; TIERS],
    total: Occupancy,
    counters: Counters,
}

impl Stats {
    pub(crate) fn new(loads: &[Load; TIERS], counters: Counters) -> Self {
        let total = loads.iter().copied().fold(Load::default(), Load::plus);
        Self {
            occupancy: std::array::from_fn(|tier| loads[tier].occupancy()),
            total: total.occupancy(),
            counters,
        }
    }

    /// What a tier holds now; all zero for [`Tier::Frozen`], which is not tracked.
    #[must_use]
    pub const fn tier(&self, tier: Tier) -> Occupancy {
        self.occupancy[tier.index()]
    }

    /// What the three RAM tiers hold together.
    #[must_use]
    pub const fn total(&self) -> Occupancy {
        self.total
    }

    /// New entries admitted into a tier.
    #[must_use]
    pub const fn admits(&self, tier: Tier) -> u64 {
        self.counters.admits[tier.index()]
    }

    /// Entries that came back from disk into a tier. Not among [`Stats::admits`] and [`Stats::moves`].
    #[must_use]
    pub const fn thaws(&self, tier: Tier) -> u64 {
        self.counters.thaws[tier.index()]
    }

    /// Hits on entries that were in a tier.
    #[must_use]
    pub const fn hits(&self, tier: Tier) -> u64 {
        self.counters.hits[tier.index()]
    }

    /// Entries removed by the caller while they were in a tier.
    #[must_use]
    pub const fn removals(&self, tier: Tier) -> u64 {
        self.counters.removals[tier.index()]
    }

    /// Completed moves from one tier to another for one reason.
    #[must_use]
    pub const fn moves(&self, from: Tier, to: Tier, reason: Reason) -> u64 {
        self.counters.moves[from.index()][to.index()][reason.index()]
    }

    /// Every kind of move that has happened at least once, with its count.
    pub fn all_moves(&self) -> impl Iterator<Item = (Tier, Tier, Reason, u64)> {
        Tier::ALL.into_iter().flat_map(move |from| {
            Tier::ALL.into_iter().flat_map(move |to| {
                Reason::ALL.into_iter().filter_map(move |reason| {
                    let count = self.moves(from, to, reason);
                    (count > 0).then_some((from, to, reason, count))
                })
            })
        })
    }

    /// Entries that left the machine for the disk.
    #[must_use]
    pub fn frozen(&self) -> u64 {
        self.all_moves().filter(|&(_, to, _, _)| to == Tier::Frozen).map(|(.., count)| count).sum()
    }

    /// Moves handed out by [`Tiers::next_move`](crate::Tiers::next_move).
    #[must_use]
    pub const fn started(&self) -> u64 {
        self.counters.started
    }

    /// Moves handed out and reported complete.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.all_moves().filter(|&(_, _, reason, _)| reason != Reason::Caller).map(|(.., count)| count).sum()
    }

    /// Moves handed out and reported as given up.
    #[must_use]
    pub const fn abandoned(&self) -> u64 {
        self.counters.abandoned
    }

    /// Moves handed out that something else ended: a pin, a removal, a move elsewhere.
    #[must_use]
    pub const fn overtaken(&self) -> u64 {
        self.counters.overtaken
    }
}
