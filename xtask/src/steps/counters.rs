//! What can be counted exactly is what is committed: bytes, allocations, instructions.

use super::Outcome;
use crate::shell::Shell;

/// The test programs of `cst-bench` that compare counts with committed ones.
const TESTS: [&str; 2] = ["snapshot", "heap"];

pub(crate) fn run(shell: &Shell) -> Outcome {
    let tests = TESTS.iter().flat_map(|test| ["--test", test]);
    let args: Vec<&str> = ["test", "-p", "cst-bench"].into_iter().chain(tests).collect();
    // Instructions too, where valgrind is there; the suite says so where it is not.
    let counted = |_| shell.run(&mut shell.cargo(&["xtask", "bench", "--only", "counters"]));
    shell.run(&mut shell.cargo(&args)).and_then(counted).into()
}
