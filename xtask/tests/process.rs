//! The program as a process: exit codes and output streams.

use std::process::{Command, Output};

#[expect(clippy::unwrap_used, reason = "called by tests only, which the lint cannot see")]
fn xtask(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).output().unwrap()
}

#[test]
fn without_a_command_it_helps_and_fails() {
    let output = xtask(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: cargo xtask"));
}

#[test]
fn help_that_was_asked_for_is_no_failure() {
    for args in [
        &["--help"][..],
        &["help"],
        &["test", "--help"],
        &["ci", "--help"],
        &["fuzz", "--help"],
        &["api", "-h"],
        &["tidy", "-h"],
    ] {
        let output = xtask(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("Usage: cargo xtask"), "{args:?}");
    }
}

#[test]
fn unknown_flags_are_refused_by_name() {
    for args in [&["ci", "--fast"][..], &["tidy", "--fast"], &["fuzz", "--fast"], &["--fast"]] {
        let output = xtask(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--fast"), "{args:?}");
    }
}

#[test]
fn steps_can_be_listed() {
    let output = xtask(&["ci", "--list"]);
    assert_eq!(output.status.code(), Some(0));
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names[..4], ["fmt", "tidy", "clippy", "test"], "quick ones first");
    for name in ["features", "msrv", "deny", "api", "miri", "sanitize", "fuzz", "stress", "counters"] {
        assert!(names.contains(&name), "{name}");
    }
}
