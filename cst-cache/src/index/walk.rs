//! Which files there are: as ripgrep finds them.

use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder, WalkState};
use parking_lot::Mutex;

use super::report::Counts;
use crate::grammars::{BundledGrammar, Grammars};

/// A file to index.
pub(super) struct Found<'g> {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) language: &'g BundledGrammar,
}

/// What there is under a folder.
#[derive(Default)]
pub(super) struct Listing<'g> {
    /// The files that a grammar is known for, sorted by the bytes of their paths.
    pub(super) files: Vec<Found<'g>>,
    /// The others but for hidden and ignored ones, which are passed over without a word.
    pub(super) skipped: Counts,
    pub(super) failed: Counts,
}

/// What an entry is, if it is no file to index.
enum Other {
    Folder,
    Skipped(&'static str),
    Failed,
}

/// Lists what is under `folder`, with so many threads: what a walk waits for is mostly the operating system.
pub(super) fn walk<'g>(
    folder: &Path,
    store: &Path,
    grammars: &'g Grammars,
    max_file_bytes: u64,
    threads: usize,
) -> Listing<'g> {
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let mut walk = WalkBuilder::new(folder);
    walk.add_custom_ignore_filename(".rgignore");
    walk.filter_entry(move |entry| entry.path() != store);
    let listing = Mutex::new(Listing::default());
    walk.threads(threads.max(1)).build_parallel().run(|| {
        Box::new(|entry| {
            let found =
                entry.map_err(|_| Other::Failed).and_then(|entry| find(entry, grammars, max_file_bytes));
            let mut listing = listing.lock();
            match found {
                Ok(file) => listing.files.push(file),
                Err(Other::Folder) => {}
                Err(Other::Skipped(why)) => listing.skipped.add(why),
                Err(Other::Failed) => listing.failed.add("unreadable"),
            }
            WalkState::Continue
        })
    });
    let mut listing = listing.into_inner();
    listing.files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    listing
}

fn find(entry: DirEntry, grammars: &Grammars, max_file_bytes: u64) -> Result<Found<'_>, Other> {
    match entry.file_type() {
        Some(kind) if kind.is_dir() => return Err(Other::Folder),
        // What it points to is indexed where it lies, if it lies below the folder at all.
        Some(kind) if kind.is_symlink() => return Err(Other::Skipped("symlink")),
        Some(kind) if kind.is_file() => {}
        _ => return Err(Other::Skipped("not_a_file")),
    }
    let language = grammars.for_path(entry.path()).ok_or(Other::Skipped("unknown_language"))?;
    let bytes = entry.metadata().map_err(|_| Other::Failed)?.len();
    if bytes > max_file_bytes {
        return Err(Other::Skipped("too_large"));
    }
    Ok(Found { path: entry.into_path(), bytes, language })
}
