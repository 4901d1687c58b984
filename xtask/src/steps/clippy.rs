//! Lints over every target with every feature; a warning is an error.

use super::Outcome;
use crate::shell::Shell;

pub(crate) fn run(shell: &Shell) -> Outcome {
    if !shell.has_cargo_command("clippy") {
        return Outcome::Missing {
            tool: "clippy".to_owned(),
            install: "rustup component add clippy".to_owned(),
        };
    }
    let args = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    shell.run(&mut shell.cargo(&args)).into()
}
