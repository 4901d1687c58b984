//! All live records of one store into another one, in one commit: what backing up, restoring and salvaging have in common.

use std::sync::Arc;

use super::{CareError, Loss, Watch};
use crate::{Reader, Writer, error::ReadError, layout::wide, snapshot::Snapshot};

/// What a copy holds, and what it does not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Copied {
    /// Records that were copied.
    pub records: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Records that were there before and are gone, with [`Existing::Replace`](super::Existing::Replace).
    pub removed: u64,
    /// What of the source was damaged, and so left out.
    pub lost: Vec<Loss>,
}

/// Puts all live records that are intact into the batch of `to`. When it fails, the batch is given up.
pub(super) fn copy(
    from: &Reader,
    snapshot: impl Into<Arc<Snapshot>>,
    to: &Writer,
    watch: Watch<'_>,
) -> Result<Copied, CareError> {
    let snapshot = snapshot.into();
    let mut copied = Copied { lost: Loss::segments(&snapshot).collect(), ..Copied::default() };
    for item in from.records(Arc::clone(&snapshot)) {
        match item {
            Ok((key, record)) => {
                put(to, |to| to.put(&key, &record))?;
                copied.records += 1;
                copied.bytes = copied.bytes.saturating_add(wide(record.len()));
                watched(to, watch, wide(record.len()))?;
            }
            Err(ReadError::Corrupt { path, offset }) => copied.lost.push(Loss::met(&snapshot, &path, offset)),
            // Among the segments that are lost.
            Err(ReadError::Doubtful { .. }) => {}
        }
    }
    Ok(copied)
}

/// Puts something into the batch, which is ended when that fails.
pub(super) fn put(
    to: &Writer,
    put: impl FnOnce(&Writer) -> Result<(), crate::WriteError>,
) -> Result<(), CareError> {
    put(to).map_err(|error| {
        to.abandon();
        error.into()
    })
}

/// Tells the watcher, and gives the batch up where it wants no more.
pub(super) fn watched(to: &Writer, watch: Watch<'_>, bytes: u64) -> Result<(), CareError> {
    if watch(bytes).is_break() {
        to.abandon();
        return Err(CareError::Stopped);
    }
    Ok(())
}

/// The writer's batch must be the caller's own.
pub(super) fn has_no_batch(to: &Writer) -> Result<(), CareError> {
    if to.pending_bytes() > 0 {
        return Err(CareError::Pending { path: to.shared().medium.path().to_owned() });
    }
    Ok(())
}

/// A place for a copy must not hold anything that the copy would be mixed with.
pub(super) fn is_empty(to: &Writer) -> Result<(), CareError> {
    let stats = to.reader().stats();
    match stats.records.max(stats.quarantined_segments).max(stats.foreign_segments) {
        0 => Ok(()),
        records => Err(CareError::NotEmpty { path: to.shared().medium.path().to_owned(), records }),
    }
}
