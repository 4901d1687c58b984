//! What allocators that count have in common.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

/// How often memory was taken, and how much at most, while it is told to count.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    enabled: AtomicBool,
    allocations: AtomicU64,
    /// Below zero when what was taken before the count is given back during it.
    held: AtomicI64,
    peak: AtomicI64,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self {
            enabled: AtomicBool::new(false),
            allocations: AtomicU64::new(0),
            held: AtomicI64::new(0),
            peak: AtomicI64::new(0),
        }
    }

    /// Runs `work`; returns what it made, the allocations and the peak in bytes meanwhile.
    pub(crate) fn count<T>(&self, work: impl FnOnce() -> T) -> (T, u64, u64) {
        self.allocations.store(0, Relaxed);
        self.held.store(0, Relaxed);
        self.peak.store(0, Relaxed);
        self.enabled.store(true, Relaxed);
        let made = work();
        self.enabled.store(false, Relaxed);
        let peak = u64::try_from(self.peak.load(Relaxed)).unwrap_or(0);
        (made, self.allocations.load(Relaxed), peak)
    }

    pub(crate) fn took(&self, bytes: usize) {
        if self.enabled.load(Relaxed) {
            self.allocations.fetch_add(1, Relaxed);
            self.hold(bytes as i64);
        }
    }

    pub(crate) fn gave(&self, bytes: usize) {
        if self.enabled.load(Relaxed) {
            self.hold(-(bytes as i64));
        }
    }

    fn hold(&self, change: i64) {
        let held = self.held.fetch_add(change, Relaxed) + change;
        self.peak.fetch_max(held, Relaxed);
    }
}
