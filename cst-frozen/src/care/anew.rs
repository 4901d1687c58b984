//! Writing a whole store anew.

use super::{CareError, copy::put};
use crate::{Durability, Key, Writer, layout, snapshot::Snapshot};

/// Begins a batch with which all segments are merged into one, whether that gains anything or not: with a removal of
/// nothing. What is put afterwards overrides it, should the key be among that.
pub(super) fn begin(store: &Writer) -> Result<(), CareError> {
    let key = absent(&store.shared().snapshot().past_gaps());
    put(store, |store| store.remove(&key))
}

/// Commits the batch and merges all segments into one of the present format.
pub(super) fn finish(store: &Writer) -> Result<(), CareError> {
    store.commit(Durability::Fsync)?;
    store.compact_past_gaps()?;
    Ok(())
}

/// A key that no record has.
fn absent(store: &Snapshot) -> Key {
    let mut key = Key::default();
    for n in 0_u64.. {
        layout::set(&mut key, 0, &n.to_le_bytes());
        if matches!(store.find(&key), Ok(None)) {
            break;
        }
    }
    key
}
