//! What a store holds, in numbers.

use std::collections::BTreeMap;

use cst_frozen::Reader;
use serde::Serialize;

use super::catalog::Entry;
use super::ledger::Ledger;
use crate::payload;

/// What a store holds. Serializes to one JSON object with these names.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Files in the catalog.
    pub files: u64,
    /// Distinct trees; files with the same content share one.
    pub trees: u64,
    /// Lines of the files.
    pub lines: u64,
    /// Bytes of the files.
    pub source_bytes: u64,
    /// What their trees would take in memory, live.
    pub live_tree_bytes: u64,
    /// What the store takes on disk: trees, catalog, index and all.
    pub stored_bytes: u64,
    /// Bytes of the trees' records alone.
    pub tree_record_bytes: u64,
    /// Bytes that a compaction would free.
    pub dead_bytes: u64,
    /// Lines per 10^6 bytes of `stored_bytes`.
    pub lines_per_mb: f64,
    /// `stored_bytes` per source byte.
    pub stored_per_source_byte: f64,
    /// Segment files.
    pub segments: u64,
    /// Segment files that are damaged and left out.
    pub quarantined_segments: u64,
    /// Segments of other stores that lie in the folder, and are not read.
    pub foreign_segments: u64,
    /// Records that are damaged.
    pub damaged: u64,
    /// How many bytes the store may take, if there is a limit.
    pub quota: Option<u64>,
    /// Records that were ever evicted to stay below it.
    pub evicted_records: u64,
    /// Bytes that this made free, what was dead anyway included.
    pub evicted_bytes: u64,
    /// Number of the last commit.
    pub generation: u64,
    /// The same by language.
    pub languages: BTreeMap<String, LanguageSummary>,
}

/// What a store holds of one language.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct LanguageSummary {
    /// Files in the catalog.
    pub files: u64,
    /// Their lines.
    pub lines: u64,
    /// Their bytes.
    pub source_bytes: u64,
    /// What their trees would take in memory, live.
    pub live_tree_bytes: u64,
    /// Bytes of their trees' records; of files with the same content each counts its own.
    pub tree_record_bytes: u64,
}

impl Summary {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damaged + self.quarantined_segments + self.foreign_segments == 0
    }
}

/// Sums a store up. Reads all of it.
#[must_use]
pub fn summarize(store: &Reader) -> Summary {
    let mut summary = Summary::default();
    for record in store.iter() {
        let Ok((_, payload)) = record else {
            summary.damaged += 1;
            continue;
        };
        if payload::is_tree(&payload) {
            summary.trees += 1;
            summary.tree_record_bytes += payload.len() as u64;
        } else if let Some(entry) = Entry::parse(&payload) {
            let language = summary.languages.entry(entry.language).or_default();
            language.files += 1;
            language.lines += entry.lines;
            language.source_bytes += entry.bytes;
            language.live_tree_bytes += entry.live_bytes;
            language.tree_record_bytes += entry.stored_bytes;
        }
    }
    for language in summary.languages.values() {
        summary.files += language.files;
        summary.lines += language.lines;
        summary.source_bytes += language.source_bytes;
        summary.live_tree_bytes += language.live_tree_bytes;
    }
    let ledger = Ledger::load(store);
    summary.quota = ledger.quota;
    summary.evicted_records = ledger.evicted_records;
    summary.evicted_bytes = ledger.evicted_bytes;
    let stats = store.stats();
    summary.stored_bytes = stats.file_bytes;
    summary.dead_bytes = stats.dead_bytes;
    summary.segments = stats.segments;
    summary.quarantined_segments = stats.quarantined_segments;
    summary.foreign_segments = stats.foreign_segments;
    summary.generation = stats.generation;
    if summary.stored_bytes > 0 {
        summary.lines_per_mb = summary.lines as f64 * 1e6 / summary.stored_bytes as f64;
    }
    if summary.source_bytes > 0 {
        summary.stored_per_source_byte = summary.stored_bytes as f64 / summary.source_bytes as f64;
    }
    summary
}
