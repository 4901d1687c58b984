//! Every grammar that there are texts for, in a crate of its own that nothing else builds.

use super::Outcome;
use crate::shell::Shell;

pub(crate) const HELP: &str = "\
Usage: cargo xtask grammars [LANGUAGE]...

Writes down and builds again trees of sound and of damaged text in 63 languages, or in those that are named, edits
them, and compares every field. Prints a line for each language: its ABI, how many trees and subtrees were compared,
and how many trees differ.

Compiles half a gigabyte of grammars into target/grammars once, which takes some minutes.
";

/// The crate, and where what it is made into lies.
const MANIFEST: &str = "cst-bytecode/grammars/Cargo.toml";
const FOLDER: &str = "target/grammars";

/// The step: all of them.
pub(crate) fn step(shell: &Shell) -> Outcome {
    run(shell, &[])
}

/// Runs those languages that are named; all where none is.
pub(crate) fn run(shell: &Shell, languages: &[String]) -> Outcome {
    let mut command =
        shell.cargo(&["run", "--locked", "--manifest-path", MANIFEST, "--target-dir", FOLDER, "--"]);
    shell.run(command.args(languages)).into()
}
