//! The page cache: taking files out of it, and telling whether that worked.

use std::path::Path;

use crate::error::Error;

/// What is done to drop a file, for people; absent where there is no way without privileges.
pub const MEANS: Option<&str> =
    if cfg!(target_os = "linux") { Some("fsync and posix_fadvise(DONTNEED) on each file") } else { None };

/// Drops the pages of a file that nobody has mapped. Elsewhere than on Linux it does nothing.
///
/// # Errors
///
/// Where the file cannot be opened or synced.
#[cfg(target_os = "linux")]
pub fn drop_file(path: &Path) -> Result<(), Error> {
    use rustix::fs::{Advice, fadvise};

    let during = || format!("dropping {} from the page cache", path.display());
    let file = std::fs::File::open(path).map_err(Error::during(during()))?;
    // Pages that are not on disk yet cannot be dropped.
    file.sync_all().map_err(Error::during(during()))?;
    fadvise(&file, 0, None, Advice::DontNeed).map_err(Error::during(during()))
}

/// Drops the pages of a file that nobody has mapped. Elsewhere than on Linux it does nothing.
///
/// # Errors
///
/// None here.
#[cfg(not(target_os = "linux"))]
pub fn drop_file(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// Drops all files right in this folder.
///
/// # Errors
///
/// Where the folder cannot be listed, or a file not dropped.
pub fn drop_folder(path: &Path) -> Result<(), Error> {
    let during = || format!("listing {}", path.display());
    for entry in std::fs::read_dir(path).map_err(Error::during(during()))? {
        let path = entry.map_err(Error::during(during()))?.path();
        if path.is_file() {
            drop_file(&path)?;
        }
    }
    Ok(())
}

/// How many bytes this process has had fetched from storage so far; absent where nobody counts.
#[must_use]
pub fn fetched() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/io").ok()?;
    text.lines().find_map(|line| line.strip_prefix("read_bytes: ")).and_then(|bytes| bytes.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_leaves_the_file_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "text").unwrap();
        drop_folder(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        let missing = drop_folder(&folder.path().join("none")).unwrap_err();
        assert!(missing.to_string().contains("listing"), "{missing}");
    }
}
