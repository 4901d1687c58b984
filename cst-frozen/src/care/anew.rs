//! Writing a whole store anew.

use super::{CareError, copy::put};
use crate::{Durability, Key, Reader, Writer, layout};

/// Commits the batch and merges all segments into one of the present format, whether that gains anything or not.
pub(super) fn write_anew(store: &Writer) -> Result<(), CareError> {
    // A removal of nothing, so that there is something to compact in any case.
    put(store, |store| store.remove(&absent(store.reader())))?;
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
