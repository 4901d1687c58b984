//! Stores within stores, which are not made: who deletes or copies the outer one does the same to the inner one.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use crate::{name::STORE, store_id::LABEL};

/// The store that a file or folder lies in, or would lie in, if it lies in one. Costs a look for a file per folder above it.
pub(crate) fn enclosing(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let is_there = |path: &&Path| path.exists();
    // Links are followed, as far as there is something to follow.
    let above = fs::canonicalize(path.ancestors().skip(1).find(is_there)?).ok()?;
    above.ancestors().find(|folder| is_store(folder)).map(Path::to_owned)
}

/// Whether a folder says of itself that it is a store.
fn is_store(folder: &Path) -> bool {
    let mut begin = [0; LABEL.len()];
    let read = File::open(folder.join(STORE)).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == LABEL.as_bytes()
}
