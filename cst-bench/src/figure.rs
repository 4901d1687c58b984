//! A figure: a number with its name, its unit, what it was measured on, and the command that prints it.

use serde::{Deserialize, Serialize};

use crate::corpus::{CAP_VARIABLE, Corpus, FOLDER_VARIABLE};
use crate::measure::Measured;
use crate::size::{Size, per};
use crate::subject::{PARSE, SUBJECTS};

/// The command that prints the figures.
const COMMAND: &str = "cargo run --release -p cst-bench --bin figures -- --json";

/// What a number has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Bar {
    /// Whether `value` is on the right side.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// A number, for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Dotted: crate, what, language, measure.
    pub name: String,
    /// What it was measured on.
    pub corpus: String,
    /// The number.
    pub value: f64,
    /// What one of it is, with the denominator.
    pub unit: String,
    /// What it has to be; absent where it is told for its own sake.
    pub bar: Option<Bar>,
    /// What it is meant to become.
    pub aim: Option<f64>,
    /// Whether it is what it has to be; absent where there is no bar.
    pub holds: Option<bool>,
    /// What prints it again.
    pub command: String,
}

impl Figure {
    /// A number without a bar.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        corpus: &str,
        value: f64,
        unit: impl Into<String>,
        command: &str,
    ) -> Self {
        Self {
            name: name.into(),
            corpus: corpus.to_owned(),
            value,
            unit: unit.into(),
            bar: None,
            aim: None,
            holds: None,
            command: command.to_owned(),
        }
    }

    /// With what it has to be.
    #[must_use]
    pub fn bar(self, bar: Bar) -> Self {
        Self { bar: Some(bar), holds: Some(bar.holds(self.value)), ..self }
    }

    /// With what it is meant to become.
    #[must_use]
    pub fn aim(self, aim: f64) -> Self {
        Self { aim: Some(aim), ..self }
    }
}

/// All figures of a run.
#[must_use]
pub fn figures(corpus: &Corpus, measured: &[Measured]) -> Vec<Figure> {
    let command = command(corpus);
    let numbers = measured.iter().flat_map(|language| times(language).chain(sizes(language)));
    numbers.map(|(name, value, unit)| Figure::new(name, &corpus.name, value, unit, &command)).collect()
}

fn command(corpus: &Corpus) -> String {
    if corpus.is_sample() {
        return COMMAND.to_owned();
    }
    let cap = std::env::var(CAP_VARIABLE).map_or(String::new(), |cap| format!("{CAP_VARIABLE}={cap} "));
    format!("{cap}{FOLDER_VARIABLE}='{}' {COMMAND}", corpus.name)
}

/// Name, value, unit.
type Number = (String, f64, &'static str);

fn times(measured: &Measured) -> impl Iterator<Item = Number> {
    let Measured { language, size, costs } = measured;
    let parse = costs[0].times;
    SUBJECTS.iter().zip(costs).flat_map(move |(subject, cost)| {
        let prefix = format!("{}.{}.{language}", subject.owner, subject.name);
        let number = |name: &str, value, unit| (format!("{prefix}.{name}"), value, unit);
        let mut numbers = Vec::new();
        for (kind, time, parse) in
            [("best", cost.times.best, parse.best), ("median", cost.times.median, parse.median)]
        {
            numbers.push(number(&format!("time.{kind}"), per(time, size.subtrees), "ns/subtree"));
            if subject.name != PARSE.name {
                numbers.push(number(&format!("of_parse.{kind}"), per(time, parse), "share of the parse"));
            }
        }
        numbers.push(number("speed.best", per(size.source * 1_000, cost.times.best), "MB/s of source"));
        if subject.name != PARSE.name {
            let heap = cost.heap;
            let count = per(heap.allocations, size.files);
            numbers.push(number("rust_heap.allocations", count, "per file, without C"));
            let peak = per(heap.peak_bytes, size.source);
            numbers.push(number("rust_heap.peak", peak, "bytes per byte of source, without C"));
        }
        numbers
    })
}

/// Crate, what, and bytes of a form in which a tree is kept.
#[must_use]
pub fn forms(size: &Size) -> [(&'static str, &'static str, u64); 3] {
    [
        ("tree-sitter", "live", size.live),
        ("cst-bytecode", "bytecode", size.bytecode),
        ("cst-cache", "record", size.record),
    ]
}

/// How many lines of source a MB (10^6 bytes) of a form stands for.
#[must_use]
pub fn lines_per_mb(size: &Size, bytes: u64) -> f64 {
    per(size.lines * 1_000_000, bytes)
}

fn sizes(measured: &Measured) -> impl Iterator<Item = Number> {
    let Measured { language, size, .. } = measured;
    forms(size).into_iter().flat_map(move |(owner, form, bytes)| {
        let number = |name: &str, value, unit| (format!("{owner}.{form}.{language}.{name}"), value, unit);
        [
            number("size", per(bytes, size.source), "bytes per byte of source"),
            number("bytes_per_line", per(bytes, size.lines), "bytes/line"),
            number("bytes_per_subtree", per(bytes, size.subtrees), "bytes/subtree"),
            number("density", lines_per_mb(size, bytes), "lines/MB"),
        ]
    })
}
