//! What an index run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// How many, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(super) fn add(&mut self, reason: &'static str) {
        *self.0.entry(reason).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (reason, count) in &other.0 {
            *self.0.entry(reason).or_default() += count;
        }
    }

    /// Each reason with its count, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(&reason, &count)| (reason, count))
    }

    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// What an index run came to. Serializes to one JSON object with these names.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Files whose tree the store has now: `parsed` and `hits`.
    pub files: u64,
    /// Their lines.
    pub lines: u64,
    /// Their bytes.
    pub source_bytes: u64,
    /// Files that were parsed.
    pub parsed: u64,
    /// Files whose tree the store had already, intact.
    pub hits: u64,
    /// Files passed over, by reason: `binary`, `not_utf8`, `symlink`, `too_large`, `over_quota`, `unknown_language` ...
    pub skipped: Counts,
    /// Files that went wrong, by reason: `unreadable`, `parse`, `encode`.
    pub failed: Counts,
    /// Files that changed while they were read; what was read is stored, and they are read again next time.
    pub changed_while_read: u64,
    /// Records of files seen before that were damaged or gone, and so parsed again.
    pub damaged: u64,
    /// Records of the store that were damaged, and gone since they could not be copied; where files of other folders had
    /// them, those are parsed again when their folders are indexed.
    pub lost: u64,
    /// Commits of the store that were damaged as a whole and left out; their files are parsed again.
    pub quarantined_segments: u64,
    /// Commits that were made by another release in another format and dropped; likewise.
    pub other_format_segments: u64,
    /// Files that are gone since they were last indexed; the catalog has forgotten them.
    pub forgotten: u64,
    /// Records that had to go to keep the store below its quota: trees, and the catalog's entries of their files.
    pub evicted: u64,
    /// How many bytes the store may take, if there is a limit.
    pub quota: Option<u64>,
    /// Of the files, those that the catalog knew before the run.
    #[serde(skip)]
    pub(crate) known: u64,
    /// Seconds in the parser, all threads together.
    pub parse_seconds: f64,
    /// Seconds writing trees down as bytecode, all threads together.
    pub encode_seconds: f64,
    /// Seconds compressing the bytecode and writing it to the store, all threads together.
    pub store_seconds: f64,
    /// Seconds from start to end, the commit included.
    pub seconds: f64,
    /// What the trees would take in memory, live.
    pub live_tree_bytes: u64,
    /// What the whole store takes on disk: trees, catalog, index and all, whatever else is in it.
    pub stored_bytes: u64,
    /// Lines per 10^6 bytes of `stored_bytes`.
    pub lines_per_mb: f64,
    /// `stored_bytes` per source byte.
    pub stored_per_source_byte: f64,
    /// Whether the run was stopped before its end. What was done is committed.
    pub interrupted: bool,
}

impl Report {
    /// Adds what another worker did.
    pub(super) fn merge(&mut self, other: &Self) {
        self.files += other.files;
        self.lines += other.lines;
        self.source_bytes += other.source_bytes;
        self.parsed += other.parsed;
        self.hits += other.hits;
        self.skipped.merge(&other.skipped);
        self.failed.merge(&other.failed);
        self.changed_while_read += other.changed_while_read;
        self.damaged += other.damaged;
        self.known += other.known;
        self.parse_seconds += other.parse_seconds;
        self.encode_seconds += other.encode_seconds;
        self.store_seconds += other.store_seconds;
        self.live_tree_bytes += other.live_tree_bytes;
        self.interrupted |= other.interrupted;
    }

    /// Fills in what is known at the end.
    pub(super) fn finish(&mut self, seconds: Duration, stored_bytes: u64) {
        self.seconds = seconds.as_secs_f64();
        self.stored_bytes = stored_bytes;
        if stored_bytes > 0 {
            self.lines_per_mb = self.lines as f64 * 1e6 / stored_bytes as f64;
        }
        if self.source_bytes > 0 {
            self.stored_per_source_byte = stored_bytes as f64 / self.source_bytes as f64;
        }
    }
}
