//! The suite: one concern after the other, each with its figures and a few words about them.

mod bytecode;
mod cache;
mod counters;
mod frozen;
pub mod growth;
mod index;
mod memory;
mod pass;
mod peers;
mod readers;
mod scale;
mod tiers;
mod view;

use std::io::IsTerminal as _;

use crate::corpus::{Corpus, parse};
use crate::error::Error;
use crate::figure::{Bar, Figure};
use crate::rounds::Piece;
use crate::table::Table;

/// Something that is measured on its own.
#[derive(Clone, Copy)]
pub struct Concern {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it is about, in a line.
    pub about: &'static str,
    /// Measures it.
    pub run: fn(&Setting<'_>) -> Result<Outcome, Error>,
}

/// All concerns, in the order in which they run.
pub const CONCERNS: &[Concern] = &[
    Concern { name: "bytecode", about: "encode and decode, beside the parse", run: bytecode::run },
    Concern { name: "view", about: "walking bytecode in place, beside tree-sitter", run: view::run },
    Concern { name: "memory", about: "what a tree takes in each form", run: memory::run },
    Concern { name: "index", about: "indexing on all cores, against bare parsing", run: index::run },
    Concern { name: "pass", about: "visiting every node of a corpus; reads to break even", run: pass::run },
    Concern { name: "cache", about: "getting a tree, by tier", run: cache::run },
    Concern { name: "tiers", about: "deciding what moves between tiers", run: tiers::run },
    Concern { name: "frozen", about: "the store on disk by itself", run: frozen::run },
    Concern { name: "growth", about: "a store of 10 to 100,000 records", run: growth::run },
    Concern { name: "scale", about: "a store of a million records; bytes on disk", run: scale::run },
    Concern { name: "readers", about: "reading the store beside its writer", run: readers::run },
    Concern { name: PEERS, about: "other ways to keep trees; only with --peers", run: peers::run },
    Concern {
        name: "counters",
        about: "allocations and instructions, against committed ones",
        run: counters::run,
    },
];

/// The concern that is measured only where it is asked for: its programs are many, and heavy to build.
pub const PEERS: &str = "peers";

/// Stands for all languages together.
pub const ALL: &str = "all";

/// What a concern is measured on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The source.
    pub corpus: &'a Corpus,
    /// How many MB of each language were taken, where that was said.
    pub megabytes: Option<u64>,
    /// The command that measures the concern again.
    pub command: &'a str,
}

impl Setting<'_> {
    /// A number measured here.
    #[must_use]
    pub fn figure(&self, name: impl Into<String>, value: f64, unit: &str) -> Figure {
        Figure::new(name, &self.corpus.name, value, unit, self.command)
    }
}

/// What a concern came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Its figures.
    pub figures: Vec<Figure>,
    /// How they were measured, and tables of them, for people.
    pub text: String,
    /// What differs from what is committed, in words; a run that has this fails.
    pub drift: Option<String>,
}

/// Tells who watches what is being measured.
fn progress(concern: &str, language: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("  {concern}: {language} ...");
    }
}

/// The reference workload of what has no file of its own: parsing the Rust sample.
fn reference() -> Result<Piece<'static>, Error> {
    let sample = Corpus::sample()?;
    let rust = sample.languages.into_iter().find(|language| language.name == "rust");
    let rust = rust.ok_or_else(|| Error::new("there is no Rust sample"))?;
    let mut parser = rust.parser()?;
    Ok(Piece::new("parse", move || {
        let file = rust.files.first().ok_or_else(|| Error::new("there is no Rust sample"))?;
        parse(&mut parser, file)
    }))
}

/// The figures that have a bar, as people read them; where none has, those that are guarded.
#[must_use]
pub fn verdicts(figures: &[Figure]) -> Table {
    let mut table = Table::new(&["figure", "bar", "result", "unit", "result/bar", "aim", "verdict"]);
    let has_bars = figures.iter().any(|figure| figure.bar.is_some());
    let is_shown = |figure: &&Figure| if has_bars { figure.bar.is_some() } else { figure.guard.is_some() };
    for figure in figures.iter().filter(is_shown) {
        let none = || "-".to_owned();
        let (bar, limit) = match figure.bar {
            Some(Bar::AtLeast(limit)) => (format!(">= {limit}"), limit),
            Some(Bar::AtMost(limit)) => (format!("<= {limit}"), limit),
            None => (none(), 0.0),
        };
        let verdict = match figure.holds {
            Some(true) => "holds",
            Some(false) => "MISSED",
            None => "-",
        };
        table.row(vec![
            figure.name.clone(),
            bar,
            number(figure.value),
            figure.unit.clone(),
            if limit == 0.0 { none() } else { format!("{:.2}", figure.value / limit) },
            figure.aim.map_or_else(none, |aim| aim.to_string()),
            verdict.to_owned(),
        ]);
    }
    table
}

/// A number with three or four digits that count.
#[must_use]
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        size if size >= 0.1 => format!("{value:.3}"),
        size if size >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        let numbers = [0.0, 48_700.2, 385.52, 48.69, 1.0, 0.06778, 0.000_345_6].map(number);
        assert_eq!(numbers, ["0", "48700", "385.5", "48.69", "1.000", "0.0678", "3.46e-4"]);
    }

    #[test]
    fn a_table_shows_bars_before_all_else() {
        let figure = |name: &str, value| Figure::new(name, "sample", value, "x", "cargo");
        let guarded = figure("guarded", 2.0).guard(crate::figure::Guard::Time);
        let both =
            [guarded.clone(), figure("barred", 0.3).bar(Bar::AtMost(0.2)).aim(0.1), figure("bare", 1.0)];
        let table = verdicts(&both).to_string();
        assert!(table.contains("MISSED") && table.contains("<= 0.2") && table.contains("1.50"), "{table}");
        assert!(!table.contains("guarded") && !table.contains("bare "), "{table}");
        assert!(verdicts(&[guarded]).to_string().contains("guarded"));
    }
}
