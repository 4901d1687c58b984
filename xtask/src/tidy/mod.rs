//! The rules of this repository that neither compiler nor clippy knows, registered in [`CHECKS`].

mod ascii;
mod code;
mod documents;
mod formats;
mod heads;
mod length;
mod markers;
mod tree;
mod unsafe_register;

use std::fmt;

use crate::shell::Shell;
use crate::steps::Outcome;
use tree::Tree;

/// A breach of a rule, and where.
#[derive(Debug, PartialEq)]
struct Problem {
    path: String,
    /// Counted from 1; 0 where the whole file is meant.
    line: usize,
    text: String,
}

impl Problem {
    fn file(path: &str, text: impl Into<String>) -> Self {
        Self::line(path, 0, text)
    }

    fn line(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}", self.path, self.text),
            line => write!(out, "{}:{line}: {}", self.path, self.text),
        }
    }
}

type Check = fn(&Tree) -> Vec<Problem>;

/// Every rule, by the name of its file.
const CHECKS: &[(&str, Check)] = &[
    ("heads", heads::check),
    ("length", length::check),
    ("ascii", ascii::check),
    ("markers", markers::check),
    ("unsafe_register", unsafe_register::check),
    ("documents", documents::check),
    ("formats", formats::check),
];

/// Checks the workspace and prints what is wrong with it.
pub(crate) fn run(shell: &Shell) -> Outcome {
    let tree = match Tree::read(shell.root()) {
        Ok(tree) => tree,
        Err(message) => {
            println!("tidy: FAILED: {message}");
            return Outcome::Failed(message);
        }
    };
    let mut problems = 0;
    for (name, check) in CHECKS {
        for problem in check(&tree) {
            println!("{problem} [{name}]");
            problems += 1;
        }
    }
    let extent = format!("{} sources, {} rules", tree.sources().len(), CHECKS.len());
    if problems == 0 {
        println!("tidy: PASSED ({extent})");
        Outcome::Passed
    } else {
        println!("tidy: FAILED: {problems} problems ({extent})");
        Outcome::Failed(format!("{problems} problems"))
    }
}
