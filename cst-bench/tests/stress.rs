//! A short run passes; what is done wrong on purpose is found; nobody is left behind, however a run ends.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may; their helpers are not seen as such"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Folders for the results, and for what the run needs meanwhile.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.temporary()).unwrap();
        place
    }

    fn temporary(&self) -> PathBuf {
        self.0.path().join("temporary")
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stress"));
        command.args(args).arg("--out").arg(self.out()).env("TMPDIR", self.temporary());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What lies in the folder for temporary things.
    fn left(&self) -> usize {
        fs::read_dir(self.temporary()).unwrap().count()
    }

    fn verdict(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out().join("verdict.json")).unwrap()).unwrap()
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_short_run_keeps_every_promise() {
    let place = Place::new();
    let output = place.command(&["--secs", "3", "--seed", "1", "--json"]).output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stdout}\n{stderr}");
    let verdict: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(verdict, place.verdict());
    assert_eq!(verdict["verdict"], "passed");
    for zero in ["wrong_trees", "lost_commits", "crashes", "over_budget"] {
        assert_eq!(verdict[zero], 0, "{verdict}");
    }
    // It would prove nothing if nothing had happened.
    for (some, least) in [("operations", 200), ("trees_compared", 50), ("faults", 2), ("refused_writers", 1)]
    {
        assert!(verdict[some].as_u64().unwrap() >= least, "{some}: {verdict}");
    }
    assert!(verdict["get_p99_ms"].as_f64().unwrap() > 0.0, "{verdict}");
    if cfg!(target_os = "linux") {
        assert!(verdict["peak_resident_bytes"]["budget"].as_u64().unwrap() > 1_000_000, "{verdict}");
    }
    assert!(stderr.contains("round 1: good"), "{stderr}");
    let csv = fs::read_to_string(place.out().join("series.csv")).unwrap();
    assert!(csv.starts_with("seconds,writer_resident_bytes,") && csv.lines().count() > 5, "{csv}");
    assert!(fs::read_to_string(place.out().join("plot.svg")).unwrap().ends_with("</svg>\n"));
    assert_eq!(place.left(), 0, "temporary files are left");
}

/// Plants a fault, which has to be found; returns what was said of it.
fn planted(fault: &str, count: &str) -> String {
    let place = Place::new();
    let output = place.command(&["--secs", "60", "--seed", "2", "--plant", fault]).output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{fault}: {stdout}\n{stderr}");
    let verdict = place.verdict();
    assert!(verdict[count].as_u64().unwrap() > 0, "{fault}: {verdict}");
    assert_eq!(verdict["verdict"], "failed");
    // Whoever reads this can run it again, and look at the stores.
    assert!(stdout.contains("cargo xtask stress --secs 60 --seed 2"), "{stdout}");
    let folder = verdict["folder"].as_str().unwrap();
    assert!(stdout.contains(folder) && fs::metadata(folder).unwrap().is_dir(), "{stdout}");
    assert!(stdout.trim_end().ends_with("FAILED"), "{stdout}");
    stdout
}

#[test]
fn a_planted_wrong_tree_is_found() {
    assert!(planted("wrong-tree", "wrong_trees").contains("is wrong: "));
}

#[test]
fn a_planted_lost_commit_is_found() {
    let said = planted("lost-commit", "lost_commits");
    assert!(said.contains("is gone, though it was committed") || said.contains("no longer has"), "{said}");
}

#[test]
fn a_planted_removal_that_did_not_take_place_is_found() {
    let said = planted("lost-removal", "lost_commits");
    assert!(said.contains("is there, though its removal was committed"), "{said}");
}

#[test]
fn a_planted_crash_is_found() {
    assert!(planted("abort", "crashes").contains("writer: it ended with signal: 6"));
}

/// The processes that this one has started.
fn children(parent: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    list.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

/// Starts a long run, and waits until it is in full swing.
fn in_full_swing(place: &Place) -> Child {
    let run = place.command(&["--secs", "600", "--seed", "3"]).spawn().unwrap();
    let begun = Instant::now();
    while place.left() == 0 || (cfg!(target_os = "linux") && children(run.id()).len() < 6) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    run
}

#[test]
fn an_interrupted_run_ends_in_good_order_with_its_verdict_so_far() {
    let place = Place::new();
    let run = in_full_swing(&place);
    let started = children(run.id());
    let id = run.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(130), "{stdout}\n{stderr}");
    assert!(
        stdout.trim_end().ends_with("INTERRUPTED") && stderr.contains("in good order"),
        "{stdout}\n{stderr}"
    );
    assert_eq!(place.verdict()["verdict"], "interrupted");
    assert_eq!(place.left(), 0, "temporary files are left");
    assert!(started.iter().all(|child| !is_running(*child)), "{started:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn children_end_when_their_parent_is_killed() {
    let place = Place::new();
    let mut run = in_full_swing(&place);
    let started = children(run.id());
    assert!(started.len() >= 6, "{started:?}");
    run.kill().unwrap();
    run.wait().unwrap();
    let killed = Instant::now();
    while started.iter().any(|child| is_running(*child)) {
        assert!(killed.elapsed() < Duration::from_secs(60), "some of {started:?} are still there");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether it is there, and no zombie.
fn is_running(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[test]
fn what_cannot_be_read_is_named() {
    let place = Place::new();
    for (args, word) in [(&["--secs", "soon"][..], "soon"), (&["--fast"], "--fast"), (&["child"], "parent")] {
        let output = place.command(args).output().unwrap();
        let (_, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(word), "{stderr}");
    }
    let output = place.command(&["--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(texts(&output).0.contains("Usage: cargo xtask stress"));
}
