//! Storage for entries, addressed by slots that know when they have become stale.

use std::fmt;

/// No cell; ends the list of free ones.
const NIL: u32 = u32::MAX;

/// A handle to one tracked entry.
///
/// It stays valid until the entry is removed or frozen. After that it is stale: every call answers
/// `None` or `false`, also when its place has been given to another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    index: u32,
    generation: u32,
}

impl Slot {
    /// A slot that no entry ever has: live generations begin at one.
    pub(crate) const DEAD: Self = Self { index: NIL, generation: 0 };

    /// The place of the entry: small numbers, reused after removal, never by two live entries at
    /// once. Meant for a side table that runs parallel to the machine.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }

    pub(crate) const fn place(self) -> u32 {
        self.index
    }

    /// How often the place had been given out when this slot was made.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.generation
    }
}

impl fmt::Display for Slot {
    /// Writes `#index.generation`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.index, self.generation)
    }
}

#[derive(Clone, Debug)]
struct Cell<T> {
    generation: u32,
    next_free: u32,
    value: Option<T>,
}

/// A vector with a free list. Places are reused last-in first-out, so the same events give the same slots.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    cells: Vec<Cell<T>>,
    free: u32,
    live: usize,
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { cells: Vec::new(), free: NIL, live: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.live
    }

    /// Stores a value; [`Slot::DEAD`] once all 2^32 - 1 places are taken.
    pub(crate) fn insert(&mut self, value: T) -> Slot {
        let index = self.free;
        if let Some(cell) = self.cells.get_mut(index as usize) {
            self.free = cell.next_free;
            cell.value = Some(value);
            self.live += 1;
            return Slot { index, generation: cell.generation };
        }
        match u32::try_from(self.cells.len()) {
            Ok(index) if index != NIL => {
                self.cells.push(Cell { generation: 1, next_free: NIL, value: Some(value) });
                self.live += 1;
                Slot { index, generation: 1 }
            }
            _ => Slot::DEAD,
        }
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        let cell = self.cells.get(slot.index())?;
        if cell.generation == slot.generation { cell.value.as_ref() } else { None }
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        let cell = self.cells.get_mut(slot.index())?;
        if cell.generation == slot.generation { cell.value.as_mut() } else { None }
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> Option<T> {
        let cell = self.cells.get_mut(slot.index())?;
        if cell.generation != slot.generation {
            return None;
        }
        let value = cell.value.take()?;
        self.live -= 1;
        // A place whose generations are used up is retired rather than wrapped around: a stale slot
        // must never come back to life.
        if let Some(next) = cell.generation.checked_add(1) {
            cell.generation = next;
            cell.next_free = self.free;
            self.free = slot.index;
        }
        Some(value)
    }

    /// The live slot at a place.
    pub(crate) fn slot_at(&self, index: u32) -> Option<Slot> {
        let cell = self.cells.get(index as usize)?;
        cell.value.as_ref().map(|_| Slot { index, generation: cell.generation })
    }

    /// All live entries by ascending place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        (0..NIL).zip(&self.cells).filter_map(|(index, cell)| {
            cell.value.as_ref().map(|value| (Slot { index, generation: cell.generation }, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Slab, Slot};

    #[test]
    fn used_up_generations_retire_the_place() {
        let mut slab = Slab::new();
        let first = slab.insert('a');
        if let Some(cell) = slab.cells.get_mut(first.index()) {
            cell.generation = u32::MAX;
        }
        let last = Slot { index: 0, generation: u32::MAX };
        assert_eq!(slab.remove(last), Some('a'));
        assert_eq!(slab.insert('b').index(), 1);
        assert_eq!((slab.get(first), slab.get(last), slab.get(Slot::DEAD)), (None, None, None));
    }
}
