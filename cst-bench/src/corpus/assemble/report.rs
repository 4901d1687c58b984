//! What a run comes to: a table for people, an object for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::filter::Reason;
use super::left_out::LeftOut;
use super::manifest::Manifest;
use super::pins::Pin;
use crate::table::Table;

/// What is there of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All of it was there before, and is as it was assembled.
    Whole,
    /// All of it was assembled in this run.
    Made,
    /// Some packages are left out.
    Partial,
    /// It was assembled from other pins.
    Stale,
    /// Its files are not those that were assembled.
    Changed,
    /// Nothing new can be assembled, because none of its packages is there.
    Missing,
}

/// A language in a report.
#[derive(Clone, Debug, Serialize)]
pub struct Assembled {
    /// Its name.
    pub language: String,
    /// What is there.
    pub state: State,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many lines.
    pub lines: u64,
    /// How many bytes of source its packages have, beyond the cap too.
    pub offered_bytes: u64,
    /// How many packages are in.
    pub packages: u64,
    /// How many files did not pass the filter, and why.
    pub passed_over: BTreeMap<Reason, u64>,
}

impl Assembled {
    pub(super) fn new(state: State, manifest: Manifest) -> Self {
        let Manifest { language, files, bytes, lines, offered_bytes, packages, passed_over, .. } = manifest;
        let packages = packages.len() as u64;
        Self { language, state, files, bytes, lines, offered_bytes, packages, passed_over }
    }

    pub(super) fn without_manifest(language: &str, state: State) -> Self {
        Self {
            language: language.to_owned(),
            state,
            files: 0,
            bytes: 0,
            lines: 0,
            offered_bytes: 0,
            packages: 0,
            passed_over: BTreeMap::new(),
        }
    }
}

/// What a run comes to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Where the sources are, a folder for each language.
    pub folder: PathBuf,
    /// The languages by name.
    pub languages: Vec<Assembled>,
    /// The packages that are not in, and why.
    pub left_out: Vec<LeftOut>,
}

impl Report {
    /// Whether every language has every package that is pinned for it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let is_whole = |assembled: &Assembled| matches!(assembled.state, State::Whole | State::Made);
        self.left_out.is_empty() && self.languages.iter().all(is_whole)
    }

    /// Packages of one registry that are left out for the same cause, together.
    fn by_cause(&self) -> Vec<(String, Vec<&Pin>)> {
        let mut causes: Vec<(String, Vec<&Pin>)> = Vec::new();
        for LeftOut { pin, cause } in &self.left_out {
            let cause = cause.to_string();
            let same =
                causes.iter_mut().find(|(other, pins)| *other == cause && pins[0].registry == pin.registry);
            match same {
                Some((_, pins)) => pins.push(pin),
                None => causes.push((cause, vec![pin])),
            }
        }
        causes
    }

    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "folder": self.folder.display().to_string(),
            "complete": self.is_complete(),
            "languages": self.languages,
            "left_out": self.left_out,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["language", "files", "MB", "lines", "of MB", "packages", "state"]);
        for assembled in &self.languages {
            table.row(vec![
                assembled.language.clone(),
                assembled.files.to_string(),
                format!("{:.1}", assembled.bytes as f64 / 1e6),
                assembled.lines.to_string(),
                format!("{:.1}", assembled.offered_bytes as f64 / 1e6),
                assembled.packages.to_string(),
                format!("{:?}", assembled.state).to_lowercase(),
            ]);
        }
        writeln!(f, "{}:\n\n{table}", self.folder.display())?;
        for (cause, pins) in self.by_cause() {
            writeln!(f, "left out: {}: {cause}", few(&pins))?;
        }
        if self.is_complete() {
            writeln!(
                f,
                "complete; to measure on it: {}={}",
                crate::corpus::FOLDER_VARIABLE,
                self.folder.display()
            )
        } else {
            writeln!(f, "not complete: figures taken on it are not those of the pinned corpus")
        }
    }
}

/// The first of some packages, and how many more there are.
fn few(pins: &[&Pin]) -> String {
    const FEW: usize = 3;
    let names = pins.iter().take(FEW).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match pins.len().saturating_sub(FEW) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
