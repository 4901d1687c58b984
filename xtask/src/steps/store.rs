//! What a store is put through that takes longer than a test may: a hundred kills, every bit of its files, and larger damage.

use super::Outcome;
use crate::shell::Shell;

/// How many writers are killed.
const KILLS: &str = "100";

/// The tests of `cst-frozen` that are run; they print what they counted.
const TESTS: [&str; 3] = ["kill::", "every_flipped", "doubt::"];

pub(crate) fn run(shell: &Shell) -> Outcome {
    let args = [&["test", "-p", "cst-frozen", "--test", "it", "--", "--nocapture"], &TESTS[..]].concat();
    let mut command = shell.cargo(&args);
    command.env("CST_FROZEN_KILLS", KILLS);
    shell.run(&mut command).into()
}
