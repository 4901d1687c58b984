//! Writing a whole store anew.

use super::{CareError, copy::put};
use crate::{Durability, Key, Reader, Writer, layout};

/// Begins a batch with which all segments are merged into one, whether that gains anything or not: with a removal of
/// nothing. What is put afterwards overrides it, should the key be among that.
pub(super) fn begin(store: &Writer) -> Result<(), CareError> {
    put(store, |store| store.remove(&absent(store.reader())))
}

/// Commits the batch and merges all segments into one of the present format.
pub(super) fn finish(store: &Writer) -> Result<(), CareError> {
    store.commit(Durability::Fsync)?;
    store.compact()?;
    Ok(())
}

/// A key that no record has.
fn absent(store: &Reader) -> Key {
    let mut key = Key::default();
    for n in 0_u64.. {
        layout::set(&mut key, 0, &n.to_le_bytes());
        if !store.contains(&key) {
            break;
        }
    }
    key
}
