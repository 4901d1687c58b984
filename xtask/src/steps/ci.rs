//! `cargo xtask ci`: runs steps one after the other and sums up.

use std::env;
use std::time::{Duration, Instant};

use super::{Outcome, STEPS, Step};
use crate::flags::{self, CiOptions};
use crate::shell::{Shell, show};

/// Runs what the options ask for; whether all of it passed.
pub(crate) fn run(shell: &Shell, options: &CiOptions) -> bool {
    if options.list {
        print!("{}", flags::step_list());
        return true;
    }
    let steps: Vec<&Step> =
        if options.steps.is_empty() { STEPS.iter().collect() } else { options.steps.clone() };
    let on_github = env::var_os("GITHUB_ACTIONS").is_some();
    let mut ended = Vec::with_capacity(steps.len());
    for step in steps {
        open(step, on_github);
        let start = Instant::now();
        let outcome = (step.run)(shell);
        let end = End { step, outcome, took: start.elapsed(), allow_missing: options.allow_missing };
        close(&end, on_github);
        ended.push(end);
    }
    sum_up(&ended)
}

/// How one step ended.
struct End {
    step: &'static Step,
    outcome: Outcome,
    took: Duration,
    allow_missing: bool,
}

impl End {
    fn is_failure(&self) -> bool {
        match self.outcome {
            Outcome::Passed => false,
            Outcome::Failed(_) => true,
            Outcome::Missing { .. } => !self.allow_missing,
        }
    }

    fn line(&self) -> String {
        let Self { step: Step { name, .. }, outcome, took, .. } = self;
        let took = show(*took);
        let again = format!("run it again with: cargo xtask ci --step {name}");
        match outcome {
            Outcome::Passed => format!("{name}: passed in {took}"),
            Outcome::Failed(reason) => format!("{name}: FAILED after {took}: {reason}\n  {again}"),
            Outcome::Missing { tool, install } => {
                let verdict = if self.is_failure() { "FAILED" } else { "skipped" };
                format!(
                    "{name}: {verdict} after {took}: {tool} is missing\n  install it with: {install}\n  {again}"
                )
            }
        }
    }
}

fn open(step: &Step, on_github: bool) {
    if on_github {
        println!("::group::{}: {}", step.name, step.checks);
    } else {
        println!("==> {}: {}", step.name, step.checks);
    }
}

fn close(end: &End, on_github: bool) {
    if on_github {
        println!("::endgroup::");
        if end.is_failure() {
            println!("::error title=cargo xtask ci --step {0}::{0} failed", end.step.name);
        }
    }
    println!("{}\n", end.line());
}

/// Prints one line for each step and the verdict; whether it is a good one.
fn sum_up(ended: &[End]) -> bool {
    if ended.len() > 1 {
        for end in ended {
            println!("{}", end.line());
        }
    }
    let total = show(ended.iter().map(|end| end.took).sum());
    let count = |wanted: fn(&End) -> bool| ended.iter().filter(|end| wanted(end)).count();
    let failed = count(End::is_failure);
    let skipped = count(|end| matches!(end.outcome, Outcome::Missing { .. }) && !end.is_failure());
    let passed = count(|end| end.outcome == Outcome::Passed);
    let verdict = if failed == 0 { "PASSED" } else { "FAILED" };
    println!("ci: {verdict}: {passed} passed, {failed} failed, {skipped} skipped in {total}");
    failed == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(outcome: Outcome, allow_missing: bool) -> End {
        End { step: &STEPS[0], outcome, took: Duration::from_secs(1), allow_missing }
    }

    fn missing() -> Outcome {
        Outcome::Missing { tool: "hammer".to_owned(), install: "cargo install hammer".to_owned() }
    }

    #[test]
    fn a_missing_tool_fails_unless_that_is_allowed() {
        assert!(end(missing(), false).is_failure());
        assert!(!end(missing(), true).is_failure());
        assert!(end(missing(), true).line().contains("skipped"));
        assert!(end(missing(), false).line().contains("cargo install hammer"));
    }

    #[test]
    fn a_failure_says_why_and_how_to_run_it_again() {
        let line = end(Outcome::Failed("it broke".to_owned()), true).line();
        assert!(line.contains("it broke") && line.contains("cargo xtask ci --step fmt"), "{line}");
    }

    #[test]
    fn one_failure_decides_the_verdict() {
        assert!(sum_up(&[end(Outcome::Passed, false), end(missing(), true)]));
        assert!(!sum_up(&[end(Outcome::Passed, false), end(missing(), false)]));
    }
}
