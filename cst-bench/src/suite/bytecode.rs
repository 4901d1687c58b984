//! Encode and decode, compress and restore: each on the same file, beside its parse.

use std::fmt::Write as _;

use super::{ALL, Outcome, Setting, progress};
use crate::error::Error;
use crate::figure::{Bar, Figure, Guard};
use crate::measure::{Cost, FEWEST_ROUNDS, MOST_ROUNDS, Measured, measure};
use crate::size::{Size, per};
use crate::subject::{PARSE, SUBJECTS};
use crate::table::Table;

/// Of a subject the share of the parse that it takes at most, and that it aims for: a decode an eighth, or keeping trees is not
/// worth it; an encode a fifth, or it holds up whoever parses.
const BARS: [(&str, f64, f64); 4] =
    [("encode", 0.2, 0.1), ("decode", 0.125, 0.05), ("expand", 0.1, 0.05), ("restore", 0.2, 0.1)];

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut measured = measure(&setting.corpus.languages, |language| progress("bytecode", language))?;
    measured.push(total(&measured));
    let figures = measured.iter().flat_map(|language| figures(setting, language)).collect();
    Ok(Outcome { figures, text: text(&measured), drift: None })
}

fn total(measured: &[Measured]) -> Measured {
    let mut costs = [Cost::default(); SUBJECTS.len()];
    for language in measured {
        for (sum, cost) in costs.iter_mut().zip(language.costs) {
            *sum = *sum + cost;
        }
    }
    let size: Size = measured.iter().map(|language| language.size).sum();
    Measured { language: ALL.to_owned(), size, costs }
}

fn figures(setting: &Setting<'_>, measured: &Measured) -> Vec<Figure> {
    let Measured { language, size, costs } = measured;
    let parse = costs[0].times;
    let mut figures = Vec::new();
    for (subject, cost) in SUBJECTS.iter().zip(costs) {
        let prefix = format!("{}.{}.{language}", subject.owner, subject.name);
        let figure = |name: &str, value, unit| setting.figure(format!("{prefix}.{name}"), value, unit);
        for (kind, time, parse) in
            [("best", cost.times.best, parse.best), ("median", cost.times.median, parse.median)]
        {
            figures.push(figure(&format!("time.{kind}"), per(time, size.subtrees), "ns/subtree"));
            if subject.name == PARSE.name {
                continue;
            }
            let share = figure(&format!("of_parse.{kind}"), per(time, parse), "share of the parse");
            let bar = BARS.iter().find(|(name, ..)| *name == subject.name);
            figures.push(match (kind, bar) {
                ("best", Some(&(_, bar, aim))) => share.bar(Bar::AtMost(bar)).aim(aim).guard(Guard::Time),
                ("best", None) => share.guard(Guard::Time),
                _ => share,
            });
        }
        figures.push(figure("speed.best", per(size.source * 1_000, cost.times.best), "MB/s of source"));
        if subject.name != PARSE.name {
            figures.push(figure(
                "times_parse.best",
                per(parse.best, cost.times.best),
                "times as fast as the parse",
            ));
            let count = per(cost.heap.allocations, size.files);
            figures.push(figure("rust_heap.allocations", count, "per file, without C").guard(Guard::Exact));
            let peak = per(cost.heap.peak_bytes, size.source);
            let unit = "bytes per byte of source, without C";
            figures.push(figure("rust_heap.peak", peak, unit).guard(Guard::Bytes));
        }
    }
    figures
}

fn text(measured: &[Measured]) -> String {
    let mut text = format!(
        "One thread. Of each file the best and the median of {FEWEST_ROUNDS} to {MOST_ROUNDS} interleaved rounds, summed.\n\
         A subtree is any node of the tree, hidden ones included; MB = 10^6 bytes.\n"
    );
    for subject in SUBJECTS {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:<11} {} ({})", subject.name, subject.about, subject.owner);
    }
    let _ = write!(
        text,
        "\n{}\nRust heap of one call: what tree-sitter and zstd allocate in C is not in it.\n\n{}",
        times(measured),
        heaps(measured)
    );
    text
}

fn times(measured: &[Measured]) -> Table {
    let mut table =
        Table::new(&["language", "", "ns/subtree", "median", "of parse", "median", "faster", "MB/s"]);
    for Measured { language, size, costs } in measured {
        let parse = costs[0].times;
        for (subject, cost) in SUBJECTS.iter().zip(costs) {
            let times = cost.times;
            table.row(vec![
                language.clone(),
                subject.name.to_owned(),
                format!("{:.1}", per(times.best, size.subtrees)),
                format!("{:.1}", per(times.median, size.subtrees)),
                format!("{:.1} %", 100.0 * per(times.best, parse.best)),
                format!("{:.1} %", 100.0 * per(times.median, parse.median)),
                format!("{:.1} x", per(parse.best, times.best)),
                format!("{:.1}", per(size.source * 1_000, times.best)),
            ]);
        }
    }
    table
}

fn heaps(measured: &[Measured]) -> Table {
    let mut table = Table::new(&["language", "", "allocations/file", "peak bytes/source"]);
    for Measured { language, size, costs } in measured {
        // The parse allocates in C only.
        for (subject, cost) in SUBJECTS.iter().zip(costs).skip(1) {
            table.row(vec![
                language.clone(),
                subject.name.to_owned(),
                format!("{:.1}", per(cost.heap.allocations, size.files)),
                format!("{:.3}", per(cost.heap.peak_bytes, size.source)),
            ]);
        }
    }
    table
}
