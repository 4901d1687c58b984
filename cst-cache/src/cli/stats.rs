//! `cst stats`.

use super::args::StatsArgs;
use super::number::{bytes, grouped, table};
use super::{Error, job, open_reader, status};
use crate::index::{Progress, Summary, summarize};

pub(super) fn run(args: &StatsArgs) -> Result<u8, Error> {
    let sum_up = |_: &dyn Progress| Ok::<_, Error>(summarize(&open_reader(args.common.store())?));
    let summary = job::run(&args.common, sum_up, rows)?;
    if summary.is_sound() {
        return Ok(0);
    }
    if summary.foreign_segments > 0 {
        eprintln!(
            "segments of another store lie in the folder: move them away, or `cst repair` gives them other names"
        );
    }
    if summary.damaged + summary.quarantined_segments == 0 {
        return Ok(status::UNSOUND);
    }
    eprintln!(
        "part of the store is damaged: `cst verify --level checksums` says where, `cst repair` saves what is intact, \
         `cst index` parses again what is missing"
    );
    Ok(status::UNSOUND)
}

fn rows(summary: &Summary) -> String {
    let mut rows = vec![
        ("files", grouped(summary.files)),
        ("distinct trees", grouped(summary.trees)),
        ("lines", grouped(summary.lines)),
        ("source", bytes(summary.source_bytes)),
        ("live trees would take", bytes(summary.live_tree_bytes)),
        (
            "store takes",
            format!(
                "{} ({:.3} of the source, {} lines / MB)",
                bytes(summary.stored_bytes),
                summary.stored_per_source_byte,
                grouped(summary.lines_per_mb as u64)
            ),
        ),
        ("of that, trees", bytes(summary.tree_record_bytes)),
        ("compaction would free", bytes(summary.dead_bytes)),
        ("segments", grouped(summary.segments)),
        ("quarantined segments", grouped(summary.quarantined_segments)),
        ("segments of other stores", grouped(summary.foreign_segments)),
        ("damaged records", grouped(summary.damaged)),
        ("commits", grouped(summary.generation)),
    ];
    if let Some(quota) = summary.quota {
        let used = 100.0 * summary.stored_bytes as f64 / quota.max(1) as f64;
        rows.push(("quota", format!("{} ({used:.0} % used)", bytes(quota))));
    }
    if summary.quota.is_some() || summary.evicted_records > 0 {
        let freed = bytes(summary.evicted_bytes);
        rows.push(("evicted so far", format!("{} records, {freed}", grouped(summary.evicted_records))));
    }
    for (name, language) in &summary.languages {
        rows.push((
            name,
            format!(
                "{} files, {} lines, {}",
                grouped(language.files),
                grouped(language.lines),
                bytes(language.source_bytes)
            ),
        ));
    }
    table(&rows)
}
