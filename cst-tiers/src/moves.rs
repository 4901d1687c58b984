//! Which entry has to move next, where to, and why.

use std::fmt;

use crate::entry::{Entry, Flight};
use crate::stats::{Load, bump, clamp};
use crate::{Slot, Tick, Tier, Tiers};

/// Why an entry moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Its tier held more than the tier's cap, or has been disabled.
    OverTierBudget,
    /// The RAM tiers together held more than the total.
    OverTotal,
    /// It had not been hit for the idle time of its tier.
    Idle,
    /// The caller moved it of its own accord, as in a promotion. Only in counts, never in a [`Move`].
    Caller,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::OverTierBudget, Self::OverTotal, Self::Idle, Self::Caller];

    /// A short lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OverTierBudget => "over tier budget",
            Self::OverTotal => "over total",
            Self::Idle => "idle",
            Self::Caller => "caller",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Reason {
    /// Writes [`Reason::name`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One demotion the caller is asked to carry out.
///
/// Do the work without holding a lock, then, with the machine at hand again, ask
/// [`Tiers::is_current`] and report [`Tiers::moved`] or [`Tiers::abandoned`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "the entry stays marked as moving until the move is reported"]
pub struct Move {
    /// The entry.
    pub slot: Slot,
    /// The tier it is in.
    pub from: Tier,
    /// The tier it should go to, always lower than `from`.
    pub to: Tier,
    /// Why.
    pub reason: Reason,
    /// Its weight in `from`, in bytes.
    pub weight: u64,
    ticket: u64,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {} ({})", self.slot, self.from, self.to, self.reason)
    }
}

impl Tiers {
    /// The most urgent demotion, or `None` when nothing has to move. O(1).
    ///
    /// The entry is the least recently used one of its tier that is neither pinned nor moving. It is
    /// marked as moving until [`Tiers::moved`], [`Tiers::abandoned`], [`Tiers::pin`] or
    /// [`Tiers::remove`], so that several callers can carry out moves at once.
    ///
    /// Concerns in this order:
    ///
    /// 1. **The total.** The tier that is fullest for its cap gives, of equally full ones the
    ///    hotter, of tiers without a candidate none. So caps act as shares of a total that is
    ///    smaller than their sum: no tier is emptied for another's sake, and the loss is spread
    ///    over the least used of each form.
    /// 2. **The caps**, from hot down: what overflows there arrives below.
    /// 3. **Idle times**, from hot down.
    ///
    /// Bytes in flight are taken as gone from where they are: no more moves are started than would
    /// do if every one of them freed its whole weight. What a move does not free is seen when it
    /// completes, and asks for another.
    ///
    /// The destination is the next tier down that is enabled and whose cap the entry does not exceed
    /// alone, judged by [`Entry::weight_below`](crate::Entry::weight_below).
    pub fn next_move(&mut self, now: Tick) -> Option<Move> {
        self.observe(now);
        let (from, reason) = self.most_urgent()?;
        let slot = self.oldest(from)?;
        let entry = self.slab.get(slot)?;
        let weight = entry.weight;
        let to = self.destination(entry);
        let ticket = self.counters.started;
        if !self.alter(slot, |entry| entry.flight = Some(Flight { ticket, to, reason })) {
            return None;
        }
        bump(&mut self.counters.started);
        Some(Move { slot, from, to, reason, weight, ticket })
    }

    /// Whether a move handed out earlier is still the one its entry is waiting for. O(1).
    ///
    /// False once it was reported, or something overtook it: a pin, a removal, a promotion. The
    /// result of its work is then to be dropped, without a report.
    #[must_use]
    pub fn is_current(&self, mv: &Move) -> bool {
        let flight = self.slab.get(mv.slot).and_then(|entry| entry.flight);
        flight.is_some_and(|flight| flight.ticket == mv.ticket)
    }

    /// The tick at which the next entry will have idled long enough to move, if no event comes
    /// between; `None` if none will. O(1). It may lie in the past: then the move is due now.
    ///
    /// With it a caller can sleep until there is something to do.
    #[must_use]
    pub fn next_idle(&self) -> Option<Tick> {
        Tier::RAM
            .into_iter()
            .filter_map(|tier| {
                let after = self.idle.after(tier)?;
                // A sum past the end of time never comes due.
                let due = self.slab.get(self.oldest(tier)?)?.touched.0.checked_add(after)?;
                Some(Tick(due))
            })
            .min()
    }

    fn most_urgent(&self) -> Option<(Tier, Reason)> {
        let staying: u128 = self.loads.iter().map(Load::staying).sum();
        let over_total = || self.fullest().map(|tier| (tier, Reason::OverTotal));
        let over_cap = || {
            let tier = Tier::RAM.into_iter().find(|&tier| self.is_over(tier))?;
            Some((tier, Reason::OverTierBudget))
        };
        let idle = || {
            let tier = Tier::RAM.into_iter().find(|&tier| self.is_idle(tier))?;
            Some((tier, Reason::Idle))
        };
        let first = if staying > u128::from(self.budgets.total) { over_total() } else { None };
        first.or_else(over_cap).or_else(idle)
    }

    /// The tier with a candidate whose bytes are the largest part of its cap.
    fn fullest(&self) -> Option<Tier> {
        let mut best: Option<Tier> = None;
        for tier in Tier::RAM.into_iter().filter(|&tier| self.recency.oldest(tier).is_some()) {
            if best.is_none_or(|best| self.is_fuller(tier, best)) {
                best = Some(tier);
            }
        }
        best
    }

    /// Compares two fractions by multiplying crosswise: exact, and no division by a cap of zero.
    fn is_fuller(&self, a: Tier, b: Tier) -> bool {
        let part = |of: Tier, by: Tier| {
            u128::from(clamp(self.loads[of.index()].staying())) * u128::from(self.budgets.cap(by))
        };
        part(a, b) > part(b, a)
    }

    fn is_over(&self, tier: Tier) -> bool {
        let cap = self.budgets.cap(tier);
        let over = self.loads[tier.index()].staying() > u128::from(cap);
        // Entries without weight leave a disabled tier too.
        (over || cap == 0) && self.recency.oldest(tier).is_some()
    }

    fn is_idle(&self, tier: Tier) -> bool {
        let Some(after) = self.idle.after(tier) else { return false };
        let entry = self.oldest(tier).and_then(|slot| self.slab.get(slot));
        entry.is_some_and(|entry| self.clock.since(entry.touched) >= after)
    }

    /// Where an entry goes when it has to leave its tier.
    fn destination(&self, entry: &Entry) -> Tier {
        let mut lower = Tier::RAM.into_iter().filter(|&tier| tier > entry.tier);
        lower.find(|&tier| self.budgets.fits(tier, entry.weight_below(tier))).unwrap_or(Tier::Frozen)
    }
}
