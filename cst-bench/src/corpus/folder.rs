//! A folder as a corpus: which of its files are taken, and in what order.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use cst_cache::{BundledGrammar, Grammars};

use super::text::{MOST_BYTES, is_text, scatter};
use super::{File, Language};
use crate::error::Error;

/// How many files with a known extension were passed over, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// More than a MB.
    pub large: u64,
    /// With a NUL, or not UTF-8, or unreadable.
    pub not_text: u64,
    /// Beyond the cap of their language.
    pub over_cap: u64,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { large, not_text, over_cap } = self;
        write!(f, "{large} over 1 MB, {not_text} not text, {over_cap} over the cap")
    }
}

/// The source files under `root`, up to `cap` bytes of each language.
///
/// Below the cap a language's files are taken in the order of a hash of their paths: the same files on
/// every machine, and not those of the first folder only.
pub(super) fn read(root: &Path, cap: u64) -> Result<(Vec<Language>, Skipped), Error> {
    let grammars = Grammars::bundled();
    let mut paths = Vec::new();
    walk(root, "", &mut paths)?;
    paths.sort_by_cached_key(|path| (scatter(path), path.clone()));

    let mut skipped = Skipped::default();
    let mut languages: BTreeMap<&str, (Language, u64)> = BTreeMap::new();
    for name in paths {
        let path = root.join(&name);
        let Some(known) = grammars.for_path(&path) else { continue };
        let (language, taken) = languages.entry(known.name).or_insert_with(|| (empty(known), 0));
        let bytes = path.metadata().map_or(u64::MAX, |metadata| metadata.len());
        if bytes > MOST_BYTES {
            skipped.large += 1;
        } else if *taken + bytes > cap {
            skipped.over_cap += 1;
        } else if let Some(source) = text(&path) {
            *taken += source.len() as u64;
            language.files.push(File { name, source });
        } else {
            skipped.not_text += 1;
        }
    }
    let languages = languages.into_values().map(|(language, _)| language);
    Ok((languages.filter(|language| !language.files.is_empty()).collect(), skipped))
}

fn empty(known: &BundledGrammar) -> Language {
    Language { name: known.name.to_owned(), grammar: known.grammar.clone(), files: Vec::new() }
}

fn text(path: &PathBuf) -> Option<Vec<u8>> {
    let bytes = fs::read(path).ok()?;
    is_text(&bytes).then_some(bytes)
}

/// Lists files by path with `/`, without links and dot-folders.
pub(super) fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), Error> {
    let listing = || format!("listing {}", folder.display());
    for entry in fs::read_dir(folder).map_err(Error::during(listing()))? {
        let entry = entry.map_err(Error::during(listing()))?;
        let kind = entry.file_type().map_err(Error::during(listing()))?;
        // A name that is no text has no known extension either, or one file less does no harm.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if kind.is_dir() && !name.starts_with('.') {
            walk(&entry.path(), &path, paths)?;
        } else if kind.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}
