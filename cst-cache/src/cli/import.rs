//! `cst import`.

use std::sync::atomic::AtomicBool;

use super::args::ImportArgs;
use super::bar::Bar;
use super::number::{bytes, grouped, table};
use super::{Error, lost, print, print_json, status};
use crate::care::{ImportReport, import};
use crate::grammars::Grammars;

pub(super) fn run(args: &ImportArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let bar = Bar::new(args.json);
    let report = import(&args.file, &args.store.store, &Grammars::bundled(), &bar, stop);
    bar.finish();
    let report = report?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&rows(&report))?;
    }
    let status = lost::say(&report.lost);
    Ok(if report.wrong > 0 { status::UNSOUND } else { status })
}

fn rows(report: &ImportReport) -> String {
    let other: Vec<String> = report
        .other_build
        .iter()
        .map(|(language, trees)| format!("{language} {}", grouped(*trees)))
        .collect();
    let mut rows = vec![
        ("trees added", grouped(report.trees)),
        ("size", bytes(report.bytes)),
        ("in the store already", grouped(report.present)),
        ("damaged, left out", grouped(report.lost.len() as u64 + report.wrong)),
    ];
    if !other.is_empty() {
        rows.push(("of other builds of their grammar, left out", other.join(", ")));
    }
    rows.push(("total", format!("{:.2} s", report.seconds)));
    table(&rows)
}
