//! What can be counted exactly is what is committed: bytes, allocations, instructions.

use super::Outcome;
use crate::shell::Shell;

/// The test programs of `cst-bench` that compare counts with committed ones.
const TESTS: [&str; 1] = ["snapshot"];

pub(crate) fn run(shell: &Shell) -> Outcome {
    let tests = TESTS.iter().flat_map(|test| ["--test", test]);
    let args: Vec<&str> = ["test", "-p", "cst-bench"].into_iter().chain(tests).collect();
    shell.run(&mut shell.cargo(&args)).into()
}
