//! `cst migrate`.

use std::sync::atomic::AtomicBool;

use super::args::MigrateArgs;
use super::number::{by_name, grouped, table};
use super::{Error, job, no_store};
use crate::care::{MigrateReport, migrate};
use crate::grammars::Grammars;
use crate::index::Progress;

pub(super) fn run(args: &MigrateArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = args.common.store();
    let bring_up = |bar: &dyn Progress| {
        migrate(store, &Grammars::bundled(), bar, stop).map_err(|error| no_store(error, store))
    };
    let report = job::run(&args.common, bring_up, rows)?;
    if !report.other_build.is_empty() {
        eprintln!(
            "trees of other builds of their grammar or of tree-sitter cannot be used here; `cst index` parses their files again"
        );
    }
    Ok(0)
}

fn rows(report: &MigrateReport) -> String {
    let what = match report.segments {
        0 => format!("nothing to do, all is of version {} already", report.version),
        _ => format!("now of version {}, nothing is lost", report.version),
    };
    let mut rows = vec![
        ("store", what),
        ("segments written anew", grouped(report.segments)),
        ("records", grouped(report.records)),
    ];
    if !report.other_build.is_empty() {
        rows.push(("files whose trees are of other builds", by_name(&report.other_build)));
    }
    rows.push(("total", format!("{:.2} s", report.seconds)));
    table(&rows)
}
