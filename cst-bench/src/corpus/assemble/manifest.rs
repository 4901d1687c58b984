//! What was assembled: a file beside the sources of a language, which says what they are.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::filter::{REVISION, Reason};
use super::hash::{ContentHash, Hasher};
use super::pins::Pin;
use crate::corpus::folder::walk;
use crate::error::Error;

/// Its name, which is that of no language.
pub(super) const NAME: &str = "MANIFEST";

/// The sources of one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The language.
    pub language: String,
    /// The hash of what decides which files are taken: the cap, the filter and the packages.
    pub recipe: String,
    /// The hash of the files.
    pub content: ContentHash,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many lines.
    pub lines: u64,
    /// How many files the packages had that passed the filter, beyond the cap too.
    pub offered_files: u64,
    /// The same in bytes.
    pub offered_bytes: u64,
    /// How many files did not pass the filter, and why.
    pub passed_over: BTreeMap<Reason, u64>,
    /// The packages.
    pub packages: Vec<String>,
}

/// What is found where a language's sources should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Sources that are as their manifest says.
    Whole(Box<Manifest>),
    /// Sources that are not.
    Changed,
    /// None.
    Nothing,
}

/// The hash of what decides which files are taken: the language, the cap, the filter and the packages.
pub(super) fn recipe<'p>(language: &str, cap: u64, pins: impl Iterator<Item = &'p Pin>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{language} {cap} {REVISION}\n").as_bytes());
    for pin in pins {
        let hash = pin.hash.map(String::from).unwrap_or_default();
        hasher.update(format!("{pin} {hash}\n").as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Reads what is in `folder` and compares it with its manifest, byte by byte.
pub(super) fn examine(folder: &Path) -> Result<Found, Error> {
    let reading = || format!("reading {}", folder.display());
    if !folder.exists() {
        return Ok(Found::Nothing);
    }
    let manifest = match fs::read(folder.join(NAME)) {
        Ok(bytes) => serde_json::from_slice::<Manifest>(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Changed),
        Err(error) => return Err(Error::during(reading())(error)),
    };
    let Ok(manifest) = manifest else { return Ok(Found::Changed) };
    let mut paths = Vec::new();
    walk(folder, "", &mut paths)?;
    let mut hasher = Hasher::default();
    for path in paths.iter().filter(|path| *path != NAME) {
        hasher.add(path, &fs::read(folder.join(path)).map_err(Error::during(reading()))?);
    }
    let is_whole = hasher.finish() == manifest.content;
    Ok(if is_whole { Found::Whole(Box::new(manifest)) } else { Found::Changed })
}
