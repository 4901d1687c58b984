//! The command `corpus` with registries that are scripts on the PATH: nothing here goes to the network.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "called by tests only, which the lint cannot see in functions beside them"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cst_bench::corpus::Corpus;
use cst_bench::corpus::assemble::hash::{ContentHash, Hasher};
use serde_json::Value;
use tempfile::TempDir;

/// A place to assemble in, a PATH with nothing but what a test puts there, and pins.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path("bin")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn pins(&self, lines: &str) {
        fs::write(self.path("pins.txt"), lines).unwrap();
    }

    /// An `npm` that does this instead of downloading. The shell finds its own programs.
    fn npm(&self, script: &str) {
        let path = self.path("bin/npm");
        fs::write(
            &path,
            format!(
                "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$*\" >> '{}'\n{script}\n",
                self.path("calls").display()
            ),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// An `npm` that gives these files whatever it is asked for.
    fn npm_gives(&self, files: &[(&str, &str)]) {
        let mut tar =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, format!("package/{path}"), content.as_bytes()).unwrap();
        }
        fs::write(self.path("package.tgz"), tar.into_inner().unwrap().finish().unwrap()).unwrap();
        self.npm(&format!("cp '{}' given.tgz", self.path("package.tgz").display()));
    }

    fn calls(&self) -> usize {
        fs::read_to_string(self.path("calls")).map_or(0, |calls| calls.lines().count())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_corpus"));
        command.arg("--pins").arg(self.path("pins.txt")).arg("--into").arg(self.path("corpus")).args(args);
        command.env("PATH", self.path("bin")).stdin(Stdio::null());
        command
    }

    /// Whether it succeeded, what it printed for programs, and what it said.
    fn run(&self, args: &[&str]) -> (bool, Value, String) {
        let Output { status, stdout, stderr } = self.command(args).arg("--json").output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        (status.success(), serde_json::from_slice(&stdout).unwrap_or(Value::Null), said)
    }

    /// What lies in the folder, without what begins with a dot.
    fn languages(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("corpus")) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}

/// The hash of an npm package of these files.
fn hash(files: &[(&str, &str)]) -> ContentHash {
    let mut hasher = Hasher::default();
    files.iter().for_each(|(path, content)| hasher.add(&format!("package/{path}"), content.as_bytes()));
    hasher.finish()
}

const FILES: &[(&str, &str)] = &[
    ("src/one.js", "one();\n"),
    ("src/two.js", "two();\n\n"),
    ("src/two.copy.js", "two();\n\n"),
    ("src/one.min.js", "1\n"),
    ("dist/made.js", "made();\n"),
    ("src/three.css", "a {}\n"),
    ("package.json", "{}\n"),
    ("README.md", "# one\n"),
];

fn cause(report: &Value) -> String {
    report["left_out"][0]["cause"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_package_becomes_the_sources_of_its_languages() {
    let place = Place::new();
    place.npm_gives(FILES);
    place.pins(&format!("javascript,css npm one 1.0.0 {}\n", hash(FILES)));
    let (ok, report, said) = place.run(&[]);
    assert!(ok && report["complete"] == true, "{report} {said}");
    assert_eq!(place.languages(), ["css", "javascript"]);
    let javascript = &report["languages"][1];
    assert_eq!(javascript["files"], 2);
    assert_eq!(javascript["bytes"], 15);
    assert_eq!(javascript["lines"], 3);
    assert_eq!(javascript["passed_over"], serde_json::json!({"minified": 1, "generated": 1, "duplicate": 1}));
    let kept = fs::read_to_string(place.path("corpus/javascript/npm/one-1.0.0/src/two.js"));
    assert_eq!(kept.unwrap(), "two();\n\n");

    // Benches take it as a folder; what belongs to the assembling is no source.
    let corpus = Corpus::folder(&place.path("corpus"), u64::MAX).unwrap();
    let files: Vec<(&str, usize)> =
        corpus.languages.iter().map(|language| (language.name.as_str(), language.files.len())).collect();
    assert_eq!(files, [("css", 1), ("javascript", 2)]);
}

#[test]
fn what_is_whole_is_not_touched_and_not_downloaded() {
    let place = Place::new();
    place.npm_gives(FILES);
    place.pins(&format!("javascript npm one 1.0.0 {}\n", hash(FILES)));
    assert!(place.run(&[]).0);
    fs::remove_file(place.path("bin/npm")).unwrap();
    fs::remove_dir_all(place.path("corpus/.packages")).unwrap();
    let file = place.path("corpus/javascript/npm/one-1.0.0/src/one.js");
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    let (ok, report, _) = place.run(&[]);
    assert!(ok && report["languages"][0]["state"] == "whole", "{report}");
    assert_eq!(place.calls(), 1);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
}

#[test]
fn a_file_that_was_changed_is_found_and_put_right() {
    let place = Place::new();
    place.npm_gives(FILES);
    place.pins(&format!("javascript npm one 1.0.0 {}\n", hash(FILES)));
    assert!(place.run(&[]).0 && place.run(&["--check"]).0);
    let file = place.path("corpus/javascript/npm/one-1.0.0/src/one.js");
    fs::write(&file, "ONE();\n").unwrap();
    let (ok, report, _) = place.run(&["--check"]);
    assert!(!ok && report["languages"][0]["state"] == "changed", "{report}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "ONE();\n");
    // From the archive that was kept.
    assert!(place.run(&["--offline"]).0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "one();\n");
    assert_eq!(place.calls(), 1);
}

#[test]
fn another_content_than_was_pinned_is_left_out() {
    let place = Place::new();
    place.npm_gives(FILES);
    let pinned = hash(&[("src/one.js", "another();\n")]);
    place.pins(&format!("javascript npm one 1.0.0 {pinned}\n"));
    let (ok, report, said) = place.run(&[]);
    assert!(!ok && report["complete"] == false);
    let cause = cause(&report);
    for part in [pinned.to_string(), hash(FILES).to_string(), "--bless".to_owned()] {
        assert!(cause.contains(&part) && said.contains(&part), "{cause}");
    }
    assert!(said.contains("npm one 1.0.0"), "{said}");
    assert!(place.languages().is_empty());

    // It was not kept: a download that was at fault is put right by another run.
    place.npm_gives(&[("src/one.js", "another();\n")]);
    assert!(place.run(&[]).0);
}

#[test]
fn blessing_writes_what_is_there_into_the_pins() {
    let place = Place::new();
    place.npm_gives(FILES);
    place.pins("# why\njavascript npm one 1.0.0 -\n");
    let (ok, report, _) = place.run(&[]);
    assert!(!ok && cause(&report).contains("no hash"), "{report}");
    assert_eq!(place.calls(), 0);
    assert!(place.run(&["--bless"]).0);
    let pins = fs::read_to_string(place.path("pins.txt")).unwrap();
    assert_eq!(pins, format!("# why\njavascript npm one 1.0.0 {}\n", hash(FILES)));
    assert!(place.run(&["--check"]).0);
}

/// Clients are started in folders of their own, and cargo leaves its archives in its home.
#[test]
fn a_relative_path_is_understood_by_cargo_too() {
    let place = Place::new();
    let files = [("src/lib.rs", "fn one() {}\n")];
    place.npm_gives(&files);
    let script = fs::read_to_string(place.path("bin/npm")).unwrap();
    let home =
        "mkdir -p \"$CARGO_HOME/registry/cache/some\"\ngrep -q 'version = \"=1.0.0\"' Cargo.toml || exit 1";
    let script = script.replace("given.tgz", "\"$CARGO_HOME/registry/cache/some/one-1.0.0.crate\"");
    fs::write(place.path("bin/npm"), script.replace("\ncp ", &format!("\n{home}\ncp "))).unwrap();
    fs::rename(place.path("bin/npm"), place.path("bin/cargo")).unwrap();

    place.pins(&format!("rust cargo one 1.0.0 {}\n", hash(&files)));
    let mut command = Command::new(env!("CARGO_BIN_EXE_corpus"));
    command.args(["--pins", "pins.txt", "--into", "corpus"]).current_dir(place.path("."));
    let output = command.env("PATH", place.path("bin")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(place.path("corpus/rust/cargo/one-1.0.0/src/lib.rs").is_file());
}

#[test]
fn without_clients_it_says_what_is_missing() {
    let place = Place::new();
    let hash = hash(FILES);
    place.pins(&format!(
        "rust cargo one 1.0.0 {hash}\ncss npm one 1.0.0 {hash}\npython pypi one 1.0.0 {hash}\nc debian one 1 {hash}\n"
    ));
    let (ok, report, said) = place.run(&[]);
    assert!(!ok);
    for program in ["`cargo`", "`npm`", "`pip`", "`apt-get`"] {
        assert!(said.contains(program), "{said}");
    }
    assert_eq!(report["left_out"].as_array().unwrap().len(), 4);
    assert!(place.languages().is_empty());
}

#[test]
fn offline_nothing_is_started() {
    let place = Place::new();
    place.npm_gives(FILES);
    place.pins(&format!("javascript npm one 1.0.0 {}\n", hash(FILES)));
    let (ok, report, _) = place.run(&["--offline"]);
    assert!(!ok && cause(&report).contains("--offline"), "{report}");
    assert_eq!(place.calls(), 0);
}

#[test]
fn a_client_that_fails_is_quoted_and_not_asked_for_ever() {
    let place = Place::new();
    place.npm("echo 'npm error code ENOTFOUND' >&2\nexit 1");
    let lines = (0..20).map(|number| format!("css npm p{number} 1.0.0 {}\n", hash(FILES)));
    place.pins(&lines.collect::<String>());
    let (ok, report, said) = place.run(&[]);
    assert!(!ok && said.contains("ENOTFOUND") && said.contains("check the network"), "{said}");
    assert_eq!(report["left_out"].as_array().unwrap().len(), 20);
    assert!(place.calls() < 10);
    let table = String::from_utf8(place.command(&[]).output().unwrap().stdout).unwrap();
    assert!(
        table.contains("left out: npm p5 1.0.0, npm p6 1.0.0, npm p7 1.0.0 and 12 more: not tried"),
        "{table}"
    );
}

#[test]
fn with_some_of_the_packages_the_rest_is_assembled_and_said() {
    let place = Place::new();
    place.npm_gives(FILES);
    place.pins(&format!("javascript npm one 1.0.0 {0}\njavascript pypi two 1.0.0 {0}\n", hash(FILES)));
    let (ok, report, _) = place.run(&[]);
    assert!(!ok && report["languages"][0]["state"] == "partial", "{report}");
    assert_eq!(report["languages"][0]["files"], 2);
    let (ok, report, _) = place.run(&["--check"]);
    assert!(!ok && report["languages"][0]["state"] == "stale", "{report}");
}

#[test]
fn a_truncated_archive_is_left_out_and_not_kept() {
    let place = Place::new();
    place.npm_gives(FILES);
    let whole = fs::read(place.path("package.tgz")).unwrap();
    fs::write(place.path("package.tgz"), &whole[..whole.len() / 2]).unwrap();
    place.pins(&format!("javascript npm one 1.0.0 {}\n", hash(FILES)));
    let (ok, report, _) = place.run(&[]);
    assert!(!ok && cause(&report).contains("cannot be read"), "{report}");
    assert!(place.languages().is_empty());
    fs::write(place.path("package.tgz"), &whole).unwrap();
    assert!(place.run(&[]).0);
}

#[test]
fn a_run_that_is_killed_leaves_nothing_half_written() {
    let place = Place::new();
    // What was there before is of other pins.
    place.npm_gives(&[("src/old.js", "old();\n")]);
    place.pins(&format!("javascript npm old 1.0.0 {}\n", hash(&[("src/old.js", "old();\n")])));
    assert!(place.run(&[]).0);

    place.pins(&format!("javascript npm one 1.0.0 {}\n", hash(FILES)));
    let (begun, tgz) = (place.path("begun"), place.path("package.tgz"));
    place.npm(&format!(
        "head -c 40 '{}' > given.tgz\n: > '{}'\nexec sleep 5",
        tgz.display(),
        begun.display()
    ));
    let mut child = place.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&begun, &mut child);

    // Another run does not come between.
    let (ok, _, said) = place.run(&[]);
    assert!(!ok && said.contains("another run"), "{said}");

    child.kill().unwrap();
    child.wait().unwrap();
    let old = place.path("corpus/javascript/npm/old-1.0.0/src/old.js");
    assert_eq!(fs::read_to_string(&old).unwrap(), "old();\n");

    place.npm_gives(FILES);
    let (ok, report, said) = place.run(&[]);
    assert!(ok, "{report} {said}");
    assert!(!old.exists());
    let mut hidden: Vec<_> =
        fs::read_dir(place.path("corpus")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    hidden.sort();
    assert_eq!(hidden, [".lock", ".packages", "javascript"]);
}

fn wait_for(path: &Path, child: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !path.exists() {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "it did not begin");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn misuse_is_told_from_failure() {
    let place = Place::new();
    place.pins("css npm one 1.0.0 -\n");
    assert_eq!(place.command(&["--fast"]).output().unwrap().status.code(), Some(2));
    let (ok, _, said) = place.run(&["cobol"]);
    assert!(!ok && said.contains("cobol") && said.contains("css"), "{said}");
    place.pins("css npm one\n");
    let (ok, _, said) = place.run(&[]);
    assert!(!ok && said.contains("pins.txt: line 1"), "{said}");
    let help = place.command(&["--help"]).output().unwrap();
    assert!(help.status.success() && help.stdout.starts_with(b"Usage: cargo xtask corpus"));
}
