//! Instructions of the hot paths over the samples, counted by callgrind, and the committed counts.
//!
//! They hardly differ from run to run, but from compiler to compiler: a snapshot is of one pair of
//! compilers and one C library, and compared with runs of these only.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::size::BLESS;

/// The paths, as `hotpath` knows them.
pub const PATHS: [&str; 4] = ["parse", "encode", "decode", "restore"];

/// How far a count may lie above the committed one: hash seeds and addresses make for small differences.
pub const TOLERANCE: f64 = 0.02;

/// How to get the tool that counts.
pub const INSTALL: &str = "apt-get install valgrind";

/// Counts by path.
pub type Counts = BTreeMap<String, u64>;

/// Where the committed counts are.
#[must_use]
pub fn snapshot_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots/instructions.txt")
}

/// What the counts depend on beside the code.
#[must_use]
pub fn key() -> String {
    let line = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Some(text.lines().next().unwrap_or_default().to_owned())
    };
    let cc = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let programs =
        ["rustc", &cc, "ldd"].map(|program| line(program).unwrap_or_else(|| format!("no {program}")));
    format!("{} | {}", programs.join(" | "), std::env::consts::ARCH)
}

/// Whether callgrind can count here.
#[must_use]
pub fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Counts each path with this build of `hotpath`. Takes some seconds.
///
/// # Errors
///
/// Where callgrind cannot be run, or does not say what it counted.
pub fn measure(hotpath: &Path) -> Result<Counts, Error> {
    PATHS.iter().map(|path| Ok(((*path).to_owned(), measure_path(hotpath, path)?))).collect()
}

fn measure_path(hotpath: &Path, path: &str) -> Result<u64, Error> {
    let doing = format!("counting the instructions of {path}");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]);
    command.arg(format!("--toggle-collect=*hotpath_{path}*"));
    let output = command.arg(hotpath).arg(path).output().map_err(Error::during(&doing))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let last = said.lines().last().unwrap_or_default();
        return Err(Error::new(format!("{doing}: valgrind ended with {}: {last}", output.status)));
    }
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok()).filter(|&count: &u64| count > 0);
    count.ok_or_else(|| Error::new(format!("{doing}: valgrind did not count the function")))
}

/// The file that is committed.
#[must_use]
pub fn text(key: &str, counts: &Counts) -> String {
    let mut text = format!(
        "# Instructions of the hot paths, over all samples. Written by: {BLESS}\n\
         # Compared, with a tolerance of {:.0} %, only where the next line is the same.\n\
         # {key}\n",
        100.0 * TOLERANCE
    );
    for (path, count) in counts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{path:<10}{count:>12}");
    }
    text
}

/// How a run compares with the committed counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is worse.
    Fine,
    /// Another compiler or C library; in words.
    OtherKey(String),
    /// Paths that take more instructions; in words.
    Worse(String),
}

/// Compares with the committed file.
///
/// # Errors
///
/// Where it cannot be read.
pub fn compare(path: &Path, key: &str, counts: &Counts) -> Result<Verdict, Error> {
    let during = || format!("{} (written by: {BLESS})", path.display());
    let committed = fs::read_to_string(path).map_err(Error::during(during()))?;
    let theirs = committed.lines().nth(2).and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
    if theirs != key {
        return Ok(Verdict::OtherKey(format!("committed with {theirs}, and here is {key}")));
    }
    let mut worse = String::new();
    for (path, &count) in counts {
        let line = committed.lines().find_map(|line| line.strip_prefix(path.as_str()));
        match line.and_then(|line| line.trim().parse::<u64>().ok()) {
            Some(before) if count as f64 <= before as f64 * (1.0 + TOLERANCE) => {}
            Some(before) => {
                let change = 100.0 * (count as f64 / before as f64 - 1.0);
                let _ = writeln!(worse, "  {path}: {before} committed, {count} now ({change:+.1} %)");
            }
            None => {
                let _ = writeln!(worse, "  {path}: not committed, {count} now");
            }
        }
    }
    Ok(if worse.is_empty() { Verdict::Fine } else { Verdict::Worse(worse) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_compared_under_their_own_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instructions.txt");
        let counts = |decode| Counts::from([("decode".to_owned(), decode)]);
        assert!(compare(&path, "k", &counts(1)).unwrap_err().to_string().contains(BLESS));
        fs::write(&path, text("k", &counts(1000))).unwrap();
        assert_eq!(compare(&path, "k", &counts(1020)).unwrap(), Verdict::Fine);
        assert!(
            matches!(compare(&path, "k", &counts(1021)).unwrap(), Verdict::Worse(text) if text.contains("decode"))
        );
        assert!(matches!(compare(&path, "other", &counts(9999)).unwrap(), Verdict::OtherKey(_)));
        let more = Counts::from([("decode".to_owned(), 1000), ("fresh".to_owned(), 1)]);
        assert!(
            matches!(compare(&path, "k", &more).unwrap(), Verdict::Worse(text) if text.contains("not committed"))
        );
    }
}
