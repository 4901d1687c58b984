//! Is every stored tree what the parser would make of its source today?

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use cst_bytecode::{Difference, compare};
use cst_frozen::Reader;
use serde::Serialize;

use super::catalog::{Entry, build_id};
use super::progress::Progress;
use super::{IndexError, folder};
use crate::document::Document;
use crate::grammars::Grammars;
use crate::parsers::Parsers;
use crate::payload;

/// A stored tree that differs from what the parser makes of the same source.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// The file.
    pub path: String,
    /// Index in pre-order of the first subtree that differs.
    pub subtree: u64,
    /// The field that differs.
    pub field: &'static str,
}

/// What a verify run came to. Serializes to one JSON object with these names.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Trees decoded and compared with a fresh parse in every field.
    pub trees: u64,
    /// Subtrees compared.
    pub subtrees: u64,
    /// Trees that differ.
    pub differing: u64,
    /// Where they differ; the first hundred.
    pub mismatches: Vec<Mismatch>,
    /// Files that have changed or gone since they were indexed: nothing to compare with.
    pub stale: u64,
    /// Trees of another build of the grammar or of tree-sitter: `get` would not find them either.
    pub other_build: u64,
    /// Records that are damaged or gone: `get` takes them for a miss.
    pub damaged: u64,
    /// Commits that are damaged as a whole and left out: nobody knows what was in them.
    pub quarantined_segments: u64,
    /// Segments of other stores that lie in the folder, and are not read.
    pub foreign_segments: u64,
    /// Of the damaged records, those that could not be read.
    #[serde(skip)]
    unreadable: u64,
    /// Bytes of source parsed.
    pub source_bytes: u64,
    /// Seconds in the parser, all threads together.
    pub parse_seconds: f64,
    /// Seconds decompressing, validating and building trees, all threads together.
    pub decode_seconds: f64,
    /// Of those, seconds validating and building trees from bytecode.
    pub build_seconds: f64,
    /// Seconds from start to end.
    pub seconds: f64,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
}

impl VerifyReport {
    /// Whether nothing differs and nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.differing + self.damaged + self.quarantined_segments + self.foreign_segments == 0
    }

    fn merge(&mut self, other: Self) {
        self.trees += other.trees;
        self.subtrees += other.subtrees;
        self.differing += other.differing;
        self.mismatches.extend(other.mismatches);
        self.stale += other.stale;
        self.other_build += other.other_build;
        self.damaged += other.damaged;
        self.unreadable += other.unreadable;
        self.source_bytes += other.source_bytes;
        self.parse_seconds += other.parse_seconds;
        self.decode_seconds += other.decode_seconds;
        self.build_seconds += other.build_seconds;
        self.interrupted |= other.interrupted;
    }
}

/// Decodes the stored tree of every file in the catalog, of those under `path` where one is given,
/// parses the file again, and compares every field of every subtree.
///
/// # Errors
///
/// [`IndexError`], where `path` cannot be read. What is wrong with single trees is in the report.
pub fn verify(
    path: Option<&Path>,
    store: &Reader,
    grammars: &Grammars,
    threads: usize,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<VerifyReport, IndexError> {
    let start = Instant::now();
    let folder = path.map(folder).transpose()?;
    let mut report = VerifyReport {
        quarantined_segments: store.stats().quarantined_segments,
        foreign_segments: store.stats().foreign_segments,
        ..VerifyReport::default()
    };
    let mut entries = Vec::new();
    let mut unreadable = 0;
    for record in store.iter() {
        match record {
            // A tree's payload is no catalog record, and the other way round.
            Ok((_, payload)) => entries.extend(Entry::parse(&payload)),
            Err(_) => unreadable += 1,
        }
    }
    if let Some(folder) = &folder {
        entries.retain(|entry| entry.is_under(folder));
    }
    progress.planned(entries.len() as u64, entries.iter().map(|entry| entry.bytes).sum());

    let next = AtomicUsize::new(0);
    let parsers = Parsers::default();
    std::thread::scope(|scope| {
        let work = || {
            let mut report = VerifyReport::default();
            while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                if stop.load(Ordering::Relaxed) {
                    report.interrupted = true;
                    break;
                }
                verify_file(entry, store, grammars, &parsers, &mut report);
                progress.advanced(entry.bytes);
            }
            report
        };
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(done) => report.merge(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    if folder.is_none() {
        // Those that are no file's tree: nobody else counts them.
        report.damaged += u64::saturating_sub(unreadable, report.unreadable);
    }
    report.mismatches.truncate(100);
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// The file, if it is one and still of the same length: it may have become anything.
fn read(entry: &Entry) -> Option<Vec<u8>> {
    let metadata = std::fs::metadata(&entry.path).ok()?;
    if !metadata.is_file() || metadata.len() != entry.bytes {
        return None;
    }
    std::fs::read(&entry.path).ok()
}

fn verify_file(
    entry: &Entry,
    store: &Reader,
    grammars: &Grammars,
    parsers: &Parsers,
    report: &mut VerifyReport,
) {
    let language = grammars.by_name(&entry.language);
    let Some(language) = language.filter(|language| build_id(&language.grammar) == entry.build) else {
        report.other_build += 1;
        return;
    };
    let Some(source) = read(entry) else {
        report.stale += 1;
        return;
    };
    let document = Document::new(&language.grammar, &source);
    if entry.tree_key() != Some(document.key().0) {
        report.stale += 1;
        return;
    }
    let record = match store.get(&document.key().0) {
        Ok(Some(record)) => record,
        found => {
            report.damaged += 1;
            report.unreadable += u64::from(found.is_err());
            return;
        }
    };

    let start = Instant::now();
    let bytecode = payload::unpack(&record);
    let unpacked = Instant::now();
    let tree = bytecode
        .filter(|bytecode| document.owns(bytecode.header()))
        .and_then(|bytecode| bytecode.decode(&language.grammar).ok());
    let end = Instant::now();
    let Some(tree) = tree else {
        report.damaged += 1;
        return;
    };
    let parsed = parsers.parse(&document, None);
    report.parse_seconds += end.elapsed().as_secs_f64();
    report.decode_seconds += (end - start).as_secs_f64();
    report.build_seconds += (end - unpacked).as_secs_f64();
    report.source_bytes += source.len() as u64;
    report.trees += 1;

    let compared = match &parsed {
        Ok(parsed) => compare(parsed, &tree),
        Err(_) => Err(Difference { subtree: 0, field: "(the source no longer parses)" }),
    };
    match compared {
        Ok(subtrees) => report.subtrees += subtrees,
        Err(Difference { subtree, field }) => {
            report.differing += 1;
            report.mismatches.push(Mismatch { path: entry.path.clone(), subtree, field });
        }
    }
}
