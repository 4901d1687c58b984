//! Bringing a store of an earlier format version to the present one.

use std::{path::Path, sync::Arc};

use super::{CareError, Level, Loss, Watch};
use crate::{
    Options, Reader, Writer,
    error::Fault,
    layout::{VERSION, wide},
    medium::{Folder, Medium},
    segment::Segment,
};

/// What a migration did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Migration {
    /// The version that the store has now: [`FORMAT_VERSION`](crate::FORMAT_VERSION).
    pub version: u32,
    /// Segments of earlier versions that were written anew; zero when all were of this version.
    pub segments: u64,
}

/// Brings the store in a folder to the present format version.
///
/// Earlier versions that this release reads need no migration: they are read where they lie, and each compaction writes some
/// of them anew. This writes all of them anew at once, for those who are to read the store with a release that no longer reads
/// the earlier version. Readers and other writers see the store as it was or as it is then, also after a crash. Needs as
/// much free space as the store takes; changes nothing where all is of the present version. `watch` is told of the bytes of the
/// store that were gone through.
///
/// # Errors
/// [`OpenError::Version`](crate::OpenError::Version) in [`CareError::Open`] for a version that this release does not read;
/// [`CareError::Damaged`] for a store that is to be repaired first, with all that could not be taken along: writing it anew would
/// end what is left of the damaged part. Nothing is changed then.
pub fn migrate(path: impl AsRef<Path>, options: Options, watch: Watch<'_>) -> Result<Migration, CareError> {
    let medium: Arc<dyn Medium> = Arc::new(Folder::new(path.as_ref(), options.mmap));
    migrate_on(&medium, options, watch)
}

/// [`migrate()`] on any medium.
///
/// # Errors
/// Those of [`migrate()`].
pub fn migrate_on(
    medium: &Arc<dyn Medium>,
    options: Options,
    watch: Watch<'_>,
) -> Result<Migration, CareError> {
    // A writer would make a store where there is none. Opening one reads the version of each segment.
    drop(Reader::open_on(Arc::clone(medium), options)?);
    let store = Writer::open_on(Arc::clone(medium), options)?;
    let snapshot = store.shared().snapshot();
    let is_earlier = |segment: &&Arc<Segment>| segment.footer.version != VERSION;
    let earlier = snapshot.segments.iter().filter(is_earlier).count();
    // What cannot be opened may be of an earlier version, too. All of the rest is read only where it is to be written anew.
    let level = if earlier > 0 { Level::Checksums } else { Level::Headers };
    let mut problems = store.reader().verify_to(level).problems;
    if snapshot.gaps.is_empty() {
        // One of another store is nobody's loss.
        problems.retain(|problem| problem.fault != Fault::Foreign);
    }
    if !problems.is_empty() {
        let lost = problems.iter().map(|problem| Loss::found(&snapshot, problem)).collect();
        return Err(CareError::damaged(store.reader(), lost));
    }
    if earlier > 0 {
        // What is of an earlier version is never compact.
        store.compact_while(watch)?.ok_or(CareError::Stopped)?;
    }
    Ok(Migration { version: VERSION, segments: wide(earlier) })
}
