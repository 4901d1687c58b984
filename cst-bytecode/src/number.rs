//! The number of a record's shape: a byte in a column of its own, and none, one or two bytes of operands.

use crate::layout::{ESCAPE, FIRST_ESCAPED, FIRST_PAGE, PAGE};

/// A number as it is written, in the shortest form that it has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) byte: u8,
    /// The operands, the first in the lowest bits, and how many.
    pub(crate) operands: u16,
    pub(crate) length: u8,
}

#[inline(always)]
pub(crate) fn write(number: u16) -> Written {
    let length = length(number.into());
    // Without a branch: how wide it is, is hard to foresee.
    let place = number.wrapping_sub(FIRST_PAGE.into());
    let page = FIRST_PAGE.wrapping_add((place >> 8) as u8);
    let byte = if length == 0 { number as u8 } else { page };
    let byte = if length > 1 { ESCAPE } else { byte };
    let operands = if length > 1 { number } else { place & 0xff };
    let operands = if length == 0 { 0 } else { operands };
    Written { byte, operands, length }
}

/// How many operands a number has.
#[inline(always)]
pub(crate) fn length(number: usize) -> u8 {
    u8::from(number >= FIRST_PAGE.into()) + u8::from(number >= FIRST_ESCAPED)
}

/// The number of a byte that does not say it by itself, whose operands begin there; and where they end.
#[inline(always)]
pub(crate) fn read_wide(byte: u8, operands: &[u8], at: u32) -> Option<(u32, u32)> {
    let operands = operands.get(at as usize..)?;
    if byte == ESCAPE {
        return Some((u16::from_le_bytes(*operands.first_chunk()?).into(), at.wrapping_add(2)));
    }
    let page = u32::from(byte.checked_sub(FIRST_PAGE)?);
    let place = u32::from(*operands.first()?);
    Some((u32::from(FIRST_PAGE) + page * PAGE as u32 + place, at.wrapping_add(1)))
}

/// Something for each shape, by its number: first by a record's byte, then for those that have no byte of their own.
#[derive(Clone, Debug)]
pub(crate) struct ByNumber<T>(Vec<T>);

/// Bytes that there are.
const NEAR: usize = 256;

impl<T: Copy> ByNumber<T> {
    /// From that of each shape, and that of a byte that is no number of a shape.
    pub(crate) fn of<E>(items: impl ExactSizeIterator<Item = Result<T, E>>, other: T) -> Result<Self, E> {
        let mut all = Vec::with_capacity(NEAR + items.len());
        for item in items {
            if all.len() == FIRST_PAGE.into() {
                all.resize(NEAR, other);
            }
            all.push(item?);
        }
        if all.len() < NEAR {
            all.resize(NEAR, other);
        }
        Ok(Self(all))
    }

    /// By a record's byte; always there.
    #[inline(always)]
    pub(crate) fn near(&self) -> Option<&[T; NEAR]> {
        self.0.first_chunk()
    }

    /// That of a shape; also of one that is not there, if a byte would be its number.
    #[inline(always)]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        let far = number.checked_sub(FIRST_PAGE.into());
        self.0.get(far.map_or(number, |far| far + NEAR))
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use super::*;

    #[test]
    fn every_number_is_read_as_it_was_written() {
        let items = (0..=u16::MAX).map(Ok::<_, Infallible>);
        let items: Vec<_> = items.collect();
        let Ok(all) = ByNumber::of(items.into_iter(), u16::MAX);
        for number in 0..=u16::MAX {
            let Written { byte, operands, length } = write(number);
            let read = if byte < FIRST_PAGE {
                (byte.into(), 0)
            } else {
                read_wide(byte, &operands.to_le_bytes()[..length.into()], 0).unwrap()
            };
            assert_eq!(read, (number.into(), length.into()));
            assert_eq!(all.get(number.into()), Some(&number));
            if length == 0 {
                assert_eq!(all.near().unwrap()[usize::from(byte)], number);
            }
        }
        assert_eq!(all.near().unwrap()[usize::from(FIRST_PAGE)..], [u16::MAX; 8]);
        assert_eq!(read_wide(ESCAPE, &[1], 0), None);
        assert_eq!(read_wide(FIRST_PAGE, &[], 0), None);
    }
}
