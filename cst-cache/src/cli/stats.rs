//! `cst stats`.

use super::args::StatsArgs;
use super::number::{bytes, grouped, table};
use super::{Error, job, open_reader};
use crate::index::{Progress, Summary, summarize};

pub(super) fn run(args: &StatsArgs) -> Result<u8, Error> {
    let sum_up = |_: &dyn Progress| Ok::<_, Error>(summarize(&open_reader(args.common.store())?));
    job::run(&args.common, sum_up, rows)?;
    Ok(0)
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
        ("damaged records", grouped(summary.damaged)),
        ("commits", grouped(summary.generation)),
    ];
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
