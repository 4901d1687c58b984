//! Files that are there as a whole or not at all: written under a temporary name, then renamed.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// Writes `text` to `path`, and makes the folders around it.
///
/// # Errors
///
/// Where the operating system refuses; then `path` is what it was.
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    let during = || format!("writing {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::during(during()))?;
    }
    let mut name = path.file_name().ok_or_else(|| Error::new(format!("{}: no file", during())))?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let pending = path.with_file_name(name);
    let written = fs::write(&pending, text).and_then(|()| fs::rename(&pending, path));
    if written.is_err() {
        // What is left of it is of no use; the error to tell is the first one.
        let _ = fs::remove_file(&pending);
    }
    written.map_err(Error::during(during()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        write(&path, "old").unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        // A folder is in the way: the message names it, and no temporary file stays.
        let error = write(&folder.path().join("a"), "x").unwrap_err().to_string();
        assert!(error.contains("writing"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
