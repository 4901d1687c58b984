//! The command `cst`, run as anybody would run it, on folders that a test makes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::samples::SAMPLES;

/// A temporary folder with a `source` folder and a place for a store.
pub struct Place {
    temporary: tempfile::TempDir,
}

impl Place {
    /// With an empty source folder.
    pub fn empty() -> Self {
        // Not hidden, as the default name would be: a walk from a folder above would pass it over.
        let temporary = tempfile::Builder::new().prefix("cst").tempdir().unwrap();
        let place = Self { temporary };
        std::fs::create_dir(place.source()).unwrap();
        place
    }

    /// With all samples.
    pub fn with_samples() -> Self {
        let place = Self::empty();
        for (language, name, text) in SAMPLES {
            place.write(&format!("{language}/{name}"), text);
        }
        place
    }

    pub fn root(&self) -> PathBuf {
        self.temporary.path().canonicalize().unwrap()
    }

    pub fn source(&self) -> PathBuf {
        self.root().join("source")
    }

    pub fn store(&self) -> PathBuf {
        self.root().join("store")
    }

    /// Writes a file below the source folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.source().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The command with arguments, in the folder above the source, with the store named.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cst"));
        command.current_dir(self.root()).env_remove("CST_STORE").args(arguments);
        command.arg("--store").arg(self.store());
        command
    }

    /// Runs the command to its end. It never panics and is never ended by a signal.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Done {
        Done::of(&mut self.command(arguments))
    }

    /// `cst index source --json`, and what it printed.
    #[track_caller]
    pub fn index(&self) -> Value {
        self.run(&["index", "source", "--json"]).expect(0).json()
    }

    /// `cst verify --json`, and what it printed, whatever it said.
    #[track_caller]
    pub fn verify(&self) -> Value {
        self.run(&["verify", "--json"]).json()
    }

    /// Makes all files look as if they had last been written a minute ago: long enough for size and
    /// time to be trusted.
    pub fn settle(&self) {
        settle(&self.source(), SystemTime::now() - Duration::from_secs(60));
    }
}

fn settle(path: &Path, time: SystemTime) {
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            settle(&entry.path(), time);
        } else if entry.file_type().unwrap().is_file() {
            set_modified(&entry.path(), time);
        }
    }
}

/// Sets when a file was last written.
pub fn set_modified(path: &Path, time: SystemTime) {
    std::fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// Runs a command to its end.
    #[track_caller]
    pub fn of(command: &mut Command) -> Self {
        Self::from_output(&command.output().unwrap())
    }

    /// Looks at a run that has ended.
    #[track_caller]
    pub fn from_output(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let Some(status) = output.status.code() else {
            panic!("ended by a signal: {:?}\n{stderr}", output.status);
        };
        assert_ne!(status, 101, "it panicked:\n{stderr}");
        Self { status, stdout, stderr }
    }

    /// It ended with this status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Its one JSON object.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:?}"))
    }

    /// What it said of what went wrong has all of these words, and nothing that only a debugger likes.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in {:?}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("Err("), "{}", self.stderr);
    }
}

/// A count of a report; of a map of reasons, all together.
#[track_caller]
pub fn count(report: &Value, name: &str) -> u64 {
    let value = &report[name];
    match value.as_object() {
        Some(reasons) => reasons.values().filter_map(Value::as_u64).sum(),
        None => value.as_u64().unwrap_or_else(|| panic!("{name} in {report}")),
    }
}

/// How many files were passed over or failed for this reason.
pub fn reason(report: &Value, name: &str, reason: &str) -> u64 {
    report[name][reason].as_u64().unwrap_or(0)
}
