//! Which records of an open segment were checked already: a bit each.

use std::sync::atomic::{AtomicU64, Ordering};

/// A set of slot numbers that any number of threads add to at once.
///
/// It says of bytes that they were right once, and so protects from what happened before that: in writing, on the disk,
/// on the way to memory. A page that goes bad in memory afterwards, or is read from the disk once more and differently,
/// is not seen; [`crate::Reader::verify`] looks at everything anew.
#[derive(Debug, Default)]
pub(crate) struct Checked(Box<[AtomicU64]>);

impl Checked {
    /// None of `slots` slots. Takes a bit each.
    pub(crate) fn none_of(slots: usize) -> Checked {
        Checked((0..slots.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    #[inline]
    pub(crate) fn has(&self, slot: usize) -> bool {
        // The bytes do not change, so there is nothing that another thread's bit would have to be ordered with.
        self.0.get(slot / 64).is_some_and(|bits| bits.load(Ordering::Relaxed) & bit(slot) != 0)
    }

    #[inline]
    pub(crate) fn set(&self, slot: usize) {
        if let Some(bits) = self.0.get(slot / 64) {
            bits.fetch_or(bit(slot), Ordering::Relaxed);
        }
    }
}

fn bit(slot: usize) -> u64 {
    1 << (slot % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_has_a_bit_of_its_own() {
        let checked = Checked::none_of(130);
        for slot in (0..130).step_by(3) {
            checked.set(slot);
        }
        for slot in 0..200 {
            assert_eq!(checked.has(slot), slot < 130 && slot % 3 == 0, "{slot}");
        }
        checked.set(10_000);
        assert!(!checked.has(10_000));
    }
}
