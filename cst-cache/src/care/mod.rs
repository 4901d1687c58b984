//! Care of a store of trees: check it, mend it, copy it, carry its trees to another machine.
//!
//! Feature `index`. What is done to bytes is `cst_frozen::care`; here it is known that they are trees and a catalog. Each
//! report serializes to one JSON object with the names of its fields.

mod check;
mod copy;
mod error;
mod lost;
mod migrate;
mod mount;
mod origin;
mod pack;
mod repair;
mod tree;

pub use check::{CheckLevel, CheckReport, Wrong, check};
pub use copy::{CopyReport, backup, restore};
pub use error::CareError;
pub use lost::Lost;
pub use migrate::{MigrateReport, migrate};
pub use mount::open;
pub use origin::{Origin, PackedGrammar};
pub use pack::{ExportReport, ImportReport, export, import};
pub use repair::{RepairReport, repair};

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use cst_frozen::Reader;

use crate::index::Progress;

/// Says how much there is to go through.
fn plan(from: &Reader, progress: &dyn Progress) {
    let stats = from.stats();
    progress.planned(stats.live_records, stats.payload_bytes);
}

/// Passes on what a copy says of its progress, and ends it when somebody asks for that.
fn watch<'a>(
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
) -> impl FnMut(u64) -> ControlFlow<()> + use<'a> {
    |bytes| {
        progress.advanced(bytes);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
