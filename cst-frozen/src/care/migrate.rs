//! Bringing a store of an earlier format version to the present one.

use std::{path::Path, sync::Arc};

use super::CareError;
use crate::{
    Options, Reader,
    layout::VERSION,
    medium::{Folder, Medium},
};

/// What a migration did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Migration {
    /// The version that the store has now: [`FORMAT_VERSION`](crate::FORMAT_VERSION).
    pub version: u32,
    /// Segments that were written anew; zero when all were of this version.
    pub segments: u64,
}

/// Brings the store in a folder to the present format version.
///
/// There is no earlier version that this release could read, so this only tells whether the store is of the present one.
///
/// # Errors
/// [`OpenError::Version`](crate::OpenError::Version) in [`CareError::Open`] for a store of another version, which says which; nothing is changed. Else why
/// the store cannot be opened.
pub fn migrate(path: impl AsRef<Path>, options: Options) -> Result<Migration, CareError> {
    migrate_on(Arc::new(Folder::new(path.as_ref(), options.mmap)), options)
}

/// [`migrate()`] on any medium.
///
/// # Errors
/// Those of [`migrate()`].
pub fn migrate_on(medium: Arc<dyn Medium>, options: Options) -> Result<Migration, CareError> {
    // Opening a store reads the version of each of its segments.
    let _store = Reader::open_on(medium, options)?;
    Ok(Migration { version: VERSION, segments: 0 })
}
