//! Time, as the tier machine takes it.

use std::time::Instant;

use cst_tiers::Tick;

/// Tells the time in milliseconds from a start of its own choosing. Idle times are measured with it,
/// so a test can use one that stands still.
pub trait Clock: Send + Sync {
    /// Milliseconds since the start. May repeat; should not go back (the cache takes it as standing
    /// still).
    fn now(&self) -> Tick;
}

/// Time since the clock was made, from the operating system's monotonic clock.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Tick {
        Tick(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}
