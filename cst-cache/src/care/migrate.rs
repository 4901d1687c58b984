//! A store of an earlier format, written anew in the present one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cst_frozen::{Options, Reader};
use serde::Serialize;

use super::{CareError, plan, watch};
use crate::grammars::Grammars;
use crate::index::{Progress, entries};

/// What a migration came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct MigrateReport {
    /// The format version that the store has now.
    pub version: u32,
    /// Segments of earlier versions that were written anew; zero where all were of this one.
    pub segments: u64,
    /// Records that the store holds: trees, the catalog's entries, the ledger. None was lost.
    pub records: u64,
    /// Files, by language, whose trees were made with another build of their grammar or of tree-sitter. They are in the store
    /// still, but no build finds trees of another one: `index` parses these files again.
    pub other_build: BTreeMap<String, u64>,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// Brings the store in a folder to the present format version. What is of an earlier one that this release reads needs that only
/// before a release that does not: it is read where it lies.
///
/// # Errors
///
/// [`CareError`]: the store is of a version that this release does not read, or is damaged. It then holds what it held.
pub fn migrate(
    store: &Path,
    grammars: &Grammars,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<MigrateReport, CareError> {
    let start = Instant::now();
    plan(&Reader::open(store, Options::default())?, progress);
    let migration = cst_frozen::care::migrate(store, Options::default(), &mut watch(progress, stop))?;
    let store = Reader::open(store, Options::default())?;
    let mut report = MigrateReport {
        version: migration.version,
        segments: migration.segments,
        records: store.stats().live_records,
        ..MigrateReport::default()
    };
    for (_, entry) in entries(&store).filter(|(_, entry)| !entry.is_of_this_build(grammars)) {
        *report.other_build.entry(entry.language).or_default() += 1;
    }
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}
