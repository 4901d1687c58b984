//! The peers make figures of the samples, in children that end, and leave nothing behind.
#![cfg(feature = "peers")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may; their helpers are not seen as such")]

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use cst_bench::corpus::Corpus;
use cst_bench::figure::Figure;
use cst_bench::peers::{Options, Role, figures};

const PROGRAM: &str = env!("CARGO_BIN_EXE_peers");

/// The figures of a role, as short as can be.
fn run(role: Role) -> Vec<Figure> {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::with_program(PROGRAM.into());
    options.roles = vec![role];
    // Held trees take the same in each round.
    options.rounds = if role == Role::Memory { 1 } else { 2 };
    options.inserts = 20;
    options.folder = folder.path().to_owned();
    let figures = figures(&Corpus::sample().unwrap(), &options).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");

    let names: HashSet<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names.len(), figures.len(), "a name came twice");
    for figure in &figures {
        assert!(figure.value.is_finite() && figure.value >= 0.0, "{figure:?}");
        assert!(figure.command.contains("--bin peers"), "{figure:?}");
    }
    figures
}

fn value(figures: &[Figure], name: &str) -> f64 {
    figures.iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("no {name}")).value
}

#[test]
fn stores_are_compared_and_have_bars() {
    let figures = run(Role::Store);
    for rival in ["heed", "redb", "fjall", "files"] {
        for what in ["get.30kB", "insert.10kB"] {
            let name = format!("cst-frozen.{what}.vs.{rival}");
            let (least, most) =
                (value(&figures, &format!("{name}.min")), value(&figures, &format!("{name}.max")));
            let figure = figures.iter().find(|figure| figure.name == name).unwrap();
            assert!(least <= figure.value && figure.value <= most && least > 0.0, "{figure:?}");
            assert!(figure.bar.is_some() && figure.holds.is_some(), "{figure:?}");
        }
    }
    // Records do not compress, so none takes less than it is long.
    assert!(value(&figures, "cst-frozen.insert.10kB.disk") >= 1.0);
}

#[test]
fn tree_caches_are_compared_with_the_parse() {
    let figures = run(Role::Trees);
    for peer in
        ["cst-cache", "quick_cache", "moka", "redb", "heed", "fjall", "foyer-source", "foyer-bytecode"]
    {
        assert!(value(&figures, &format!("{peer}.trees.pass.vs.tree-sitter")) > 0.0);
    }
    assert_eq!(value(&figures, "tree-sitter.trees.hits"), 0.0);
    assert_eq!(value(&figures, "cst-cache.trees.hits"), 1.0);
    assert!(value(&figures, "cst-cache.trees.get.p99") >= value(&figures, "cst-cache.trees.get"));
}

#[test]
fn dumps_are_compared_by_language() {
    let figures = run(Role::Dump);
    for language in ["c", "python", "rust", "typescript"] {
        for what in ["size", "density", "encode"] {
            let ratio = format!("cst-bytecode.dump.{language}.{what}.vs.bincode");
            assert!(value(&figures, &ratio) > 0.0);
        }
        let name = |peer: &str| format!("{peer}.dump.{language}.size");
        let ratio = value(&figures, &name("cst-bytecode")) / value(&figures, &name("bincode"));
        let told = value(&figures, &format!("{}.vs.bincode", name("cst-bytecode")));
        assert!((ratio - told).abs() < 1e-9);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn held_trees_are_larger_than_their_bytecode() {
    let figures = run(Role::Memory);
    for language in ["c", "python", "rust", "typescript"] {
        let held = |peer: &str| value(&figures, &format!("{peer}.memory.{language}.bytes_per_line"));
        assert!(held("cst-bytecode") < held("rowan") && held("rowan") < held("tree-sitter"), "{language}");
    }
}

#[test]
fn a_child_ends_with_its_input_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let job = |peer: &str| {
        let pack = folder.path().join("corpus");
        cst_bench::peers::pack::write(&Corpus::sample().unwrap(), &pack).unwrap();
        let place = folder.path().join(peer);
        fs::create_dir_all(&place).unwrap();
        serde_json::json!({ "role": "trees", "peer": peer, "pack": pack, "folder": place, "seed": 1 })
            .to_string()
    };
    let child = |job: &str, input: &[u8]| {
        let mut command = Command::new(PROGRAM);
        command.args(["--child", job]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that has already ended takes no input.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    };
    let done = child(&job("cst-cache"), b"round\nround\n");
    let answers = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success());
    assert_eq!(answers.lines().count(), 3, "{answers}");
    assert!(answers.lines().all(|line| line.starts_with("{\"Ok\":")), "{answers}");

    let done = child(&job("nobody"), b"");
    assert!(!done.status.success());
    assert!(String::from_utf8(done.stderr).unwrap().contains("there is no peer nobody"));
}

#[test]
fn a_program_that_is_no_peer_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::with_program(folder.path().join("none"));
    options.roles = vec![Role::Trees];
    options.folder = folder.path().to_owned();
    let error = figures(&Corpus::sample().unwrap(), &options).unwrap_err().to_string();
    assert!(error.contains("starting") && error.contains("none"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
