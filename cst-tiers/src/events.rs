//! The events: what the caller reports of its entries.

use crate::entry::Entry;
use crate::stats::bump;
use crate::{Promotion, Reason, Slot, Tick, Tier, Tiers};

impl Tiers {
    /// A new entry of `weight` bytes, most recently used in `tier`.
    ///
    /// It is taken in even if it does not fit: the next call of [`Tiers::next_move`] sees to that.
    /// Only two cases yield a slot that is stale from the start, and track nothing: `tier` is
    /// [`Tier::Frozen`], or 2^32 - 1 places are in use.
    pub fn admit(&mut self, tier: Tier, weight: u64, now: Tick) -> Slot {
        let slot = self.enter(tier, weight, 0, now);
        if self.contains(slot) {
            bump(&mut self.counters.admits[tier.index()]);
        }
        slot
    }

    /// An entry that comes back from disk because of a hit there; otherwise as [`Tiers::admit`].
    ///
    /// That hit counts as its first one. [`Tiers::thaw_to`] says which tier to bring it to.
    pub fn thaw(&mut self, tier: Tier, weight: u64, now: Tick) -> Slot {
        let slot = self.enter(tier, weight, 1, now);
        if self.contains(slot) {
            bump(&mut self.counters.thaws[tier.index()]);
        }
        slot
    }

    fn enter(&mut self, tier: Tier, weight: u64, hits: u32, now: Tick) -> Slot {
        self.observe(now);
        if !tier.is_ram() {
            return Slot::DEAD;
        }
        let entry = Entry::new(tier, weight, self.clock, hits);
        let slot = self.slab.insert(entry);
        if slot != Slot::DEAD {
            self.loads[tier.index()].add(&entry);
            self.recency.push_newest(tier, slot.place());
        }
        slot
    }

    /// The entry was used: it becomes the most recent of its tier. Returns that tier, or `None` for
    /// a stale slot.
    ///
    /// A move in flight goes on, or else a tier in constant use could never shrink; the entry then
    /// arrives below as the most recent. Whoever wants the entry to stay abandons the move, pins the
    /// entry or promotes it.
    pub fn hit(&mut self, slot: Slot, now: Tick) -> Option<Tier> {
        self.observe(now);
        let tier = self.slab.get(slot)?.tier;
        self.renew(slot, |entry| entry.hits = entry.hits.saturating_add(1));
        bump(&mut self.counters.hits[tier.index()]);
        Some(tier)
    }

    /// Whether an entry that has just been hit should become hot, where it would weigh `hot_weight`
    /// bytes. False if it is hot already, would not fit there even alone, or the slot is stale.
    ///
    /// To promote: [`Tiers::pin`], do the work, [`Tiers::promote`], [`Tiers::unpin`]. Without the
    /// pin the entry may be chosen for a demotion meanwhile; the promotion then overtakes it.
    #[must_use]
    pub fn should_promote(&self, slot: Slot, hot_weight: u64) -> bool {
        self.slab.get(slot).is_some_and(|entry| {
            let enough = match self.promotion {
                Promotion::Always => true,
                Promotion::OnSecondHit => entry.hits >= 2,
            };
            entry.tier != Tier::Hot && enough && self.budgets.fits(Tier::Hot, hot_weight)
        })
    }

    /// The tier to bring a record to that has just been hit on disk, given what it would weigh hot
    /// and warm, in bytes. [`Tier::Frozen`] if it should be used from there and not be tracked.
    ///
    /// Hot if every hit promotes and it fits there, otherwise warm if it fits there.
    #[must_use]
    pub const fn thaw_to(&self, hot_weight: u64, warm_weight: u64) -> Tier {
        if matches!(self.promotion, Promotion::Always) && self.budgets.fits(Tier::Hot, hot_weight) {
            Tier::Hot
        } else if self.budgets.fits(Tier::Warm, warm_weight) {
            Tier::Warm
        } else {
            Tier::Frozen
        }
    }

    /// Whether an entry of this weight in bytes can be warm at all.
    #[must_use]
    pub const fn fits_warm(&self, warm_weight: u64) -> bool {
        self.budgets.fits(Tier::Warm, warm_weight)
    }

    /// The entry is hot now and weighs `weight` bytes there: [`Tiers::moved`] to [`Tier::Hot`].
    pub fn promote(&mut self, slot: Slot, weight: u64, now: Tick) -> bool {
        self.moved(slot, Tier::Hot, weight, now)
    }

    /// The entry is in tier `to` now and weighs `weight` bytes there; it is the most recent of that
    /// tier. Ends a move in flight. With [`Tier::Frozen`] it leaves the machine and the slot is stale.
    ///
    /// Returns whether the report was accepted. It is not, and nothing changes, if the slot is stale
    /// or the entry is pinned and `to` is lower than where it is. A move need not have been started,
    /// nor `to` be where it was headed: a promotion, or a demotion by the caller's own choice, counts
    /// under [`Reason::Caller`] and overtakes a move in flight; any way down ends one as completed.
    pub fn moved(&mut self, slot: Slot, to: Tier, weight: u64, now: Tick) -> bool {
        self.observe(now);
        let Some(&Entry { tier: from, pins, flight, .. }) = self.slab.get(slot) else { return false };
        if to > from && pins > 0 {
            return false;
        }
        let reason = match flight {
            Some(flight) if to > from => flight.reason,
            Some(_) => {
                bump(&mut self.counters.overtaken);
                Reason::Caller
            }
            None => Reason::Caller,
        };
        if to != from {
            bump(&mut self.counters.moves[from.index()][to.index()][reason.index()]);
        }
        if !to.is_ram() {
            return self.take(slot).is_some();
        }
        self.renew(slot, |entry| {
            if entry.tier != to {
                entry.hits = 0;
                entry.learn(from, entry.weight);
            }
            entry.tier = to;
            entry.weight = weight;
            entry.flight = None;
        })
    }

    /// The move in flight failed or was given up: the entry stays where it is. Returns whether there
    /// was one.
    ///
    /// The entry becomes the most recent of its tier, so that one which cannot be moved does not
    /// stand in the way of all others. Of a move that may have been overtaken, ask
    /// [`Tiers::is_current`] first: this ends whichever move is in flight.
    pub fn abandoned(&mut self, slot: Slot) -> bool {
        if self.slab.get(slot).is_none_or(|entry| entry.flight.is_none()) {
            return false;
        }
        bump(&mut self.counters.abandoned);
        self.alter(slot, |entry| entry.flight = None)
    }

    /// Takes an entry out and returns its last state; `None` for a stale slot. A move in flight is
    /// overtaken.
    pub fn remove(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.take(slot)?;
        if entry.flight.is_some() {
            bump(&mut self.counters.overtaken);
        }
        bump(&mut self.counters.removals[entry.tier.index()]);
        Some(entry)
    }

    /// Corrects an entry's weight in its present tier, in bytes. Recency and moves are not affected.
    /// False for a stale slot.
    pub fn reweigh(&mut self, slot: Slot, weight: u64) -> bool {
        self.alter(slot, |entry| entry.weight = weight)
    }

    /// Says what an entry would weigh in a tier it is not in, in bytes. False for a stale slot.
    ///
    /// A demotion passes over tiers that the entry alone would overfill. Where it has been before its
    /// weight is known; elsewhere, without this, it is taken to be as heavy as it is now. Worth
    /// calling for trees so large that only their bytecode fits a cap. Nothing else depends on it.
    pub fn foresee(&mut self, slot: Slot, tier: Tier, weight: u64) -> bool {
        self.alter(slot, |entry| entry.learn(tier, weight))
    }

    /// Holds an entry: it is not moved down until each pin is undone. Overtakes a move in flight.
    ///
    /// Pinned bytes count towards the budgets all the same, at the cost of other entries. False, and
    /// no pin is set, for a stale slot or at `u32::MAX` pins.
    pub fn pin(&mut self, slot: Slot) -> bool {
        let Some(entry) = self.slab.get(slot) else { return false };
        let Some(pins) = entry.pins.checked_add(1) else { return false };
        if entry.flight.is_some() {
            bump(&mut self.counters.overtaken);
        }
        self.alter(slot, |entry| {
            entry.pins = pins;
            entry.flight = None;
        })
    }

    /// Undoes one [`Tiers::pin`]. With the last one the entry becomes the most recent of its tier,
    /// for it was in use until then. False if it was not pinned or the slot is stale.
    pub fn unpin(&mut self, slot: Slot) -> bool {
        let Some(pins) = self.slab.get(slot).and_then(|entry| entry.pins.checked_sub(1)) else {
            return false;
        };
        self.alter(slot, |entry| entry.pins = pins)
    }
}
