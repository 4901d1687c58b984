//! What does not depend on the machine: allocations of encode and decode, and instructions of the hot paths.
//! Both over the samples, and both compared with what is committed.

use std::fmt::Write as _;

use super::{Outcome, Setting};
use crate::corpus::SAMPLE;
use crate::error::Error;
use crate::figure::{Figure, Guard};
use crate::instructions::{self, Verdict};
use crate::sibling::{self, Sibling};
use crate::table::Table;
use crate::{heap, snapshot};

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    allocations(setting, &mut outcome)?;
    count_instructions(setting, &mut outcome)?;
    Ok(outcome)
}

/// Whatever corpus the rest is measured on.
fn of_samples(setting: &Setting<'_>, name: String, value: u64, unit: &str, guard: Guard) -> Figure {
    Figure::new(name, SAMPLE, value as f64, unit, setting.command).guard(guard)
}

/// Which crate does the work.
fn owner(work: &str) -> &'static str {
    match work {
        "parse" => "tree-sitter",
        "restore" => "cst-cache",
        _ => "cst-bytecode",
    }
}

fn drift(outcome: &mut Outcome, words: &str) {
    *outcome.drift.get_or_insert_default() += words;
}

fn allocations(setting: &Setting<'_>, outcome: &mut Outcome) -> Result<(), Error> {
    let text = sibling::output(sibling::command(Sibling::Counters)?)?;
    let mut table = Table::new(&["work", "Rust allocations", "peak bytes", "C allocations", "peak bytes"]);
    for (work, counts) in heap::totals(&text) {
        let names = ["rust_allocations", "rust_peak", "c_allocations", "c_peak"];
        for (at, (name, count)) in names.iter().zip(counts).enumerate() {
            let (unit, guard) = if at % 2 == 0 {
                ("allocations, all samples", Guard::Exact)
            } else {
                ("bytes, all samples", Guard::Bytes)
            };
            let name = format!("{}.counters.{work}.{name}", owner(&work));
            outcome.figures.push(of_samples(setting, name, count, unit, guard));
        }
        table.row([work].into_iter().chain(counts.map(|count| count.to_string())).collect());
    }
    let _ = writeln!(
        outcome.text,
        "Allocations over the samples: peaks of each file, summed. C is what is asked of tree-sitter's allocator; the\n\
         shim's own scratch memory and zstd's are not in it.\n\n{table}"
    );
    if let Some(difference) = snapshot::difference(&heap::snapshot_path(), &text) {
        drift(outcome, &format!("{difference}\n"));
    }
    Ok(())
}

fn count_instructions(setting: &Setting<'_>, outcome: &mut Outcome) -> Result<(), Error> {
    if !instructions::has_valgrind() {
        let _ = writeln!(
            outcome.text,
            "Instructions are not counted: valgrind is missing; install it with: {}",
            instructions::INSTALL
        );
        return Ok(());
    }
    let counts = instructions::measure(&sibling::path(Sibling::Hotpath)?)?;
    let parse = counts.get("parse").copied().unwrap_or_default();
    let mut table = Table::new(&["path", "instructions", "of parse"]);
    for (path, &count) in &counts {
        let name = format!("{}.counters.{path}.instructions", owner(path));
        outcome.figures.push(of_samples(
            setting,
            name,
            count,
            "instructions, all samples",
            Guard::Instructions,
        ));
        table.row(vec![
            path.clone(),
            count.to_string(),
            format!("{:.1} %", 100.0 * count as f64 / parse.max(1) as f64),
        ]);
    }
    let _ = writeln!(outcome.text, "Instructions over the samples, counted by callgrind.\n\n{table}");
    match instructions::compare(&instructions::snapshot_path(), &instructions::key(), &counts)? {
        Verdict::Fine => {
            let _ = writeln!(
                outcome.text,
                "They are as committed, within {:.0} %.",
                100.0 * instructions::TOLERANCE
            );
        }
        Verdict::OtherKey(words) => {
            let _ = writeln!(outcome.text, "Not compared with the committed ones: {words}");
        }
        Verdict::Worse(words) => {
            drift(
                outcome,
                &format!(
                    "more instructions than committed:\n{words}If that is meant: {}\n",
                    crate::size::BLESS
                ),
            );
        }
    }
    Ok(())
}
