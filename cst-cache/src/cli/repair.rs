//! `cst repair`.

use std::sync::atomic::AtomicBool;

use super::args::RepairArgs;
use super::bar::Bar;
use super::number::{grouped, table};
use super::{Error, lost, no_store, print, print_json};
use crate::care::{RepairReport, repair};

pub(super) fn run(args: &RepairArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let bar = Bar::new(args.json);
    let report = repair(&args.store.store, args.into.as_deref(), &bar, stop);
    bar.finish();
    let report = report.map_err(|error| no_store(error, &args.store.store))?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&rows(&report))?;
    }
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
