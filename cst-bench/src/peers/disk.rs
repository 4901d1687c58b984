//! What a folder takes on disk.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// Bytes that the files below `folder` take: the blocks that are allocated, where the system tells, so that
/// holes do not count; else their lengths.
///
/// # Errors
///
/// Where the folder cannot be listed.
pub fn taken(folder: &Path) -> Result<u64, Error> {
    let listing = || format!("listing {}", folder.display());
    let mut sum = 0;
    for entry in fs::read_dir(folder).map_err(Error::during(listing()))? {
        let entry = entry.map_err(Error::during(listing()))?;
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => sum += taken(&entry.path())?,
            Ok(metadata) => sum += allocated(&metadata),
            // A store may remove a file of its own meanwhile.
            Err(_) => {}
        }
    }
    Ok(sum)
}

#[cfg(unix)]
fn allocated(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}
