//! Which files there are: as ripgrep finds them.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::report::Counts;
use crate::grammars::{BundledGrammar, Grammars};

/// A file to index.
pub(super) struct Found<'g> {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) language: &'g BundledGrammar,
}

/// Lists the files under `folder` that a grammar is known for, sorted by path. Hidden and ignored
/// files are passed over without a word, other skips counted.
pub(super) fn walk<'g>(
    folder: &Path,
    store: &Path,
    grammars: &'g Grammars,
    max_file_bytes: u64,
    skipped: &mut Counts,
    failed: &mut Counts,
) -> Vec<Found<'g>> {
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let mut files = Vec::new();
    let mut walk = WalkBuilder::new(folder);
    walk.add_custom_ignore_filename(".rgignore");
    walk.filter_entry(move |entry| entry.path() != store);
    for entry in walk.build() {
        let Ok(entry) = entry else {
            failed.add("unreadable");
            continue;
        };
        match entry.file_type() {
            Some(kind) if kind.is_dir() => continue,
            Some(kind) if kind.is_symlink() => {
                // What it points to is indexed where it lies, if it lies below the folder at all.
                skipped.add("symlink");
                continue;
            }
            Some(kind) if kind.is_file() => {}
            _ => {
                skipped.add("not_a_file");
                continue;
            }
        }
        let Some(language) = grammars.for_path(entry.path()) else {
            skipped.add("unknown_language");
            continue;
        };
        let Ok(metadata) = entry.metadata() else {
            failed.add("unreadable");
            continue;
        };
        if metadata.len() > max_file_bytes {
            skipped.add("too_large");
            continue;
        }
        files.push(Found { path: entry.into_path(), bytes: metadata.len(), language });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
