//! Figures about a store.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a store holds, at the moment it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// The generation of the last commit that counts; zero in a store without commits.
    pub generation: u64,
    /// Segments that count.
    pub segments: u64,
    /// Records in them: live ones, overridden ones, tombstones.
    pub records: u64,
    /// Records that `get` finds, as far as their headers tell.
    pub live_records: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Bytes of the segments that count.
    pub file_bytes: u64,
    /// Bytes of the payloads in them, overridden ones included.
    pub payload_bytes: u64,
    /// Bytes of records that compaction would drop, headers and padding included.
    pub dead_bytes: u64,
    /// Files named like a segment that do not count, or not with all of their records: damaged, or of a commit that was
    /// lost. Where one is missing that must have been there, it is counted, too.
    pub quarantined_segments: u64,
    /// Segments of other stores that lie in the folder. Nothing in them is read, and they are left as they are.
    pub foreign_segments: u64,
    /// Stretches of commits that were made durable and cannot be read. While there is one, what is not found after the newest
    /// is in doubt ([`ReadError::Doubtful`](crate::ReadError::Doubtful)), until it is put again or the store is repaired.
    pub gaps: u64,
    /// Damaged or doubtful records met by reads since this store was opened, each time that one was met.
    pub corrupt_records: u64,
    /// Open segments whose header, index or footer is damaged, and was made anew from what is left. They have all their
    /// records; the next compaction writes them anew.
    pub mended_segments: u64,
    /// Bytes of the payloads that this writer has committed since it was opened; like the next two, zero for a reader of
    /// its own.
    pub put_bytes: u64,
    /// Bytes of the segments that it has written to commit them.
    pub committed_bytes: u64,
    /// Bytes of the segments that it has written to compact the store.
    pub compacted_bytes: u64,
}

impl Stats {
    /// How many bytes this writer has written for each byte that was put, since it was opened; nothing before anything
    /// was put.
    #[must_use]
    pub fn write_amplification(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let ratio = self.committed_bytes.saturating_add(self.compacted_bytes) as f64 / self.put_bytes as f64;
        (self.put_bytes > 0).then_some(ratio)
    }
}

/// Counts what a writer writes.
#[derive(Debug, Default)]
pub(crate) struct Written {
    put: AtomicU64,
    committed: AtomicU64,
    compacted: AtomicU64,
}

impl Written {
    pub(crate) fn committed(&self, payload: u64, file: u64) {
        self.put.fetch_add(payload, Ordering::Relaxed);
        self.committed.fetch_add(file, Ordering::Relaxed);
    }

    pub(crate) fn compacted(&self, file: u64) {
        self.compacted.fetch_add(file, Ordering::Relaxed);
    }

    pub(crate) fn add_to(&self, stats: &mut Stats) {
        stats.put_bytes = self.put.load(Ordering::Relaxed);
        stats.committed_bytes = self.committed.load(Ordering::Relaxed);
        stats.compacted_bytes = self.compacted.load(Ordering::Relaxed);
    }
}
