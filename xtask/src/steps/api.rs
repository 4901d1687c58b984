//! The public interface of each library is the one that is committed beside it: what users see change is seen in review.

use std::collections::BTreeSet;

use super::{LIBRARIES, Outcome, nightly};
use crate::shell::{Shell, replace};

const INSTALL: &str = "cargo install cargo-public-api --locked";
const BLESS: &str = "cargo xtask api --bless";

/// What `cargo xtask api` may be told.
pub(crate) const HELP: &str = "\
Usage: cargo xtask api [--bless]

Compares the public interface of each library with its api.txt. Needs the nightly toolchain and cargo-public-api.

Options:
  --bless   write the interfaces anew instead
";

/// The step: compares.
pub(crate) fn step(shell: &Shell) -> Outcome {
    run(shell, false)
}

/// Compares the interfaces with what is committed, or writes them anew.
pub(crate) fn run(shell: &Shell, bless: bool) -> Outcome {
    if !shell.has_cargo_command("public-api") {
        return Outcome::Missing { tool: "cargo-public-api".to_owned(), install: INSTALL.to_owned() };
    }
    let mut failures = Vec::new();
    for library in LIBRARIES {
        let interface = match interface(shell, library) {
            Ok(interface) => interface,
            Err(outcome) => return outcome,
        };
        let name = format!("{library}/api.txt");
        if bless {
            if let Err(error) = replace(&shell.root().join(&name), interface.as_bytes()) {
                return Outcome::Failed(format!("cannot write {name}: {error}"));
            }
            println!("api: {name}: {} items", interface.lines().count());
        } else {
            failures.extend(compare(&name, &shell.read(&name).unwrap_or_default(), &interface));
        }
    }
    if failures.is_empty() { Outcome::Passed } else { Outcome::Failed(failures.join("; ")) }
}

/// The interface, an item a line. Without what every type has: those implementations follow from the rest.
fn interface(shell: &Shell, library: &str) -> Result<String, Outcome> {
    let args = ["public-api", "-p", library, "--all-features", "-sss", "--color", "never"];
    let mut command = nightly::cargo(shell, &[], &args)?;
    println!("api: reading the interface of {library}");
    // Of its own, so that the nightly compiler does not throw out what another one built.
    let target = shell.root().join("target/api");
    let text = shell.probe(command.env("CARGO_TARGET_DIR", target));
    text.ok_or_else(|| Outcome::Failed(format!("`cargo +nightly {}` failed", args.join(" "))))
}

/// Prints what came and what went; a message where anything did.
fn compare(name: &str, committed: &str, interface: &str) -> Option<String> {
    let lines = |text: &'static str, from: &str, other: &str| {
        let other: BTreeSet<&str> = other.lines().collect();
        from.lines()
            .filter(|line| !other.contains(line))
            .map(|line| format!("{text} {line}"))
            .collect::<Vec<_>>()
    };
    let changes = [lines("-", committed, interface), lines("+", interface, committed)].concat();
    changes.iter().for_each(|change| println!("  {change}"));
    (!changes.is_empty()).then(|| {
        format!(
            "{name}: {} items changed; if that is meant, run {BLESS} and say so in the changelog",
            changes.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_and_the_remedy_is_named() {
        assert_eq!(compare("a/api.txt", "pub fn f()\n", "pub fn f()\n"), None);
        let message = compare("a/api.txt", "pub fn f()\n", "pub fn f(u8)\npub fn g()\n").unwrap();
        assert!(message.contains("a/api.txt: 3 items") && message.contains(BLESS), "{message}");
    }
}
