//! `cst verify`.

use std::sync::atomic::AtomicBool;

use super::args::VerifyArgs;
use super::bar::Bar;
use super::number::{bytes, grouped, table};
use super::{Error, open_reader, print, print_json, status};
use crate::grammars::Grammars;
use crate::index::{Options, VerifyReport, verify};

pub(super) fn run(args: &VerifyArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let store = open_reader(&args.store.store)?;
    let threads = args.threads.map_or(Options::default().threads, usize::from);
    let bar = Bar::new(args.json);
    let report = verify(args.folder.as_deref(), &store, &Grammars::bundled(), threads, &bar, stop);
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
    Ok(if !report.is_sound() {
        status::UNSOUND
    } else if report.interrupted {
        status::INTERRUPTED
    } else {
        0
    })
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
