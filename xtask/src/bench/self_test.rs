//! Does a comparison find what it should, and nothing else? An unchanged build has to pass five times out
//! of five, and a copy of the workspace whose decode is 30 % slower has to fail. Takes some minutes.

use std::fs;
use std::path::Path;

use super::{build, start, suite};
use crate::shell::Shell;

/// How often the unchanged build is compared with itself.
const RUNS: usize = 5;
/// What has figures that a baseline is compared with.
const GUARDED: [&str; 14] = [
    "--only", "bytecode", "--only", "memory", "--only", "cache", "--only", "tiers", "--only", "frozen",
    "--only", "growth", "--only", "counters",
];
/// The baseline's name.
const NAME: &str = "self-test";
/// Where the suite keeps baselines, below the workspace: the figures, and the program that measured them.
const BASELINES: &str = "target/bench";
/// What makes decoding slower, below the workspace.
const PATCH: &str = "cst-bench/tests/regression/slow-decode.patch";
/// What the suite says of a regression.
const REGRESSED: u8 = 1;

/// Returns the exit status: 0 where all is as it should be, else 1.
pub(super) fn run(shell: &Shell) -> Result<u8, String> {
    shell.run(&mut build(shell, false))?;
    let own = suite(&shell.target());
    expect(
        0,
        start(shell, shell.command(&own).args(GUARDED).args(["--save", NAME]))?,
        "measuring a baseline",
    )?;
    let mut passed = 0;
    for run in 1..=RUNS {
        let status = start(shell, shell.command(&own).args(GUARDED).args(["--baseline", NAME]))?;
        println!("self-test: unchanged, run {run} of {RUNS}: exit status {status}\n");
        passed += usize::from(status == 0);
    }
    let slower = slower(shell)?;
    println!("self-test: unchanged: {passed} of {RUNS} runs passed");
    println!("self-test: decode 30 % slower: exit status {slower}, {REGRESSED} was expected");
    let is_fine = passed == RUNS && slower == REGRESSED;
    println!("self-test: {}", if is_fine { "PASSED" } else { "FAILED" });
    Ok(u8::from(!is_fine))
}

/// The exit status of a comparison with the patch applied.
fn slower(shell: &Shell) -> Result<u8, String> {
    let folder = shell.target().join("self-test");
    let copy = folder.join("workspace");
    if copy.exists() {
        fs::remove_dir_all(&copy).map_err(|error| format!("cannot remove {}: {error}", copy.display()))?;
    }
    copy_folder(shell.root(), &copy)?;
    let mut apply = shell.command("git");
    // Or git would take the copy for a part of the repository around it.
    apply.env("GIT_CEILING_DIRECTORIES", &folder).current_dir(&copy);
    shell.run(apply.args(["apply", "--unidiff-zero", "--verbose", PATCH]))?;

    let target = folder.join("build");
    shell.run(build(shell, false).current_dir(&copy).env("CARGO_TARGET_DIR", &target))?;
    let (kept, place) = (shell.root().join(BASELINES), copy.join(BASELINES));
    for name in [format!("{NAME}.json"), format!("{NAME}.suite{}", std::env::consts::EXE_SUFFIX)] {
        let moved = fs::create_dir_all(&place).and_then(|()| fs::copy(kept.join(&name), place.join(&name)));
        moved.map_err(|error| format!("cannot copy {name}: {error}"))?;
    }
    let status =
        start(shell, shell.command(suite(&target)).args(["--only", "bytecode", "--baseline", NAME]))?;
    // It is in `target`, where it would only take room.
    let _ = fs::remove_dir_all(&copy);
    Ok(status)
}

fn expect(wanted: u8, status: u8, doing: &str) -> Result<(), String> {
    if status == wanted { Ok(()) } else { Err(format!("{doing} ended with exit status {status}")) }
}

/// Copies what makes up the workspace: everything but what is built, and version control.
fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    let during = |error| format!("cannot copy {}: {error}", from.display());
    fs::create_dir_all(to).map_err(during)?;
    for entry in fs::read_dir(from).map_err(during)? {
        let entry = entry.map_err(during)?;
        let name = entry.file_name();
        let (source, copy) = (entry.path(), to.join(&name));
        let kind = entry.file_type().map_err(during)?;
        if kind.is_dir() && name != "target" && name != ".git" {
            copy_folder(&source, &copy)?;
        } else if kind.is_file() && name != ".git" {
            fs::copy(&source, &copy).map_err(|error| format!("cannot copy {}: {error}", source.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_finds_its_place() {
        let shell = Shell::new().unwrap();
        let patch = shell.read(PATCH).unwrap();
        let file = patch.lines().find_map(|line| line.strip_prefix("--- a/")).unwrap();
        let source = shell.read(file).unwrap();
        let context: Vec<&str> = patch.lines().filter_map(|line| line.strip_prefix(' ')).collect();
        assert_eq!(context.len(), 1);
        assert_eq!(source.lines().filter(|line| *line == context[0]).count(), 1, "{}", context[0]);
        let added = patch.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++")).count();
        assert!(patch.contains(&format!(",{} @@", added + 1)), "{added} lines are added");
    }
}
