//! The suite as a process: exit statuses and messages. It measures in release builds only, so here it never does.

use std::process::{Command, Output};

#[expect(clippy::unwrap_used, reason = "called by tests only, which the lint cannot see")]
fn suite(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_suite")).args(args).output().unwrap()
}

#[test]
fn help_names_every_option_and_concern() {
    let output = suite(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    for word in ["cargo xtask bench", "--baseline", "--self-test", "  bytecode", "  growth", "130"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn what_cannot_be_done_is_exit_status_2_with_words() {
    for (args, words) in [
        (&["--fast"][..], "--fast"),
        (&["--baseline", "no-such-baseline"], "--save no-such-baseline"),
        (&["--corpus", "no-such-folder"], "no-such-folder"),
        (&["--only", "speed"], "bytecode, view, memory"),
    ] {
        let output = suite(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(words), "{args:?}: {message}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_debug_build_measures_nothing() {
    if cfg!(debug_assertions) {
        let output = suite(&[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cargo xtask bench"));
    }
}
