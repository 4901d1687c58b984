//! Time as the caller counts it.

use std::fmt;

/// A point in time, in ticks of the caller's choosing: milliseconds, requests, anything that grows.
///
/// The machine has no clock. It compares ticks and never interprets them; a tick smaller than one
/// already seen is read as the latest one seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(pub u64);

impl Tick {
    /// Ticks from `earlier` to `self`; zero if `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The tick `ticks` later, or the last representable one.
    #[must_use]
    pub const fn plus(self, ticks: u64) -> Self {
        Self(self.0.saturating_add(ticks))
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
