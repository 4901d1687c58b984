//! The committed report: a document, its plots, and the README's table, all made from one file of figures.

mod document;
mod losses;
mod pictures;
mod readme;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::results::Results;
use crate::suite::ALL;
use crate::whole;

/// The committed figures, below the workspace.
pub const FIGURES: &str = "docs/benchmarks.json";

/// The document, below the workspace.
const DOCUMENT: &str = "docs/benchmarks.md";

/// The folder of its plots.
const PICTURES: &str = "docs/benchmarks";

/// What has the table between markers.
const README: &str = "README.md";

/// Writes the figures, and all that is made from them. Returns what was written.
///
/// # Errors
///
/// Where a figure that the report is about is not there, or the README has no markers, or a file cannot be written.
pub fn write(root: &Path, results: &Results) -> Result<Vec<PathBuf>, Error> {
    // Made before anything is written: half a report is none.
    let files = render(root, results)?;
    results.write(&root.join(FIGURES))?;
    for (path, text) in &files {
        whole::write(&root.join(path), text)?;
    }
    Ok([PathBuf::from(FIGURES)].into_iter().chain(files.into_iter().map(|(path, _)| path)).collect())
}

/// What the files made from these figures have to say, by path below the workspace.
///
/// # Errors
///
/// As [`write()`].
pub fn render(root: &Path, results: &Results) -> Result<Vec<(PathBuf, String)>, Error> {
    let readme = fs::read_to_string(root.join(README)).map_err(Error::during("reading the README"))?;
    let pictures = pictures::pictures(results);
    let mut files = vec![
        (PathBuf::from(README), readme::with_table(&readme, results)?),
        (PathBuf::from(DOCUMENT), document::document(results, &pictures)?),
    ];
    for picture in pictures {
        files.push((Path::new(PICTURES).join(picture.file), picture.svg));
    }
    Ok(files)
}

/// The languages that were measured, in the order of the corpus; all together last.
fn languages(results: &Results) -> Vec<&str> {
    let mut languages: Vec<&str> = results
        .figures
        .iter()
        .filter_map(|figure| figure.name.strip_prefix("cst-bench.corpus.")?.strip_suffix(".files"))
        .collect();
    languages.sort_by_key(|&language| language == ALL);
    languages
}

/// The value of a figure that a report cannot be without.
fn need(results: &Results, name: &str) -> Result<f64, Error> {
    let missing =
        || format!("there is no figure {name}: measure every concern, with: cargo xtask bench --report");
    results.value(name).ok_or_else(|| Error::new(missing()))
}

/// What the figures were measured on, and the command that measures them again.
fn origin(results: &Results) -> (String, String) {
    let first = results.figures.iter().find(|figure| figure.name.starts_with("cst-bench.corpus."));
    let corpus = first.map_or("sample", |figure| &figure.corpus).to_owned();
    let command = first.map_or("cargo xtask bench", |figure| &figure.command);
    (corpus, command.replace(" --only memory", "") + " --report")
}
