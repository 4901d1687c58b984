//! Bringing a copy back.

use super::{
    CareError, Copied, Watch,
    copy::{copy, has_no_batch, is_empty, put},
};
use crate::{Durability, Key, Reader, Writer, snapshot::Snapshot};

/// What to do with what is in the way of a copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Leave it, and refuse with [`CareError::NotEmpty`].
    Refuse,
    /// Put the copy in its place: afterwards the store holds what the copy holds, and nothing else.
    Replace,
}

/// Makes `to` hold what `from` holds, in one commit: readers see all of the old or all of the new. Then the old is removed from
/// the disk by a compaction.
///
/// What of the copy is damaged is left out and named in [`Copied::lost`]; but nothing is replaced by a damaged copy
/// ([`CareError::Damaged`]): repair that first. Nor by an empty one ([`CareError::Empty`]). Reads all records of the copy once, writes them
/// once, and with [`Existing::Replace`] once more in the compaction.
///
/// # Errors
/// [`CareError`]; `to` holds what it held, or, where only the compaction failed, the copy.
pub fn restore(
    from: &Reader,
    to: &Writer,
    existing: Existing,
    watch: Watch<'_>,
) -> Result<Copied, CareError> {
    has_no_batch(to)?;
    if existing == Existing::Refuse {
        is_empty(to)?;
    }
    let old: Vec<Key> = keys(&to.shared().snapshot().past_gaps());
    if existing == Existing::Replace && !old.is_empty() && from.stats().live_records == 0 {
        // A backup whose files were deleted looks like this.
        return Err(CareError::Empty { path: from.shared().medium.path().to_owned() });
    }
    let mut copied = copy(from, from.shared().snapshot(), to, watch)?;
    if existing == Existing::Replace && !copied.lost.is_empty() {
        // What is whole is not given away for what is not.
        to.abandon();
        return Err(CareError::damaged(from, copied.lost));
    }
    for key in old.iter().filter(|key| !from.contains(key)) {
        put(to, |to| to.remove(key))?;
        copied.removed += 1;
    }
    to.commit(Durability::Fsync)?;
    if existing == Existing::Replace {
        // What may have been in a part that cannot be read is gone as well.
        to.compact_past_gaps()?;
    }
    Ok(copied)
}

/// The keys of all live records, without a look at their payloads.
fn keys(snapshot: &Snapshot) -> Vec<Key> {
    let key =
        |&(segment, offset): &(usize, u64)| Some(snapshot.segments.get(segment)?.header(offset).ok()?.key);
    snapshot.live().places.iter().filter_map(key).collect()
}
