//! `cst backup`.

use std::sync::atomic::AtomicBool;

use super::args::BackupArgs;
use super::bar::Bar;
use super::number::{bytes, grouped, table};
use super::{Error, lost, no_store, print, print_json};
use crate::care::{CopyReport, backup};

pub(super) fn run(args: &BackupArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let bar = Bar::new(args.json);
    let report = backup(&args.store.store, &args.folder, &bar, stop);
    bar.finish();
    let report = report.map_err(|error| no_store(error, &args.store.store))?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&rows(&report))?;
    }
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
