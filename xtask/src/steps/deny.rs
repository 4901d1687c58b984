//! What the dependencies bring along: licences, advisories, sources. The rules are in `deny.toml`.

use super::Outcome;
use crate::shell::Shell;

pub(crate) fn run(shell: &Shell) -> Outcome {
    if !shell.has_cargo_command("deny") {
        return Outcome::Missing {
            tool: "cargo-deny".to_owned(),
            install: "cargo install cargo-deny --locked".to_owned(),
        };
    }
    shell.run(&mut shell.cargo(&["deny", "check"])).into()
}
