//! The suite: one concern after the other, each with its figures and a few words about them.

mod bytecode;

use crate::corpus::Corpus;
use crate::error::Error;
use crate::figure::{Bar, Figure};
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
pub const CONCERNS: &[Concern] =
    &[Concern { name: "bytecode", about: "encode and decode, beside the parse", run: bytecode::run }];

/// What a concern is measured on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The source.
    pub corpus: &'a Corpus,
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
}

/// The figures that have a bar or are guarded, as people read them.
#[must_use]
pub fn verdicts(figures: &[Figure]) -> Table {
    let mut table = Table::new(&["figure", "result", "unit", "bar", "of bar", "aim", "verdict"]);
    for figure in figures.iter().filter(|figure| figure.bar.is_some()) {
        let (bar, limit) = match figure.bar {
            Some(Bar::AtLeast(limit)) => (format!(">= {limit}"), limit),
            Some(Bar::AtMost(limit)) => (format!("<= {limit}"), limit),
            None => continue,
        };
        let ratio = if limit == 0.0 { "-".to_owned() } else { format!("{:.2}", figure.value / limit) };
        table.row(vec![
            figure.name.clone(),
            number(figure.value),
            figure.unit.clone(),
            bar,
            ratio,
            figure.aim.map_or("-".to_owned(), |aim| aim.to_string()),
            if figure.holds == Some(true) { "holds" } else { "MISSED" }.to_owned(),
        ]);
    }
    table
}

/// A number with about four digits.
#[must_use]
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}
