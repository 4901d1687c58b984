//! What the dependencies bring along: licences, sources, advisories. The rules are in `deny.toml`.

use super::Outcome;
use crate::shell::Shell;

/// What the lock file tells by itself comes first, for the advisories are fetched from the network each time. Who depends
/// on what is left out of it: for versions that are there twice, that is hundreds of lines.
const CHECKS: [&[&str]; 2] = [&["--hide-inclusion-graph", "bans", "licenses", "sources"], &["advisories"]];

pub(crate) fn run(shell: &Shell) -> Outcome {
    if !shell.has_cargo_command("deny") {
        return Outcome::Missing {
            tool: "cargo-deny".to_owned(),
            install: "cargo install cargo-deny --locked".to_owned(),
        };
    }
    let check = |what: &&[&str]| shell.run(&mut shell.cargo(&[&["deny", "check"], *what].concat())).err();
    let failures: Vec<String> = CHECKS.iter().filter_map(check).collect();
    if failures.is_empty() { Outcome::Passed } else { Outcome::Failed(failures.join("; ")) }
}
