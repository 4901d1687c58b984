//! `cst export`.

use std::sync::atomic::AtomicBool;

use super::args::ExportArgs;
use super::bar::Bar;
use super::number::{bytes, grouped, table};
use super::{Error, no_store, print, print_json, status};
use crate::care::{ExportReport, export};
use crate::grammars::Grammars;

pub(super) fn run(args: &ExportArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let bar = Bar::new(args.json);
    let report = export(&args.store.store, &args.file, &Grammars::bundled(), &bar, stop);
    bar.finish();
    let report = report.map_err(|error| no_store(error, &args.store.store))?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&rows(&report))?;
    }
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
