//! Opening a store to index into.

use std::path::Path;

use cst_frozen::{OpenError, Options, Writer};

/// Opens the store in `path` to write to, and makes one where there is none.
///
/// Segments of a format version that this release does not read are no loss, for the store is a cache: they are dropped, and
/// their number returned. Their trees are made again. All others stay.
///
/// # Errors
///
/// [`OpenError`], where the folder cannot be used or another process has the store.
pub fn open_store(path: &Path) -> Result<(Writer, u64), OpenError> {
    let mut dropped = 0;
    loop {
        match Writer::open(path, Options::default()) {
            Err(OpenError::Version { path, .. }) => {
                std::fs::remove_file(&path).map_err(|source| OpenError::Io {
                    doing: "dropping",
                    path,
                    source,
                })?;
                dropped += 1;
            }
            opened => return Ok((opened?, dropped)),
        }
    }
}
