//! What damage has left of a store.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cst_frozen::{Options, Reader, Writer};
use serde::Serialize;

use super::{CareError, Lost, plan, watch};
use crate::index::Progress;

/// What a repair came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// Records that the repaired store holds: trees, the catalog's entries, the ledger.
    pub records: u64,
    /// Those of them that nobody could read any more before.
    pub salvaged: u64,
    /// What could not be saved.
    pub lost: Vec<Lost>,
    /// Where the damaged files are now; they may be deleted.
    pub set_aside: Vec<String>,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// Saves every intact record of the store in a folder: in place, or with `into` in another folder, which is missing or empty.
///
/// # Errors
///
/// [`CareError`]; the store then holds what it held.
pub fn repair(
    store: &Path,
    into: Option<&Path>,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<RepairReport, CareError> {
    let start = Instant::now();
    let (repair, repaired) = match into {
        None => {
            let repair = cst_frozen::care::repair(store, Options::default())?;
            (repair, Reader::open(store, Options::default())?)
        }
        Some(into) => {
            let from = Reader::open(store, Options::default())?;
            plan(&from, progress);
            let target = Writer::open(into, Options::default())?;
            let repair = cst_frozen::care::salvage(&from, &target, &mut watch(progress, stop))?;
            (repair, target.reader().clone())
        }
    };
    Ok(RepairReport {
        records: repair.records,
        salvaged: repair.salvaged,
        lost: Lost::all(&repair.lost, &repaired),
        set_aside: repair.set_aside.iter().map(|path| path.display().to_string()).collect(),
        seconds: start.elapsed().as_secs_f64(),
    })
}
