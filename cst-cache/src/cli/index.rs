//! `cst index`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cst_frozen::WriteError;

use super::args::IndexArgs;
use super::number::{bytes, grouped, reasons, table};
use super::{Error, job, status};
use crate::StoreError;
use crate::grammars::Grammars;
use crate::index::{IndexError, Options, Progress, Report, folder, index, open_store};

pub(super) fn run(args: &IndexArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let mut options = Options { compression: args.compression, form: args.form, ..Options::default() };
    if let Some(threads) = args.threads {
        options.threads = threads.into();
    }
    if let Some(budget) = args.memory_budget {
        options.memory_budget = budget;
    }
    if let Some(size) = args.max_file_size {
        options.max_file_bytes = size;
    }
    options.quota = args.quota.unwrap_or_default();
    // Before the store is made: a mistyped folder should not leave one behind.
    folder(&args.folder)?;
    let path = args.common.store();
    let (store, other_format_segments) = open_store(path)?;
    if other_format_segments > 0 {
        eprintln!(
            "dropped from {}, because another release has written them in a format that this one does not read: \
             {other_format_segments} of its files; what was in them is parsed again",
            path.display()
        );
    }
    let store = Arc::new(store);
    let work = |bar: &dyn Progress| {
        let report = index(&args.folder, path, &store, &Grammars::bundled(), &options, bar, stop);
        report.map(|report| Report { other_format_segments, ..report }).map_err(in_words_of_the_command)
    };
    let report = job::run(&args.common, work, rows)?;
    Ok(if report.interrupted { status::INTERRUPTED } else { 0 })
}

/// Names the flag, where that is what is too small.
fn in_words_of_the_command(error: IndexError) -> Error {
    match error {
        IndexError::Store(StoreError::Write(WriteError::OverQuota { bytes, quota })) => format!(
            "the store needs at least {bytes} bytes for its own records, more than its quota of {quota}; \
             use a larger --quota, or --quota none"
        )
        .into(),
        error => error.into(),
    }
}

fn rows(report: &Report) -> String {
    let share = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    let mut rows = vec![
        ("files", grouped(report.files)),
        ("lines", grouped(report.lines)),
        ("source", bytes(report.source_bytes)),
        ("parsed", grouped(report.parsed)),
        ("hits", grouped(report.hits)),
        ("skipped", reasons(report.skipped.iter(), report.skipped.total())),
        ("failed", reasons(report.failed.iter(), report.failed.total())),
    ];
    for (name, count) in [
        ("changed while read", report.changed_while_read),
        ("damaged, parsed again", report.damaged),
        ("damaged, dropped", report.lost),
        ("damaged commits dropped", report.quarantined_segments),
        ("commits of another format dropped", report.other_format_segments),
        ("gone since, forgotten", report.forgotten),
        ("evicted for the quota", report.evicted),
    ] {
        if count > 0 {
            rows.push((name, grouped(count)));
        }
    }
    rows.extend([
        ("parse", format!("{:.2} s in all threads", report.parse_seconds)),
        (
            "encode",
            format!(
                "{:.2} s in all threads ({:.0} % of the parse)",
                report.encode_seconds,
                share(report.encode_seconds, report.parse_seconds)
            ),
        ),
        ("compress and store", format!("{:.2} s in all threads", report.store_seconds)),
        ("total", format!("{:.2} s", report.seconds)),
        ("live trees would take", bytes(report.live_tree_bytes)),
        (
            "store takes",
            format!(
                "{} ({:.3} of the source, {} lines / MB)",
                bytes(report.stored_bytes),
                report.stored_per_source_byte,
                grouped(report.lines_per_mb as u64)
            ),
        ),
    ]);
    if report.interrupted {
        rows.push(("interrupted", "what was done is committed; run it again to go on".to_owned()));
    }
    table(&rows)
}
