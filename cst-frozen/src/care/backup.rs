//! A second copy of a store, made while the first one is in use.

use super::{
    CareError, Copied, Watch,
    copy::{copy, has_no_batch, is_empty},
};
use crate::{Durability, Reader, Writer};

/// Copies what `from` sees into the empty store `to`: a store like any other, in one segment, without what was overridden or
/// removed.
///
/// The writer of the store goes on meanwhile: `from` sees one moment, that at which it was opened or last refreshed, and so
/// does the copy. Each record's checksum is verified on the way. What is damaged is left out and named in [`Copied::lost`].
/// Reads and writes all live records once; keeps about 64 bytes of memory per record.
///
/// # Errors
/// [`CareError`]; `to` is then as empty as it was.
pub fn backup(from: &Reader, to: &Writer, watch: Watch<'_>) -> Result<Copied, CareError> {
    has_no_batch(to)?;
    is_empty(to)?;
    let copied = copy(from, from.shared().snapshot(), to, watch)?;
    to.commit(Durability::Fsync)?;
    Ok(copied)
}
