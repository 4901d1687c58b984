//! Backups, and the way back.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cst_frozen::care::{Copied, Existing};
use cst_frozen::{Options, Reader, Writer};
use serde::Serialize;

use super::{CareError, Lost, plan, watch};
use crate::index::Progress;

/// What a backup or a restore came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct CopyReport {
    /// Records that were copied: trees, the catalog's entries, the ledger.
    pub records: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Records that were there before and are not in the backup, with `--replace`.
    pub removed: u64,
    /// What was damaged, and so is missing in the copy.
    pub lost: Vec<Lost>,
    /// Seconds from start to end.
    pub seconds: f64,
}

impl CopyReport {
    fn new(copied: &Copied, from: &Reader, start: Instant) -> Self {
        Self {
            records: copied.records,
            bytes: copied.bytes,
            removed: copied.removed,
            lost: Lost::all(&copied.lost, from),
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}

/// Copies the store in a folder to another folder, which is missing or empty. Whoever writes to the store goes on; the copy is
/// of the moment at which this began, and is a store like any other.
///
/// # Errors
///
/// [`CareError`]; the other folder then holds no record.
pub fn backup(
    store: &Path,
    to: &Path,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<CopyReport, CareError> {
    let start = Instant::now();
    let from = Reader::open(store, Options::default())?;
    plan(&from, progress);
    let target = Writer::open(to, Options::default())?;
    let copied = cst_frozen::care::backup(&from, &target, &mut watch(progress, stop))?;
    Ok(CopyReport::new(&copied, &from, start))
}

/// Makes the store in a folder what a backup holds. Where the store holds something already, `replace` says whether to replace
/// it, which takes place in one commit, or to refuse.
///
/// # Errors
///
/// [`CareError`]; the store then holds what it held.
pub fn restore(
    from: &Path,
    store: &Path,
    replace: bool,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<CopyReport, CareError> {
    let start = Instant::now();
    let from = Reader::open(from, Options::default())?;
    plan(&from, progress);
    let target = Writer::open(store, Options::default())?;
    let existing = if replace { Existing::Replace } else { Existing::Refuse };
    let copied = cst_frozen::care::restore(&from, &target, existing, &mut watch(progress, stop))?;
    Ok(CopyReport::new(&copied, &from, start))
}
