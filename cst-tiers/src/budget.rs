//! What the caller grants: bytes per tier, idle times, and when a hit promotes.

use crate::Tier;

/// Byte limits: one over the three RAM tiers together, and one for each of them.
///
/// The caps may add up to more than the total; then they act as shares of it (see
/// [`Tiers::next_move`](crate::Tiers::next_move)). A cap of zero disables its tier: nothing is
/// demoted into it, and what is in it has to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Bytes that hot, warm and cold may hold together.
    pub total: u64,
    /// Bytes of live trees.
    pub hot: u64,
    /// Bytes of bytecode.
    pub warm: u64,
    /// Bytes of compressed bytecode.
    pub cold: u64,
}

impl Budgets {
    /// No limit at all: entries move only when idle.
    pub const UNLIMITED: Self = Self { total: u64::MAX, hot: u64::MAX, warm: u64::MAX, cold: u64::MAX };

    /// Caps for a total in bytes: three fifths hot, two fifths warm, one fifth cold, rounded up.
    ///
    /// Together they are a fifth more than the total, so that a tier may use what another leaves
    /// free. When all three are full, they settle at one half, one third and one sixth.
    ///
    /// ```
    /// use cst_tiers::Budgets;
    /// let budgets = Budgets::split(1000);
    /// assert_eq!((budgets.hot, budgets.warm, budgets.cold), (600, 400, 200));
    /// ```
    #[must_use]
    pub const fn split(total: u64) -> Self {
        Self { total, hot: fifths(total, 3), warm: fifths(total, 2), cold: fifths(total, 1) }
    }

    /// The cap of one tier in bytes; `u64::MAX` for [`Tier::Frozen`], which these budgets do not limit.
    #[must_use]
    pub const fn cap(&self, tier: Tier) -> u64 {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm,
            Tier::Cold => self.cold,
            Tier::Frozen => u64::MAX,
        }
    }

    /// Whether an entry of `weight` bytes could be held in `tier` if it were alone there.
    ///
    /// False for a disabled tier whatever the weight; always true for [`Tier::Frozen`].
    #[must_use]
    pub const fn fits(&self, tier: Tier, weight: u64) -> bool {
        if !tier.is_ram() {
            return true;
        }
        let cap = self.cap(tier);
        cap > 0 && weight <= cap && weight <= self.total
    }
}

/// `parts` fifths of `total`, rounded up; `parts` is at most five, so nothing overflows.
const fn fifths(total: u64, parts: u64) -> u64 {
    (total / 5) * parts + ((total % 5) * parts).div_ceil(5)
}

/// Ticks without a hit after which an entry is demoted by one tier; `None` means never.
///
/// The count begins with the last of: arrival in the tier, a hit, the release of the last pin, an
/// abandoned move. An entry therefore spends at least the full idle time in each tier on its way down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// Ticks until hot becomes warm.
    pub hot: Option<u64>,
    /// Ticks until warm becomes cold.
    pub warm: Option<u64>,
    /// Ticks until cold becomes frozen.
    pub cold: Option<u64>,
}

impl Idle {
    /// No entry is ever demoted for idling. The default.
    pub const NEVER: Self = Self { hot: None, warm: None, cold: None };

    /// The idle time of one tier in ticks; `None` for [`Tier::Frozen`].
    #[must_use]
    pub const fn after(&self, tier: Tier) -> Option<u64> {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm,
            Tier::Cold => self.cold,
            Tier::Frozen => None,
        }
    }
}

/// When a hit below hot is worth making the entry hot.
///
/// Whatever the policy, an entry that would alone exceed the hot cap or the total stays where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Promotion {
    /// Every hit. The default.
    #[default]
    Always,
    /// The second hit since the entry came to its tier, so that a scan which touches every entry
    /// once displaces nothing. A hit on disk counts as the first.
    OnSecondHit,
}
