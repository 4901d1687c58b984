//! Records of one store or pack added to another store.

use super::{
    CareError, Loss, Watch,
    copy::{has_no_batch, put, watched},
};
use crate::{Durability, Key, Reader, Writer, error::ReadError, layout::wide};

/// What an import came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// Records that were added.
    pub records: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Records whose keys the store had already. They stay as they were.
    pub present: u64,
    /// Records that the caller did not accept.
    pub refused: u64,
    /// What of the source was damaged, and so left out.
    pub lost: Vec<Loss>,
}

/// Adds the records of `from` that `accept` accepts and whose keys `to` does not have, in one commit.
///
/// For keys that are the hash of what they stand for, where a key that is there already stands for the same. A record that is
/// there and damaged is replaced. `accept` sees each record whose key is missing, with its checksum verified.
///
/// # Errors
/// [`CareError`]; `to` holds what it held.
pub fn import(
    from: &Reader,
    to: &Writer,
    accept: &mut dyn FnMut(&Key, &[u8]) -> bool,
    watch: Watch<'_>,
) -> Result<Imported, CareError> {
    has_no_batch(to)?;
    let snapshot = from.shared().snapshot();
    let mut imported = Imported { lost: Loss::segments(&snapshot).collect(), ..Imported::default() };
    for item in from.iter() {
        let (key, record) = match item {
            Ok(found) => found,
            Err(ReadError::Corrupt { path, offset }) => {
                imported.lost.push(Loss::met(&snapshot, &path, offset));
                continue;
            }
            // Among the segments that are lost.
            Err(ReadError::Doubtful { .. }) => continue,
        };
        if matches!(to.reader().get(&key), Ok(Some(_))) {
            imported.present += 1;
        } else if accept(&key, &record) {
            put(to, |to| to.put(&key, &record))?;
            imported.records += 1;
            imported.bytes = imported.bytes.saturating_add(wide(record.len()));
        } else {
            imported.refused += 1;
        }
        watched(to, watch, wide(record.len()))?;
    }
    to.commit(Durability::Fsync)?;
    Ok(imported)
}
