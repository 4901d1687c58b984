//! Formatting, checked and never changed.

use super::Outcome;
use crate::shell::Shell;

pub(crate) fn run(shell: &Shell) -> Outcome {
    if !shell.has_cargo_command("fmt") {
        return Outcome::Missing {
            tool: "rustfmt".to_owned(),
            install: "rustup component add rustfmt".to_owned(),
        };
    }
    shell.run(&mut shell.cargo(&["fmt", "--all", "--check"])).into()
}
