//! Replay of a recorded trace: where would its requests have been answered from?
//!
//! A way to choose budgets, idle times and a promotion policy without running a cache. Moves and
//! promotions take no time here, and nothing is ever removed, so the figures are an upper bound.
//!
//! ```
//! use cst_tiers::sim::{Request, Weights, replay};
//! use cst_tiers::{Budgets, Tick, Tier, Tiers};
//!
//! let weights = Weights { hot: 100, warm: 10, cold: 4 };
//! let trace = [1, 2, 1, 3, 1].map(|id| Request { id, weights, at: Tick(id) });
//! let report = replay(Tiers::new(Budgets::split(150)), trace);
//! assert_eq!(report.misses(), 3);
//! assert_eq!(report.hits(Tier::Hot) + report.hits(Tier::Warm), 2);
//! ```

use std::collections::HashMap;
use std::collections::hash_map::Entry as Known;

use crate::stats::bump;
use crate::{Slot, Stats, Tick, Tier, Tiers};

/// What an entry weighs in each form, in bytes. On disk it weighs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    /// As a live tree.
    pub hot: u64,
    /// As bytecode.
    pub warm: u64,
    /// As compressed bytecode.
    pub cold: u64,
}

impl Weights {
    /// The weight in one tier in bytes; zero for [`Tier::Frozen`].
    #[must_use]
    pub const fn of(&self, tier: Tier) -> u64 {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm,
            Tier::Cold => self.cold,
            Tier::Frozen => 0,
        }
    }
}

/// One request of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked for; equal ids mean the same entry.
    pub id: u64,
    /// Its weights, which take effect when it enters a tier.
    pub weights: Weights,
    /// When.
    pub at: Tick,
}

/// Where the requests of a trace were answered from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    hits: [u64; Tier::ALL.len()],
    misses: u64,
    peak: u64,
    stats: Stats,
}

impl Report {
    /// Requests answered from a tier, the disk included.
    #[must_use]
    pub const fn hits(&self, tier: Tier) -> u64 {
        self.hits[tier.index()]
    }

    /// Requests for ids not seen before.
    #[must_use]
    pub const fn misses(&self) -> u64 {
        self.misses
    }

    /// All requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.hits.iter().fold(self.misses, |sum, hits| sum.saturating_add(*hits))
    }

    /// The part of all requests that a tier answered, from zero to one; zero for an empty trace.
    #[must_use]
    pub fn hit_ratio(&self, tier: Tier) -> f64 {
        match self.requests() {
            0 => 0.0,
            requests => self.hits(tier) as f64 / requests as f64,
        }
    }

    /// The most bytes held in RAM after the moves that followed a request.
    #[must_use]
    pub const fn peak_bytes(&self) -> u64 {
        self.peak
    }

    /// The machine's figures at the end.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }
}

/// Runs a trace through a machine, every move at once. O(1) for each request and move.
///
/// The machine should be empty: entries it already has belong to no id, and are frozen without
/// weight when their turn comes.
#[must_use]
pub fn replay(mut tiers: Tiers, trace: impl IntoIterator<Item = Request>) -> Report {
    // `None` stands for an entry on disk.
    let mut places: HashMap<u64, Option<Slot>> = HashMap::new();
    let mut owners: Vec<Option<(u64, Weights)>> = Vec::new();
    let mut hits = [0; Tier::ALL.len()];
    let (mut misses, mut peak) = (0, 0);

    for Request { id, weights, at } in trace {
        let slot = match places.entry(id) {
            Known::Vacant(vacant) => {
                bump(&mut misses);
                *vacant.insert(Some(tiers.admit(Tier::Hot, weights.hot, at)))
            }
            Known::Occupied(mut place) => {
                let slot = place.get().filter(|&slot| tiers.contains(slot));
                let (tier, slot) = answer(&mut tiers, slot, weights, at);
                bump(&mut hits[tier.index()]);
                place.insert(slot);
                slot
            }
        };
        if let Some(slot) = slot {
            if owners.len() <= slot.index() && tiers.contains(slot) {
                owners.resize(slot.index() + 1, None);
            }
            for tier in [Tier::Warm, Tier::Cold] {
                tiers.foresee(slot, tier, weights.of(tier));
            }
            if let Some(owner) = owners.get_mut(slot.index()) {
                *owner = Some((id, weights));
            }
        }
        while let Some(mv) = tiers.next_move(at) {
            let owner = owners.get(mv.slot.index()).copied().flatten();
            let weight = owner.map_or(0, |(_, weights)| weights.of(mv.to));
            let to = if owner.is_some() { mv.to } else { Tier::Frozen };
            tiers.moved(mv.slot, to, weight, at);
        }
        peak = peak.max(tiers.stats().total().bytes);
    }
    Report { hits, misses, peak, stats: tiers.stats() }
}

/// Serves a known entry and promotes it if the policy says so: the tier that answered, and the slot
/// it has now, if it is in RAM.
fn answer(tiers: &mut Tiers, slot: Option<Slot>, weights: Weights, at: Tick) -> (Tier, Option<Slot>) {
    if let Some(slot) = slot
        && let Some(tier) = tiers.hit(slot, at)
    {
        if tiers.should_promote(slot, weights.hot) {
            tiers.promote(slot, weights.hot, at);
        }
        return (tier, Some(slot));
    }
    let slot = match tiers.thaw_to(weights.hot, weights.warm) {
        Tier::Frozen => None,
        to => Some(tiers.thaw(to, weights.of(to), at)),
    };
    (Tier::Frozen, slot)
}
