//! Is a store as it was written? Without the sources; `index::verify` compares with them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use cst_frozen::{Level, Reader};
use serde::Serialize;

use super::plan;
use super::tree::{Tree, examine};
use crate::grammars::Grammars;
use crate::index::{Entry, Progress};
use crate::payload;

/// How far a check goes. Each level does what those before it do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CheckLevel {
    /// The ends of each segment, its index, and the headers of its records.
    Headers,
    /// The checksum of every record.
    Checksums,
    /// Every tree decoded with its grammar and compared with its key, every catalog entry read.
    Deep,
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Wrong {
    /// The store's file.
    pub segment: String,
    /// Where in it.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
}

/// What a check came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// Segments that were checked, damaged ones included.
    pub segments: u64,
    /// Intact records that were met, overridden ones and removals included.
    pub records: u64,
    /// Bytes of the segments.
    pub bytes: u64,
    /// Trees that were decoded; with `Deep` only.
    pub trees: u64,
    /// Trees of another build of the grammar or of tree-sitter, which cannot be decoded here; with `Deep` only.
    pub other_build: u64,
    /// How much is wrong.
    pub wrong: u64,
    /// What: the first hundred.
    pub problems: Vec<Wrong>,
    /// Seconds from start to end.
    pub seconds: f64,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.wrong == 0
    }
}

/// Checks a store, or a pack that was opened with [`open`](super::open), to a level.
#[must_use]
pub fn check(
    store: &Reader,
    level: CheckLevel,
    grammars: &Grammars,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> CheckReport {
    let start = Instant::now();
    plan(store, progress);
    let (trees, other_build) = (AtomicU64::new(0), AtomicU64::new(0));
    let accepts = |key: &[u8; 32], record: &[u8]| {
        progress.advanced(record.len() as u64);
        if stop.load(Ordering::Relaxed) {
            return true;
        }
        if !payload::is_tree(record) {
            // What begins like neither is of somebody else, and of no concern.
            let parsed = Entry::parse(record);
            return !Entry::is_one(record)
                || parsed.is_some_and(|entry| Entry::record_key(&entry.path) == *key);
        }
        let count = match examine(key, record, grammars) {
            Tree::Sound => &trees,
            Tree::OtherBuild(_) => &other_build,
            Tree::Wrong => return false,
        };
        count.fetch_add(1, Ordering::Relaxed);
        true
    };
    let found = store.verify_to(match level {
        CheckLevel::Headers => Level::Headers,
        CheckLevel::Checksums => Level::Checksums,
        CheckLevel::Deep => Level::Deep(&accepts),
    });
    let problems = found.problems.iter().take(100).map(|problem| Wrong {
        segment: problem.path.display().to_string(),
        offset: problem.offset,
        what: problem.fault.to_string(),
    });
    CheckReport {
        segments: found.segments,
        records: found.records,
        bytes: found.bytes,
        trees: trees.into_inner(),
        other_build: other_build.into_inner(),
        wrong: found.problems.len() as u64,
        problems: problems.collect(),
        seconds: start.elapsed().as_secs_f64(),
        interrupted: stop.load(Ordering::Relaxed),
    }
}
