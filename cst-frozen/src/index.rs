//! The index of a segment: a hash table with linear probing, sorted by hash.
//!
//! An entry's home is its hash scaled to the number of homes, so entries sorted by hash are also sorted by home, and
//! the table is written from front to back in one pass. A few slots follow the last home for those that were pushed
//! beyond it, so that probing never wraps around. Being sorted pays twice: a probe for a key that is not there ends at
//! the first larger hash, and all the indexes of a store can be merged by walking them side by side.
//!
//! Entries of equal hash stand newest first. A key that was put twice in one segment has two entries, and the first
//! that bears the key is the one that counts; so nothing has to be known of keys while the table is built.

use crate::layout::{ALIGN, slot, u64_at};

/// Low bits of a place, which the alignment leaves free: what the record is.
const TOMBSTONE: u64 = 1;

/// Where a record is, and whether it is a tombstone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place(u64);

impl Place {
    pub(crate) fn new(offset: u64, tombstone: bool) -> Place {
        Place(offset | if tombstone { TOMBSTONE } else { 0 })
    }

    pub(crate) fn offset(self) -> u64 {
        self.0 & !(ALIGN - 1)
    }

    pub(crate) fn is_tombstone(self) -> bool {
        self.0 & TOMBSTONE != 0
    }
}

/// A hash and the record that it leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) tag: u64,
    pub(crate) place: Place,
}

/// How large a table is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    /// Number of homes.
    pub(crate) homes: u64,
    /// Number of slots, at least that of homes.
    pub(crate) slots: u64,
}

fn home(tag: u64, homes: u64) -> u64 {
    let scaled = (u128::from(tag) * u128::from(homes)) >> 64;
    // Less than `homes`.
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// Writes the table of `entries`, which it sorts, slot by slot.
///
/// # Errors
/// Those of `emit`.
pub(crate) fn build<E>(
    entries: &mut [Entry],
    mut emit: impl FnMut(&[u8; slot::LEN]) -> Result<(), E>,
) -> Result<Shape, E> {
    entries.sort_unstable_by(|a, b| a.tag.cmp(&b.tag).then(b.place.cmp(&a.place)));
    // Load of 0.7 at most.
    let homes = crate::layout::wide(entries.len()).saturating_mul(10) / 7 + 1;
    let mut next = 0;
    for entry in entries.iter() {
        while next < home(entry.tag, homes) {
            emit(&[0; slot::LEN])?;
            next += 1;
        }
        let mut bytes = [0; slot::LEN];
        crate::layout::set(&mut bytes, slot::TAG, &entry.tag.to_le_bytes());
        crate::layout::set(&mut bytes, slot::PLACE, &entry.place.0.to_le_bytes());
        emit(&bytes)?;
        next += 1;
    }
    while next < homes {
        emit(&[0; slot::LEN])?;
        next += 1;
    }
    Ok(Shape { homes, slots: next })
}

/// A table where it lies, in a map or in memory.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) homes: u64,
}

impl<'a> Table<'a> {
    /// The places of all records with this hash, newest first, each with the number of its slot.
    #[inline]
    pub(crate) fn find(self, tag: u64) -> impl Iterator<Item = (usize, Place)> + 'a {
        let first = usize::try_from(home(tag, self.homes)).unwrap_or(usize::MAX);
        let slots = self.bytes.get(first.saturating_mul(slot::LEN)..).unwrap_or_default();
        (first..)
            .zip(slots.chunks_exact(slot::LEN).map_while(entry))
            .take_while(move |(_, entry)| entry.tag <= tag)
            .filter(move |(_, entry)| entry.tag == tag)
            .map(|(slot, entry)| (slot, entry.place))
    }

    /// Number of slots.
    pub(crate) fn slots(self) -> usize {
        self.bytes.len() / slot::LEN
    }

    /// About `count` entries, at even distances.
    pub(crate) fn sample(self, count: usize) -> impl Iterator<Item = Entry> + 'a {
        let stride = (self.slots() / count.max(1)).max(1);
        // Most slots are taken, so one of those that follow is.
        (0..self.slots()).step_by(stride).filter_map(move |at| {
            let rest = self.bytes.get(at * slot::LEN..)?;
            rest.chunks_exact(slot::LEN).take(stride).find_map(entry)
        })
    }

    /// All entries, by rising hash, newest first among equals.
    pub(crate) fn entries(self) -> impl Iterator<Item = Entry> + 'a {
        self.bytes.chunks_exact(slot::LEN).filter_map(entry)
    }
}

/// The entry in a slot. An empty slot is all zeros: no record begins at offset zero.
fn entry(bytes: &[u8]) -> Option<Entry> {
    let place = Place(u64_at(bytes, slot::PLACE)?);
    if place.0 == 0 { None } else { Some(Entry { tag: u64_at(bytes, slot::TAG)?, place }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(mut entries: Vec<Entry>) -> (Vec<u8>, Shape) {
        let mut bytes = Vec::new();
        let shape = build(&mut entries, |slot| {
            bytes.extend_from_slice(slot);
            Ok::<(), ()>(())
        })
        .unwrap();
        (bytes, shape)
    }

    fn check(tags: &[u64]) {
        let entries: Vec<Entry> =
            (1..).zip(tags).map(|(i, &tag)| Entry { tag, place: Place::new(i * 16, i % 3 == 0) }).collect();
        let (bytes, shape) = table(entries.clone());
        assert_eq!(bytes.len() as u64, shape.slots * 16);
        let table = Table { bytes: &bytes, homes: shape.homes };
        for entry in &entries {
            let mut expected: Vec<Place> =
                entries.iter().filter(|e| e.tag == entry.tag).map(|e| e.place).collect();
            expected.sort();
            expected.reverse();
            assert_eq!(table.find(entry.tag).map(|(_, place)| place).collect::<Vec<_>>(), expected);
            assert!(table.find(entry.tag).all(|(slot, place)| {
                super::entry(&bytes[slot * slot::LEN..]) == Some(Entry { tag: entry.tag, place })
            }));
        }
        assert_eq!(table.entries().count(), entries.len());
        assert!(table.entries().is_sorted_by_key(|e| e.tag));
        for absent in [3, u64::MAX - 3, u64::MAX / 3] {
            if !tags.contains(&absent) {
                assert_eq!(table.find(absent).count(), 0);
            }
        }
    }

    #[test]
    fn finds_what_was_put_in() {
        check(&[]);
        check(&[0]);
        check(&[u64::MAX]);
        check(&[u64::MAX; 20]);
        check(&[0; 20]);
        check(&[7, 7, 7, u64::MAX, u64::MAX, u64::MAX - 1, 0, 0, 1]);
        let spread: Vec<u64> = (0..5000u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        check(&spread[..700]);
        let clustered: Vec<u64> = (0..300).map(|i| u64::MAX - i / 2).collect();
        check(&clustered);
    }

    #[test]
    fn any_bytes_are_a_table() {
        for homes in [0, 1, 5, u64::MAX] {
            for bytes in [&[][..], &[0xff; 100], &[1; 7]] {
                let table = Table { bytes, homes };
                table.find(u64::MAX).count();
                table.find(0).count();
                table.entries().count();
            }
        }
    }
}
