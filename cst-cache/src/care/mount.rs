//! A store to read from: a folder, or a pack.

use std::path::Path;

use cst_frozen::{Options, Pack, Reader};

use super::{CareError, Origin};

/// Opens a store to read from, or a pack of trees, which is read where it lies, like a store.
///
/// # Errors
///
/// [`CareError`]; for a pack also that its trees were made with another release, so that none of them would be found.
pub fn open(path: &Path) -> Result<Reader, CareError> {
    if !Pack::is_one(path) {
        return Ok(Reader::open(path, Options::default())?);
    }
    let pack = Pack::open(path, Options::default())?;
    Origin::read(path, pack.header())?;
    Ok(pack.reader().clone())
}
