//! A figure: a number with its name, its unit, what it was measured on, and the command that prints it.

use serde::{Deserialize, Serialize};

use crate::instructions;

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

/// How far a number may rise above that of an earlier run. All guarded numbers are costs: less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A time, as a share of the reference workload's in the same run: a slow machine is no regression.
    Time,
    /// A number of bytes, or a ratio of such: hardly differs from run to run.
    Bytes,
    /// Instructions: the same but for addresses and hash seeds.
    Instructions,
    /// A count that is the same in every run.
    Exact,
}

impl Guard {
    /// By what share of the earlier number.
    #[must_use]
    pub fn tolerance(self) -> f64 {
        match self {
            Self::Time => 0.20,
            Self::Bytes => 0.01,
            Self::Instructions => instructions::TOLERANCE,
            Self::Exact => 0.0,
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
    /// How it is compared with an earlier run; absent where it is not.
    #[serde(skip)]
    pub guard: Option<Guard>,
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
            guard: None,
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

    /// Compared with earlier runs.
    #[must_use]
    pub fn guard(self, guard: Guard) -> Self {
        Self { guard: Some(guard), ..self }
    }
}
