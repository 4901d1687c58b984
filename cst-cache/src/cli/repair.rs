//! `cst repair`.

use std::sync::atomic::AtomicBool;

use super::args::RepairArgs;
use super::number::{grouped, table};
use super::{Error, job, lost, no_store};
use crate::care::{RepairReport, repair};
use crate::index::Progress;

pub(super) fn run(args: &RepairArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = args.common.store();
    let mend = |bar: &dyn Progress| {
        repair(store, args.into.as_deref(), bar, stop).map_err(|error| no_store(error, store))
    };
    let report = job::run(&args.common, mend, rows)?;
    Ok(lost::say(&report.lost))
}

fn rows(report: &RepairReport) -> String {
    let mut rows = vec![
        ("records", grouped(report.records)),
        ("of them saved from damaged files", grouped(report.salvaged)),
        ("lost", grouped(report.lost.len() as u64)),
    ];
    rows.extend(report.set_aside.iter().map(|path| ("damaged file put aside", path.clone())));
    rows.push(("total", format!("{:.2} s", report.seconds)));
    table(&rows)
}
