//! What a record on disk is worth: which ones a full disk gives up first.

use crate::Tick;

/// A record on disk, as far as its worth goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDisk {
    /// What it takes there, in bytes.
    pub bytes: u64,
    /// What it would take to make it again, in any unit that is the same for all of them.
    pub cost: u64,
    /// When it was last used, or else made.
    pub used: Tick,
    /// Whether somebody is using it just now: then it goes after all that nobody uses.
    pub in_use: bool,
}

/// Ranks records on disk as of a moment: those that are worth least go first.
///
/// The machine keeps no slot for what is on disk, and so no order of recency either. This needs none: it is a function of
/// each record alone, `cost / (bytes x age)`, where age counts from the last use. Of records that cost alike it is the least
/// recently used one that goes; one that saves twice as much work per byte stays for twice as long. The form is that of
/// hyperbolic caching (Blankstein, Sen, Freedman, USENIX ATC 2017), with the age since the last use in place of the rate
/// since the first.
///
/// ```
/// use cst_tiers::{OnDisk, Retention, Tick};
///
/// let now = Retention::at(Tick(100));
/// let record = OnDisk { bytes: 1_000, cost: 5_000, used: Tick(90), in_use: false };
/// assert!(now.worth(&record) > now.worth(&OnDisk { used: Tick(80), ..record }));
/// assert!(now.worth(&record) < now.worth(&OnDisk { cost: 9_000, ..record }));
/// assert!(now.worth(&record) < now.worth(&OnDisk { used: Tick(0), in_use: true, ..record }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    now: Tick,
}

impl Retention {
    /// Above this is what is in use.
    const IN_USE: u64 = 1 << 40;

    /// So many binary places after the point: an age of millions still tells records apart.
    const PLACES: u32 = 24;

    /// Ranks as of `now`; what was used later is taken to be used now.
    #[must_use]
    pub const fn at(now: Tick) -> Self {
        Self { now }
    }

    /// What a record is worth: below 2^41, so that a caller can put an order of its own among equals below it. O(1).
    #[must_use]
    pub fn worth(&self, record: &OnDisk) -> u64 {
        let age = if record.in_use { 0 } else { self.now.since(record.used) };
        let place = u128::from(record.bytes.max(1)) * (u128::from(age) + 1);
        let worth = (u128::from(record.cost) << Self::PLACES) / place;
        let worth = u64::try_from(worth).unwrap_or(u64::MAX).min(Self::IN_USE - 1);
        if record.in_use { Self::IN_USE + worth } else { worth }
    }
}
