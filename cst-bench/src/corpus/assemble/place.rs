//! Puts things in their place: whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use super::hash::Hasher;
use super::manifest::{Manifest, NAME};
use super::select::Selection;
use crate::error::Error;

/// Where languages are written before they are renamed into place.
const DRAFTS: &str = ".drafts";

/// Writes the files of a language beside what is there, and puts them in its place.
pub(super) fn put(
    into: &Path,
    language: &str,
    recipe: String,
    packages: Vec<String>,
    selection: Selection,
) -> Result<Manifest, Error> {
    let (offered_files, offered_bytes) = (selection.offered_files, selection.offered_bytes);
    let passed_over = selection.passed_over.clone();
    let drafts = into.join(DRAFTS);
    let (draft, old, place) = (drafts.join(language), drafts.join("old"), into.join(language));
    remove_folder(&drafts)?;

    let mut hasher = Hasher::default();
    let (mut files, mut bytes, mut lines) = (0, 0, 0);
    for (path, content) in selection.into_files() {
        hasher.add(&path, &content);
        files += 1;
        bytes += content.len() as u64;
        lines += content.iter().filter(|&&byte| byte == b'\n').count() as u64;
        write(&draft.join(&path), &content)?;
    }
    let language = language.to_owned();
    let content = hasher.finish();
    let manifest = Manifest {
        language,
        recipe,
        content,
        files,
        bytes,
        lines,
        offered_files,
        offered_bytes,
        passed_over,
        packages,
    };
    let json = serde_json::to_vec_pretty(&manifest).map_err(Error::during("writing JSON"))?;
    write(&draft.join(NAME), &json)?;

    let moving = || Error::during(format!("putting {} in its place", place.display()));
    if place.exists() {
        fs::rename(&place, &old).map_err(moving())?;
    }
    fs::rename(&draft, &place).map_err(moving())?;
    remove_folder(&drafts)?;
    Ok(manifest)
}

/// Replaces the text of a file.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let beside = path.with_extension("new");
    write(&beside, text.as_bytes())?;
    fs::rename(&beside, path).map_err(Error::during(format!("replacing {}", path.display())))
}

/// Removes a folder with all that is in it, if it is there.
pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    clear(path).map_err(Error::during(format!("removing {}", path.display())))
}

/// The same, for whoever has words of their own for what went wrong.
pub(super) fn clear(path: &Path) -> io::Result<()> {
    gone(fs::remove_dir_all(path))
}

/// Removes a file, if it is there.
pub(super) fn remove_file(path: &Path) -> Result<(), Error> {
    gone(fs::remove_file(path)).map_err(Error::during(format!("removing {}", path.display())))
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, content))
        .map_err(Error::during(format!("writing {}", path.display())))
}
