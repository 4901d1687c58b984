//! `cst import`.

use std::sync::atomic::AtomicBool;

use super::args::ImportArgs;
use super::number::{by_name, bytes, grouped, table};
use super::{Error, job, lost, status};
use crate::care::{ImportReport, import};
use crate::grammars::Grammars;
use crate::index::Progress;

pub(super) fn run(args: &ImportArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let unpack =
        |bar: &dyn Progress| import(&args.file, args.common.store(), &Grammars::bundled(), bar, stop);
    let report = job::run(&args.common, unpack, rows)?;
    let status = lost::say(&report.lost);
    Ok(if report.wrong > 0 { status::UNSOUND } else { status })
}

fn rows(report: &ImportReport) -> String {
    let mut rows = vec![
        ("trees added", grouped(report.trees)),
        ("size", bytes(report.bytes)),
        ("in the store already", grouped(report.present)),
        ("damaged, left out", grouped(report.lost.len() as u64 + report.wrong)),
    ];
    if !report.other_build.is_empty() {
        rows.push(("of other builds of their grammar, left out", by_name(&report.other_build)));
    }
    if report.evicted > 0 {
        rows.push(("evicted for the quota", grouped(report.evicted)));
    }
    rows.push(("total", format!("{:.2} s", report.seconds)));
    table(&rows)
}
