//! The steps of `cargo xtask ci`: one small function each, in a file of its own, registered in [`STEPS`].

pub(crate) mod api;
pub(crate) mod ci;
mod clippy;
pub(crate) mod compat;
mod counters;
mod deny;
mod docs;
mod features;
mod fmt;
pub(crate) mod grammars;
mod miri;
mod msrv;
pub(crate) mod nightly;
mod package;
mod sanitize;
mod smoke;
mod store;
pub(crate) mod stress;
pub(crate) mod test;

use std::time::Duration;

use crate::shell::Shell;

/// One thing that can be checked on its own.
#[derive(Debug)]
pub(crate) struct Step {
    /// What `--step` calls it.
    pub(crate) name: &'static str,
    /// What it checks, in a few words.
    pub(crate) checks: &'static str,
    /// Does it.
    pub(crate) run: fn(&Shell) -> Outcome,
}

/// How a step ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// What it checks holds.
    Passed,
    /// It does not, for this reason.
    Failed(String),
    /// It could not be checked: this tool is absent, and this command installs it.
    Missing { tool: String, install: String },
}

impl Outcome {
    /// Says how a command ended that is not a step; whether it passed.
    pub(crate) fn report(&self, command: &str) -> bool {
        match self {
            Self::Passed => println!("{command}: PASSED"),
            Self::Failed(reason) => println!("{command}: FAILED: {reason}"),
            Self::Missing { tool, install } => {
                println!("{command}: FAILED: {tool} is missing\n  install it with: {install}");
            }
        }
        *self == Self::Passed
    }
}

impl From<Result<Duration, String>> for Outcome {
    fn from(result: Result<Duration, String>) -> Self {
        match result {
            Ok(_) => Self::Passed,
            Err(reason) => Self::Failed(reason),
        }
    }
}

/// Every step, in the order in which they run: quick ones first.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "fmt", checks: "formatting", run: fmt::run },
    Step { name: "tidy", checks: "the rules that neither compiler nor clippy knows", run: crate::tidy::run },
    Step { name: "clippy", checks: "lints, all targets and features, warnings denied", run: clippy::run },
    Step { name: "test", checks: "all tests and doctests", run: test::step },
    Step { name: "counters", checks: "sizes and counts are those that are committed", run: counters::run },
    Step { name: "docs", checks: "the documentation builds, warnings denied", run: docs::run },
    Step {
        name: "features",
        checks: "each library builds with its features in every pair",
        run: features::run,
    },
    Step { name: "msrv", checks: "the oldest Rust that Cargo.toml promises", run: msrv::run },
    Step { name: "deny", checks: "licences, advisories and sources of dependencies", run: deny::run },
    Step { name: "package", checks: "the crates build as they would be published", run: package::run },
    Step { name: "api", checks: "the public interfaces are those that are committed", run: api::step },
    Step {
        name: "compat",
        checks: "the bytecode's tests with every supported release of tree-sitter",
        run: compat::step,
    },
    Step { name: "grammars", checks: "trees of every grammar at hand, field by field", run: grammars::step },
    Step { name: "miri", checks: "pure Rust parts under Miri", run: miri::here },
    Step { name: "miri-big-endian", checks: "the same on a big-endian machine", run: miri::big_endian },
    Step {
        name: "sanitize",
        checks: "the C shim under the address and undefined behaviour sanitizers",
        run: sanitize::run,
    },
    Step { name: "fuzz", checks: "20 seconds of every fuzz target", run: smoke::fuzz },
    Step {
        name: "store",
        checks: "a hundred killed writers beside readers; every bit of a store and a pack flipped",
        run: store::run,
    },
    Step { name: "stress", checks: "the whole system under load for a minute", run: stress::step },
];

/// The crates that others depend on; a crate's folder bears its name.
pub(crate) const LIBRARIES: &[&str] = &["cst-bytecode", "cst-tiers", "cst-frozen", "cst-cache"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_words() {
        for (position, step) in STEPS.iter().enumerate() {
            assert!(step.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", step.name);
            assert!(STEPS[..position].iter().all(|other| other.name != step.name), "{} twice", step.name);
        }
    }

    #[test]
    fn every_library_is_a_folder_of_the_workspace() {
        let shell = Shell::new().unwrap();
        for name in LIBRARIES {
            assert!(shell.root().join(name).join("src/lib.rs").is_file(), "{name}");
        }
    }
}
