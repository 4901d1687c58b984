//! The pure Rust parts under Miri, which finds undefined behaviour in what Rust calls: here and on a big-endian machine.
//!
//! Miri runs no C and maps no files. What it can run of `cst-bytecode` is all that happens when bytes come in.

use super::{Outcome, nightly};
use crate::shell::Shell;

/// A crate, its test programs, and what is run or left out of them. Left out is what takes minutes and does the same
/// over and over.
const RUNS: [(&str, &[&str], &[&str]); 3] = [
    (
        "cst-tiers",
        &["--lib", "--test", "tiers"],
        &["--skip", "model::", "--skip", "replay::", "--skip", "a_split_settles_at_its_shares"],
    ),
    (
        "cst-frozen",
        &["--lib", "--test", "fuzz"],
        &[
            "--skip",
            "finds_what_was_put_in",
            "--skip",
            "a_large_file",
            "--skip",
            "operations",
            "--skip",
            "open",
        ],
    ),
    ("cst-bytecode", &["--lib", "--test", "bytecode"], &["varint", "golden::taken_in"]),
];

/// Where integers are stored the other way round.
const BIG_ENDIAN: &str = "s390x-unknown-linux-gnu";

/// On this machine.
pub(crate) fn here(shell: &Shell) -> Outcome {
    run(shell, &[])
}

/// On a big-endian one.
pub(crate) fn big_endian(shell: &Shell) -> Outcome {
    run(shell, &["--target", BIG_ENDIAN])
}

fn run(shell: &Shell, target: &[&str]) -> Outcome {
    let mut failures = Vec::new();
    for (package, programs, filters) in RUNS {
        let head = ["miri", "test", "--target-dir", "target/miri", "-p", package];
        let args = [&head[..], target, programs, &["--"], filters].concat();
        let mut command = match nightly::cargo(shell, &["miri", "rust-src"], &args) {
            Ok(command) => command,
            Err(outcome) => return outcome,
        };
        // Tests read committed files. Miri links nothing, so any C compiler will do for a foreign machine.
        command.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("CC_s390x_unknown_linux_gnu", "cc");
        failures.extend(shell.run(&mut command).err());
    }
    if failures.is_empty() { Outcome::Passed } else { Outcome::Failed(failures.join("; ")) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// All Rust of a folder.
    fn source(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let text = |path: std::path::PathBuf| match path.extension() {
            _ if path.is_dir() => source(&path),
            Some(extension) if extension == "rs" => fs::read_to_string(path).unwrap(),
            _ => String::new(),
        };
        entries.map(text).collect()
    }

    #[test]
    fn every_filter_names_a_test_or_a_module() {
        let shell = Shell::new().unwrap();
        for (package, _, filters) in RUNS {
            let text =
                ["src", "tests"].map(|folder| source(&shell.root().join(package).join(folder))).concat();
            for filter in filters.iter().filter(|filter| **filter != "--skip") {
                for name in filter.split("::").filter(|name| !name.is_empty()) {
                    let is_there = ["fn ", "mod "].iter().any(|word| text.contains(&format!("{word}{name}")));
                    assert!(is_there, "{package}: {filter}");
                }
            }
        }
    }
}
