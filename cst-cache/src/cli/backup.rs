//! `cst backup`.

use std::sync::atomic::AtomicBool;

use super::args::BackupArgs;
use super::number::{bytes, grouped, table};
use super::{Error, job, lost, no_store};
use crate::care::{CopyReport, backup};
use crate::index::Progress;

pub(super) fn run(args: &BackupArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = args.common.store();
    let copy =
        |bar: &dyn Progress| backup(store, &args.folder, bar, stop).map_err(|error| no_store(error, store));
    let report = job::run(&args.common, copy, rows)?;
    Ok(lost::say(&report.lost))
}

pub(super) fn rows(report: &CopyReport) -> String {
    let mut rows = vec![
        ("records", grouped(report.records)),
        ("size", bytes(report.bytes)),
        ("damaged, left out", grouped(report.lost.len() as u64)),
    ];
    if report.removed > 0 {
        rows.push(("removed", grouped(report.removed)));
    }
    rows.push(("total", format!("{:.2} s", report.seconds)));
    table(&rows)
}
