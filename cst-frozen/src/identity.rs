//! Whose a segment is, and which one.
//!
//! Generations begin at one in every store, so segments of several stores have the same names, and so have those of a store
//! and of an older copy of it that was written to again. Two numbers in each of them tell them apart: that of the store, see
//! [`crate::store_id`], and one of its own.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::layout::SIGNED_VERSION;

/// The numbers in a segment's header and footer; all zero before they were introduced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Identity {
    /// Of the store; zero for that of a pack, which is in none.
    pub(crate) store: u64,
    /// The segment's own; mixed into the checksums of its records' headers.
    pub(crate) number: u64,
}

impl Identity {
    /// That of a new segment of a store.
    pub(crate) fn fresh(store: u64) -> Identity {
        Identity { store, number: draw() }
    }

    /// The store that a segment of this format version says it is of; one from before segments said so is of none.
    pub(crate) fn owner(self, version: u32) -> Option<u64> {
        (version >= SIGNED_VERSION).then_some(self.store)
    }

    /// Whether a segment of this format version says that it is of another store than `own`, if that is known.
    pub(crate) fn is_foreign(self, version: u32, own: Option<u64>) -> bool {
        self.owner(version).zip(own).is_some_and(|(owner, own)| owner != own)
    }
}

/// A number that nobody has guessed; never zero.
pub(crate) fn draw() -> u64 {
    // The standard library's hash seeds are random per process; the clock and the process id tell the rest apart.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()));
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_is_foreign_that_does_not_say_so_or_where_nobody_knows_whose_the_store_is() {
        let identity = Identity { store: 7, number: 1 };
        assert_eq!(identity.owner(SIGNED_VERSION), Some(7));
        assert!(identity.is_foreign(SIGNED_VERSION, Some(8)));
        assert!(!identity.is_foreign(SIGNED_VERSION, Some(7)));
        assert!(!identity.is_foreign(SIGNED_VERSION, None));
        assert!(!identity.is_foreign(SIGNED_VERSION - 1, Some(8)));
    }

    #[test]
    fn no_number_is_drawn_twice() {
        let drawn: HashSet<u64> = (0..1000).map(|_| draw()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(!drawn.contains(&0));
    }
}
