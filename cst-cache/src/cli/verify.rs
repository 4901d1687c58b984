//! `cst verify`.

use std::sync::atomic::AtomicBool;

use cst_frozen::{Pack, Reader};

use super::args::{Level, VerifyArgs};
use super::number::{bytes, grouped, table};
use super::{Error, job, open_reader, status};
use crate::care::{CheckLevel, CheckReport, Wrong, check};
use crate::grammars::Grammars;
use crate::index::{Mismatch, Options, Progress, VerifyReport, verify};

pub(super) fn run(args: &VerifyArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = open_reader(args.common.store())?;
    let level = match args.level {
        Level::Headers => CheckLevel::Headers,
        Level::Checksums => CheckLevel::Checksums,
        Level::Deep => CheckLevel::Deep,
        Level::Parse => return compare(args, &store, stop),
    };
    if args.folder.is_some() {
        return Err("a folder is compared with its sources; name none, or leave --level out".into());
    }
    let look = |bar: &dyn Progress| Ok::<_, Error>(check(&store, level, &Grammars::bundled(), bar, stop));
    let report = job::run(&args.common, look, check_rows)?;
    Ok(status(report.is_sound(), report.interrupted))
}

fn compare(args: &VerifyArgs, store: &Reader, stop: &AtomicBool) -> Result<u8, Error> {
    if Pack::is_one(args.common.store()) {
        return Err("a pack has no catalog of files to compare with; use --level deep".into());
    }
    let threads = args.threads.map_or(Options::default().threads, usize::from);
    let look =
        |bar: &dyn Progress| verify(args.folder.as_deref(), store, &Grammars::bundled(), threads, bar, stop);
    let report = job::run(&args.common, look, rows)?;
    Ok(status(report.is_sound(), report.interrupted))
}

fn status(is_sound: bool, is_interrupted: bool) -> u8 {
    match (is_sound, is_interrupted) {
        (false, _) => status::UNSOUND,
        (true, true) => status::INTERRUPTED,
        (true, false) => 0,
    }
}

fn check_rows(report: &CheckReport) -> String {
    let wrong =
        |wrong: &Wrong| format!("wrong: {} at byte {} of {}\n", wrong.what, wrong.offset, wrong.segment);
    let problems: String = report.problems.iter().map(wrong).collect();
    let table = table(&[
        ("segments", grouped(report.segments)),
        ("intact records", grouped(report.records)),
        ("trees decoded", grouped(report.trees)),
        ("of another build", grouped(report.other_build)),
        ("wrong", grouped(report.wrong)),
        ("read", bytes(report.bytes)),
        ("total", format!("{:.2} s", report.seconds)),
    ]);
    problems + &table
}

fn rows(report: &VerifyReport) -> String {
    let times = |seconds: f64| if seconds > 0.0 { report.parse_seconds / seconds } else { 0.0 };
    let differs = |of: &Mismatch| format!("differs: {} in {} of subtree {}\n", of.path, of.field, of.subtree);
    let mismatches: String = report.mismatches.iter().map(differs).collect();
    let table = table(&[
        ("trees compared", grouped(report.trees)),
        ("subtrees compared", grouped(report.subtrees)),
        ("trees that differ", grouped(report.differing)),
        ("damaged", grouped(report.damaged)),
        ("damaged commits", grouped(report.quarantined_segments)),
        ("segments of other stores", grouped(report.foreign_segments)),
        ("changed since indexed", grouped(report.stale)),
        ("of another build", grouped(report.other_build)),
        ("source", bytes(report.source_bytes)),
        ("parse", format!("{:.2} s in all threads", report.parse_seconds)),
        (
            "decode",
            format!(
                "{:.2} s in all threads from the bytecode ({:.1} x faster), {:.2} s from the record ({:.1} x)",
                report.build_seconds,
                times(report.build_seconds),
                report.decode_seconds,
                times(report.decode_seconds)
            ),
        ),
        ("total", format!("{:.2} s", report.seconds)),
    ]);
    mismatches + &table
}
