//! Opening a store to index into.

use std::path::Path;

use cst_frozen::{OpenError, Options, Writer};

/// Opens the store in `path` to write to, and makes one where there is none.
///
/// A store of another format version is no loss, for it is a cache: its segments are dropped, and
/// their number returned. Their trees are made again.
///
/// # Errors
///
/// [`OpenError`], where the folder cannot be used or another process has the store.
pub fn open_store(path: &Path) -> Result<(Writer, u64), OpenError> {
    match Writer::open(path, Options::default()) {
        Err(OpenError::Version { .. }) => {
            let dropped = drop_segments(path).map_err(|source| OpenError::Io {
                doing: "dropping",
                path: path.to_owned(),
                source,
            })?;
            Ok((Writer::open(path, Options::default())?, dropped))
        }
        opened => Ok((opened?, 0)),
    }
}

/// Removes all segments. Only of a folder that is known to be a store.
fn drop_segments(store: &Path) -> std::io::Result<u64> {
    let mut dropped = 0;
    for entry in std::fs::read_dir(store)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            std::fs::remove_file(path)?;
            dropped += 1;
        }
    }
    Ok(dropped)
}
