//! `cst export`.

use std::sync::atomic::AtomicBool;

use super::args::ExportArgs;
use super::number::{bytes, grouped, table};
use super::{Error, job, no_store, status};
use crate::care::{ExportReport, export};
use crate::grammars::Grammars;
use crate::index::Progress;

pub(super) fn run(args: &ExportArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = args.common.store();
    let pack = |bar: &dyn Progress| {
        export(store, &args.file, &Grammars::bundled(), bar, stop).map_err(|error| no_store(error, store))
    };
    let report = job::run(&args.common, pack, rows)?;
    Ok(if report.damaged > 0 { status::UNSOUND } else { 0 })
}

fn rows(report: &ExportReport) -> String {
    let mut rows = vec![
        ("trees", grouped(report.trees)),
        ("size", bytes(report.bytes)),
        ("damaged, left out", grouped(report.damaged)),
    ];
    rows.extend(report.languages.iter().map(|(language, trees)| (&**language, grouped(*trees))));
    rows.push(("total", format!("{:.2} s", report.seconds)));
    table(&rows)
}
