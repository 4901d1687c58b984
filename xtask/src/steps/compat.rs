//! The tests of `cst-bytecode` with every release of tree-sitter that it supports.
//!
//! Each release has a copy of the workspace, so that neither the sources nor `Cargo.lock` change here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::shell::Shell;

pub(crate) const HELP: &str = "\
Usage: cargo xtask compat [RELEASE]...

Runs the tests of cst-bytecode with each release of tree-sitter that its build script names, and with the latest of
each of their minor releases; or with those that are given, such as 0.26.8, or 0.26 for the latest of it. Checks that
cst-cache builds with them as well.

It works on copies of the workspace in target/compat, and changes nothing else.
";

/// Where the copies are, and beside them what they are made into, which they share.
const FOLDER: &str = "target/compat";

/// What is run in each copy. Both are about libraries; what measures them needs the newest release only.
const RUNS: [&[&str]; 2] = [
    &["test", "--locked", "--package", "cst-bytecode", "--all-features"],
    &["check", "--locked", "--package", "cst-cache", "--all-features"],
];

/// The step: all of them.
pub(crate) fn step(shell: &Shell) -> Outcome {
    run(shell, &[])
}

/// Runs the tests with these releases; with all that are supported where none is given.
pub(crate) fn run(shell: &Shell, releases: &[String]) -> Outcome {
    if let Some(wrong) = releases.iter().find(|release| numbers(release).is_none()) {
        return Outcome::Failed(format!(
            "`{wrong}` is no release: 0.26.8 is one, and 0.26 the latest of its kind"
        ));
    }
    let releases = if releases.is_empty() { supported(shell) } else { Ok(releases.to_vec()) };
    let releases = match releases {
        Ok(releases) => releases,
        Err(message) => return Outcome::Failed(message),
    };
    let mut passed: Vec<String> = Vec::new();
    let mut failures = Vec::new();
    for release in &releases {
        match Copy::make(shell, release) {
            Ok(copy) if passed.contains(&copy.version) => {}
            Ok(copy) => match copy.test() {
                Ok(()) => passed.push(copy.version),
                Err(message) => failures.push(format!("tree-sitter {}: {message}", copy.version)),
            },
            Err(message) => failures.push(format!("tree-sitter {release}: {message}")),
        }
    }
    if !passed.is_empty() {
        println!("compat: passed with tree-sitter {}", passed.join(", "));
    }
    if failures.is_empty() { Outcome::Passed } else { Outcome::Failed(failures.join("; ")) }
}

/// A copy of the workspace that asks for one release.
struct Copy<'a> {
    shell: &'a Shell,
    root: PathBuf,
    /// The release that it has got.
    version: String,
}

impl<'a> Copy<'a> {
    fn make(shell: &'a Shell, release: &str) -> Result<Self, String> {
        let root = shell.root().join(FOLDER).join(release);
        let fail = |error| format!("cannot copy the workspace to {}: {error}", root.display());
        if root.exists() {
            fs::remove_dir_all(&root).map_err(fail)?;
        }
        copy(shell.root(), &root).map_err(fail)?;
        let manifest = require(&shell.read("Cargo.toml")?, release)?;
        fs::write(root.join("Cargo.toml"), manifest).map_err(fail)?;
        let mut copy = Self { shell, root, version: String::new() };
        copy.run(&["update", "--quiet", "--package", "tree-sitter"])?;
        let lock = copy.root.join("Cargo.lock");
        let text = fs::read_to_string(&lock).map_err(|e| format!("cannot read {}: {e}", lock.display()))?;
        copy.version = locked(&text).ok_or("Cargo.lock names no release of tree-sitter")?.to_owned();
        Ok(copy)
    }

    fn test(&self) -> Result<(), String> {
        println!("compat: tree-sitter {}", self.version);
        RUNS.iter().try_for_each(|args| self.run(args))
    }

    fn run(&self, args: &[&str]) -> Result<(), String> {
        let mut command = self.shell.cargo(args);
        let target = self.shell.root().join(FOLDER).join("target");
        self.shell.run(command.current_dir(&self.root).env("CARGO_TARGET_DIR", target)).map(drop)
    }
}

/// The releases to test with: those that the build script names, and the latest of their minor releases.
fn supported(shell: &Shell) -> Result<Vec<String>, String> {
    let path = "cst-bytecode/build.rs";
    let named = named(&shell.read(path)?);
    if named.is_empty() {
        return Err(format!("{path} names no release in a line such as `((0, 27, 1), 0x1234),`"));
    }
    let mut minors: Vec<String> = named.iter().map(|[major, minor, _]| format!("{major}.{minor}")).collect();
    minors.dedup();
    let named = named.iter().map(|[major, minor, patch]| format!("{major}.{minor}.{patch}"));
    Ok(named.chain(minors).collect())
}

/// The releases in a build script's list.
fn named(text: &str) -> Vec<[u32; 3]> {
    let release = |line: &str| {
        let inner = line.trim().strip_prefix("((")?.split_once("), 0x")?.0;
        let mut numbers = inner.split(", ").map(|number| number.parse().ok());
        Some([numbers.next()??, numbers.next()??, numbers.next()??])
    };
    text.lines().filter_map(release).collect()
}

/// The numbers of a release: two, or three.
fn numbers(release: &str) -> Option<Vec<u32>> {
    let numbers: Option<Vec<u32>> = release.split('.').map(|number| number.parse().ok()).collect();
    numbers.filter(|numbers| (2..=3).contains(&numbers.len()))
}

/// The workspace's manifest, asking for this release.
fn require(manifest: &str, release: &str) -> Result<String, String> {
    const HEAD: &str = "tree-sitter = { version = \"";
    let (before, rest) = manifest
        .split_once(HEAD)
        .ok_or_else(|| format!("Cargo.toml has no line that begins with `{HEAD}`"))?;
    let (_, after) = rest.split_once('"').ok_or("Cargo.toml ends within the requirement of tree-sitter")?;
    let exact = if numbers(release).is_some_and(|numbers| numbers.len() == 3) { "=" } else { "" };
    Ok(format!("{before}{HEAD}{exact}{release}\"{after}"))
}

/// The release of tree-sitter in a lock file.
fn locked(lock: &str) -> Option<&str> {
    let (_, entry) = lock.split_once("name = \"tree-sitter\"\n")?;
    entry.lines().next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// Copies a folder without `target`, dot-folders and links.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_skipped = name == "target" || name.to_string_lossy().starts_with('.');
        let kind = entry.file_type()?;
        if kind.is_dir() && !is_skipped {
            copy(&entry.path(), &to.join(name))?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_from_the_build_script() {
        let text =
            "const A: [(Release, u64); 2] = [\n    ((0, 25, 10), 0x6191),\n    ((0, 26, 6), 0x5c99),\n];\n";
        assert_eq!(named(text), [[0, 25, 10], [0, 26, 6]]);
        let all = supported(&Shell::new().unwrap()).unwrap();
        assert!(all.contains(&"0.27.1".to_owned()) && all.contains(&"0.25".to_owned()), "{all:?}");
    }

    #[test]
    fn a_manifest_asks_for_one_release() {
        let manifest = Shell::new().unwrap().read("Cargo.toml").unwrap();
        let line = |release| {
            let text = require(&manifest, release).unwrap();
            text.lines().find(|line| line.starts_with("tree-sitter = ")).map(str::to_owned)
        };
        assert!(line("0.26.8").unwrap().starts_with("tree-sitter = { version = \"=0.26.8\", "));
        assert!(line("0.26").unwrap().starts_with("tree-sitter = { version = \"0.26\", "));
        assert!(require("[package]\n", "0.26").is_err());
    }

    #[test]
    fn the_release_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"tree-sitter-c\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"tree-sitter\"\nversion = \"0.26.8\"\n";
        assert_eq!(locked(lock), Some("0.26.8"));
        assert_eq!(locked("[[package]]\n"), None);
    }

    #[test]
    fn what_is_no_release_is_named() {
        let shell = Shell::new().unwrap();
        for wrong in ["latest", "1", "0.26.8.1", "0.x"] {
            let Outcome::Failed(message) = run(&shell, &[wrong.to_owned()]) else { panic!("{wrong}") };
            assert!(message.contains(wrong), "{message}");
        }
    }
}
