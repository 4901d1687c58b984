//! What the machine knows about one entry.

use crate::{Reason, Tick, Tier};

/// A move that has been handed out and not yet reported back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flight {
    /// Unique among all moves of a machine, so that an overtaken move cannot pass for its successor.
    pub(crate) ticket: u64,
    pub(crate) to: Tier,
    pub(crate) reason: Reason,
}

/// The state of one tracked entry, as of the call that returned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(crate) tier: Tier,
    pub(crate) weight: u64,
    pub(crate) touched: Tick,
    pub(crate) hits: u32,
    pub(crate) pins: u32,
    pub(crate) flight: Option<Flight>,
    /// What it is known to weigh warm and cold; `UNKNOWN` where it has not been and nobody said.
    known: [u64; 2],
}

/// Larger than any real weight, so that the lesser of it and another is the other.
const UNKNOWN: u64 = u64::MAX;

impl Entry {
    pub(crate) const fn new(tier: Tier, weight: u64, touched: Tick, hits: u32) -> Self {
        Self { tier, weight, touched, hits, pins: 0, flight: None, known: [UNKNOWN; 2] }
    }

    /// What it would weigh in a lower tier as far as is known, in bytes: the weight it had there or
    /// was [foreseen](crate::Tiers::foresee) to have, but at most its present weight.
    #[must_use]
    pub const fn weight_below(&self, tier: Tier) -> u64 {
        let known = match tier {
            Tier::Hot => UNKNOWN,
            Tier::Warm => self.known[0],
            Tier::Cold => self.known[1],
            Tier::Frozen => 0,
        };
        if known < self.weight { known } else { self.weight }
    }

    /// Remembers what it weighs in a tier; of no interest for hot, to which nothing is demoted.
    pub(crate) const fn learn(&mut self, tier: Tier, weight: u64) {
        match tier {
            Tier::Warm => self.known[0] = weight,
            Tier::Cold => self.known[1] = weight,
            Tier::Hot | Tier::Frozen => {}
        }
    }

    /// The RAM tier it is in; still the origin while a move is in flight.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// Its weight in that tier, in bytes.
    #[must_use]
    pub const fn weight(&self) -> u64 {
        self.weight
    }

    /// The tick its idle time counts from (see [`Idle`](crate::Idle)).
    #[must_use]
    pub const fn touched(&self) -> Tick {
        self.touched
    }

    /// Hits since it came to its tier; stops at `u32::MAX`.
    #[must_use]
    pub const fn hits(&self) -> u32 {
        self.hits
    }

    /// Pins that hold it.
    #[must_use]
    pub const fn pins(&self) -> u32 {
        self.pins
    }

    /// Where a move in flight is taking it, if one is.
    #[must_use]
    pub const fn moving_to(&self) -> Option<Tier> {
        match self.flight {
            Some(flight) => Some(flight.to),
            None => None,
        }
    }

    /// Whether it may be chosen for a move: only then is it in its tier's recency order.
    pub(crate) const fn is_listed(&self) -> bool {
        self.pins == 0 && self.flight.is_none()
    }
}
