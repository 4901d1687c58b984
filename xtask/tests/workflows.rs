//! The workflows run every step and every fuzz target that there is, and none that there is not.

#![expect(clippy::unwrap_used, reason = "called by tests only, which the lint cannot see")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn workflow(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/workflows");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The first word of each line that xtask prints.
fn listed(args: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}");
    let words = |line: &str| line.split_whitespace().next().map(str::to_owned);
    String::from_utf8(output.stdout).unwrap().lines().filter_map(words).collect()
}

/// The words that follow this one.
fn after(text: &str, word: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).filter(|pair| pair[0] == word).map(|pair| pair[1].to_owned()).collect()
}

#[test]
fn every_step_runs_for_a_change() {
    let mut called = after(&workflow("ci.yml"), "--step");
    // On three systems, without the lines that `ci` puts around it.
    assert!(workflow("ci.yml").contains("cargo xtask test\n"));
    assert!(called.insert("test".to_owned()));
    assert_eq!(called, listed(&["ci", "--list"]));
}

#[test]
fn a_release_names_steps_that_there_are() {
    let called = after(&workflow("release.yml"), "--step");
    assert!(!called.is_empty() && called.is_subset(&listed(&["ci", "--list"])), "{called:?}");
}

#[test]
fn every_fuzz_target_runs_at_night() {
    let text = workflow("nightly.yml");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("target: [")).unwrap();
    let named: BTreeSet<&str> = line.trim_end_matches(']').split(", ").collect();
    let listed = listed(&["fuzz", "--list"]);
    let targets: BTreeSet<&str> = listed.iter().filter_map(|target| target.split('/').nth(1)).collect();
    assert_eq!(named, targets);
}

#[test]
fn a_change_waits_for_every_job() {
    let text = workflow("ci.yml");
    let needs = text.lines().find_map(|line| line.trim().strip_prefix("needs: [")).unwrap();
    let needs: BTreeSet<&str> = needs.trim_end_matches(']').split(", ").collect();
    let jobs = text.lines().skip_while(|line| *line != "jobs:").filter_map(|line| {
        let name = line.strip_prefix("  ")?.strip_suffix(':')?;
        (!name.starts_with([' ', '#']) && name != "passed").then_some(name)
    });
    assert_eq!(needs, jobs.collect());
}
