//! Stores within stores, which are not made: who deletes or copies the outer one does the same to the inner one.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use crate::{name::STORE, store_id::LABEL};

/// The store that a folder lies in, or would lie in, if it lies in one. A link is the folder that it leads to. Costs a look for a
/// file per folder above it.
pub(crate) fn around_folder(path: &Path) -> Option<PathBuf> {
    match fs::canonicalize(path) {
        Ok(path) => nearest(path.parent()?),
        Err(_) => around_file(path),
    }
}

/// The store that a file would lie in. Links to its folder are followed, as far as there is something to follow; one in the
/// place of the file is what it replaces. Costs what [`around_folder`] costs.
pub(crate) fn around_file(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let above = path.ancestors().skip(1).find(|above| above.exists())?;
    nearest(&fs::canonicalize(above).ok()?)
}

/// The first store among a folder and those above it.
fn nearest(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| is_store(folder)).map(Path::to_owned)
}

/// Whether a folder says of itself that it is a store.
fn is_store(folder: &Path) -> bool {
    let mut begin = [0; LABEL.len()];
    let read = File::open(folder.join(STORE)).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == LABEL.as_bytes()
}
