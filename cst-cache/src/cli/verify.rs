//! `cst verify`.

use std::sync::atomic::AtomicBool;

use cst_frozen::{Pack, Reader};

use super::args::{Level, VerifyArgs};
use super::bar::Bar;
use super::number::{bytes, grouped, table};
use super::{Error, open_reader, print, print_json, status};
use crate::care::{CheckLevel, CheckReport, check};
use crate::grammars::Grammars;
use crate::index::{Options, VerifyReport, verify};

pub(super) fn run(args: &VerifyArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = open_reader(&args.store.store)?;
    let level = match args.level {
        Level::Headers => CheckLevel::Headers,
        Level::Checksums => CheckLevel::Checksums,
        Level::Deep => CheckLevel::Deep,
        Level::Parse => return compare(args, &store, stop),
    };
    if args.folder.is_some() {
        return Err("a folder is compared with its sources; name none, or leave --level out".into());
    }
    let bar = Bar::new(args.json);
    let report = check(&store, level, &Grammars::bundled(), &bar, stop);
    bar.finish();
    if args.json {
        print_json(&report)?;
    } else {
        for wrong in &report.problems {
            print(&format!("wrong: {} at byte {} of {}", wrong.what, wrong.offset, wrong.segment))?;
        }
        print(&check_rows(&report))?;
    }
    Ok(status(report.is_sound(), report.interrupted))
}

fn compare(args: &VerifyArgs, store: &Reader, stop: &AtomicBool) -> Result<u8, Error> {
    if Pack::is_one(&args.store.store) {
        return Err("a pack has no catalog of files to compare with; use --level deep".into());
    }
    let threads = args.threads.map_or(Options::default().threads, usize::from);
    let bar = Bar::new(args.json);
    let report = verify(args.folder.as_deref(), store, &Grammars::bundled(), threads, &bar, stop);
    bar.finish();
    let report = report?;
    if args.json {
        print_json(&report)?;
    } else {
        for mismatch in &report.mismatches {
            print(&format!(
                "differs: {} in {} of subtree {}",
                mismatch.path, mismatch.field, mismatch.subtree
            ))?;
        }
        print(&rows(&report))?;
    }
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
    table(&[
        ("segments", grouped(report.segments)),
        ("intact records", grouped(report.records)),
        ("trees decoded", grouped(report.trees)),
        ("of another build", grouped(report.other_build)),
        ("wrong", grouped(report.wrong)),
        ("read", bytes(report.bytes)),
        ("total", format!("{:.2} s", report.seconds)),
    ])
}

fn rows(report: &VerifyReport) -> String {
    let times = |seconds: f64| if seconds > 0.0 { report.parse_seconds / seconds } else { 0.0 };
    table(&[
        ("trees compared", grouped(report.trees)),
        ("subtrees compared", grouped(report.subtrees)),
        ("trees that differ", grouped(report.differing)),
        ("damaged", grouped(report.damaged)),
        ("damaged commits", grouped(report.quarantined_segments)),
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
    ])
}
