//! Figures about a store.

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
    /// Records that `get` finds.
    pub live_records: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Bytes of the segments that count.
    pub file_bytes: u64,
    /// Bytes of the payloads in them, overridden ones included.
    pub payload_bytes: u64,
    /// Bytes of records that compaction would drop, headers and padding included.
    pub dead_bytes: u64,
    /// Files named like a segment that do not count: damaged, or of a commit that was lost.
    pub quarantined_segments: u64,
    /// Damaged records met by reads since this store was opened, each time that one was met.
    pub corrupt_records: u64,
    /// Open segments whose index was damaged and is now held in memory.
    pub rebuilt_indexes: u64,
}
