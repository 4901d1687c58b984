//! A place in the text, as a walk keeps it.

use crate::ffi::Extent;

/// A place in the text. Says where its line begins instead of its column: that stays the same along a line, so
/// that most steps change the byte alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) byte: u32,
    pub(crate) row: u32,
    /// The byte that its line begins with; modulo 2^32, for columns are as the bytecode says they are.
    pub(crate) line: u32,
}

impl Place {
    #[inline]
    pub(crate) fn column(self) -> u32 {
        self.byte.wrapping_sub(self.line)
    }

    /// The place where text from here on ends.
    #[inline(always)]
    pub(crate) fn after(self, text: Extent) -> Self {
        let byte = self.byte.wrapping_add(text.bytes);
        let line = if text.row > 0 {
            byte.wrapping_sub(text.column)
        } else {
            self.line.wrapping_add(text.bytes).wrapping_sub(text.column)
        };
        Self { byte, row: self.row.wrapping_add(text.row), line }
    }

    /// The text from here on that ends at a place.
    #[inline]
    pub(crate) fn until(self, end: Self) -> Extent {
        let row = end.row.wrapping_sub(self.row);
        let column = if row > 0 { end.column() } else { end.column().wrapping_sub(self.column()) };
        Extent { bytes: end.byte.wrapping_sub(self.byte), row, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_added_extents() {
        let texts = [(3, 0, 3), (5, 2, 1), (4, 0, 4), (7, 0, 2), (9, 1, 8), (0, 0, 0), (6, 0, u32::MAX)];
        let (mut place, mut sum) = (Place::default(), Extent::default());
        for (bytes, row, column) in texts {
            let text = Extent { bytes, row, column };
            let before = place;
            place = place.after(text);
            assert_eq!(before.until(place), text);
            let same_line = if row == 0 { sum.column } else { 0 };
            let column = same_line.wrapping_add(text.column);
            sum = Extent { bytes: sum.bytes + bytes, row: sum.row + row, column };
            assert_eq!((place.byte, place.row, place.column()), (sum.bytes, sum.row, sum.column));
        }
    }
}
