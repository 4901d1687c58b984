//! The machine: its state, its settings, and the one place where entries change.

use crate::entry::Entry;
use crate::recency::Recency;
use crate::slab::{Slab, Slot};
use crate::stats::{Counters, Load, Stats};
use crate::{Budgets, Idle, Promotion, Tick, Tier};

/// Decides what moves where between the tiers; see the [crate documentation](crate).
///
/// Events are methods; the moves they make necessary are pulled with [`Tiers::next_move`]. Every
/// event is O(1) and none panics. Memory: about 100 bytes per place, for as many places as there
/// ever were entries at once.
#[derive(Clone, Debug)]
pub struct Tiers {
    pub(crate) budgets: Budgets,
    pub(crate) idle: Idle,
    pub(crate) promotion: Promotion,
    pub(crate) clock: Tick,
    pub(crate) slab: Slab<Entry>,
    pub(crate) recency: Recency,
    pub(crate) loads: [Load; Tier::ALL.len()],
    pub(crate) counters: Counters,
}

impl Tiers {
    /// An empty machine that demotes nothing for idling and promotes on every hit.
    #[must_use]
    pub fn new(budgets: Budgets) -> Self {
        Self {
            budgets,
            idle: Idle::NEVER,
            promotion: Promotion::Always,
            clock: Tick(0),
            slab: Slab::new(),
            recency: Recency::new(),
            loads: [Load::default(); Tier::ALL.len()],
            counters: Counters::default(),
        }
    }

    /// The same machine with these idle times.
    #[must_use]
    pub const fn with_idle(mut self, idle: Idle) -> Self {
        self.idle = idle;
        self
    }

    /// The same machine with this promotion policy.
    #[must_use]
    pub const fn with_promotion(mut self, promotion: Promotion) -> Self {
        self.promotion = promotion;
        self
    }

    /// Replaces the byte budgets. What no longer fits is seen by the next [`Tiers::next_move`];
    /// moves in flight keep their destination.
    pub const fn set_budgets(&mut self, budgets: Budgets) {
        self.budgets = budgets;
    }

    /// Replaces the idle times; they count from the same events as before.
    pub const fn set_idle(&mut self, idle: Idle) {
        self.idle = idle;
    }

    /// Replaces the promotion policy.
    pub const fn set_promotion(&mut self, promotion: Promotion) {
        self.promotion = promotion;
    }

    /// The byte budgets in force.
    #[must_use]
    pub const fn budgets(&self) -> Budgets {
        self.budgets
    }

    /// The idle times in force.
    #[must_use]
    pub const fn idle(&self) -> Idle {
        self.idle
    }

    /// The promotion policy in force.
    #[must_use]
    pub const fn promotion(&self) -> Promotion {
        self.promotion
    }

    /// The latest tick seen.
    #[must_use]
    pub const fn clock(&self) -> Tick {
        self.clock
    }

    /// Tracked entries: those in RAM.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether no entry is tracked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a slot has an entry, that is, is not stale.
    #[must_use]
    pub fn contains(&self, slot: Slot) -> bool {
        self.slab.get(slot).is_some()
    }

    /// The state of an entry; `None` for a stale slot.
    #[must_use]
    pub fn entry(&self, slot: Slot) -> Option<Entry> {
        self.slab.get(slot).copied()
    }

    /// All tracked entries by ascending [`Slot::index`]. O(places).
    pub fn entries(&self) -> impl Iterator<Item = (Slot, Entry)> {
        self.slab.iter().map(|(slot, entry)| (slot, *entry))
    }

    /// A tier's candidates in the order in which they would be demoted: least recently used first,
    /// without pinned and moving ones. Empty for [`Tier::Frozen`].
    pub fn candidates(&self, tier: Tier) -> impl Iterator<Item = Slot> {
        self.recency.oldest_first(tier).filter_map(|index| self.slab.slot_at(index))
    }

    /// All figures, as of now. O(1).
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(&self.loads, self.counters)
    }

    /// Time never runs backwards here, whatever the caller's clock does.
    pub(crate) fn observe(&mut self, now: Tick) {
        self.clock = self.clock.max(now);
    }

    pub(crate) fn oldest(&self, tier: Tier) -> Option<Slot> {
        self.slab.slot_at(self.recency.oldest(tier)?)
    }

    /// Changes an entry where it stands in the order.
    pub(crate) fn alter(&mut self, slot: Slot, change: impl FnOnce(&mut Entry)) -> bool {
        self.change(slot, false, change)
    }

    /// Changes an entry and makes it the most recent of its tier.
    pub(crate) fn renew(&mut self, slot: Slot, change: impl FnOnce(&mut Entry)) -> bool {
        self.change(slot, true, change)
    }

    /// The only way an entry changes, so that sums and lists cannot disagree with it.
    ///
    /// Whoever enters a list does so at its recent end with the present tick: that keeps each list
    /// sorted by `touched`, which is why looking at its oldest end suffices.
    fn change(&mut self, slot: Slot, renew: bool, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(entry) = self.slab.get_mut(slot) else { return false };
        let before = *entry;
        change(entry);
        let renew = renew || before.tier != entry.tier || (!before.is_listed() && entry.is_listed());
        if renew {
            entry.touched = self.clock;
        }
        let after = *entry;
        self.loads[before.tier.index()].sub(&before);
        self.loads[after.tier.index()].add(&after);
        if !after.is_listed() {
            self.recency.unlink(slot.place());
        } else if renew {
            self.recency.push_newest(after.tier, slot.place());
        }
        true
    }

    pub(crate) fn take(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.slab.remove(slot)?;
        self.loads[entry.tier.index()].sub(&entry);
        self.recency.unlink(slot.place());
        Some(entry)
    }
}
