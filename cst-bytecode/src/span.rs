//! Where a parent ends, as its record says it: its extent.

use crate::ffi::Extent;
use crate::shape::{Shape, extent};

/// What a parent's extent says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Size of its text.
    pub(crate) size: Extent,
    /// Visible descendants.
    pub(crate) descendants: u32,
    /// Records from the next up to its last descendant's, and how many bytes of operands these have.
    pub(crate) records: u32,
    pub(crate) operands: u32,
    /// Of hidden parents: visible children, and named ones.
    pub(crate) children: u32,
    pub(crate) named_children: u32,
}

/// Parents with so many visible descendants do not have the short forms: their records and operands would not always fit,
/// and those are not known yet when the form is chosen.
const TOO_MANY_FOR_LINE: u32 = 64;
const TOO_MANY_FOR_SHORT: u32 = 1 << 15;

impl Span {
    /// An extent of the form `LINE`, from the bytes that it begins with.
    #[inline(always)]
    pub(crate) fn of_line(shape: Shape, word: u64) -> Self {
        let [bytes, descendants, records, operands, children, named, ..] = word.to_le_bytes();
        let (children, named) = if shape.is_visible() { (0, 0) } else { (children, named) };
        Self {
            size: Extent { bytes: bytes.into(), row: 0, column: bytes.into() },
            descendants: descendants.into(),
            records: records.into(),
            operands: operands.into(),
            children: children.into(),
            named_children: named.into(),
        }
    }

    /// An extent of one of the other forms, from the bytes that begin with it.
    #[inline]
    pub(crate) fn read(shape: Shape, form: u8, bytes: &[u8]) -> Option<Self> {
        let is_hidden = !shape.is_visible();
        if form == extent::SHORT {
            let word: &[u8; 10] = bytes.first_chunk()?;
            let number = |i: usize| u32::from(u16::from_le_bytes([word[i], word[i + 1]]));
            let (mut children, mut named_children) = (0, 0);
            if is_hidden {
                let &[low, high, named_low, named_high] = bytes.get(10..)?.first_chunk()?;
                children = u16::from_le_bytes([low, high]).into();
                named_children = u16::from_le_bytes([named_low, named_high]).into();
            }
            let size = Extent { bytes: number(0), row: word[8].into(), column: word[9].into() };
            let (descendants, records, operands) = (number(2), number(4), number(6));
            return Some(Self { size, descendants, records, operands, children, named_children });
        }
        let number = |i: usize| bytes.get(i * 4..)?.first_chunk().copied().map(u32::from_le_bytes);
        let (children, named_children) = if is_hidden { (number(6)?, number(7)?) } else { (0, 0) };
        Some(Self {
            size: Extent { bytes: number(0)?, row: number(4)?, column: number(5)? },
            descendants: number(1)?,
            records: number(2)?,
            operands: number(3)?,
            children,
            named_children,
        })
    }

    /// The form that a writer gives it. Its records and operands may not be known yet: if it then has no room for them,
    /// there is a longer one.
    #[inline]
    pub(crate) fn form(&self) -> u8 {
        let Self { size, descendants, children, named_children, .. } = *self;
        let is_line = size.row == 0 && size.column == size.bytes;
        if is_line
            && size.bytes <= 0xff
            && descendants < TOO_MANY_FOR_LINE
            && (children | named_children) <= 0xff
        {
            extent::LINE
        } else if (size.bytes | children | named_children) <= 0xffff
            && descendants < TOO_MANY_FOR_SHORT
            && (size.row | size.column) <= 0xff
        {
            extent::SHORT
        } else {
            extent::LONG
        }
    }

    /// It in one of the two short forms; `None` where that has no room. Which of them it is, and whether the parent is
    /// hidden, is hard to foresee, so there is no branch for these.
    #[inline(always)]
    fn short(&self, shape: Shape) -> Option<Words> {
        let is_short = shape.extent_form() == extent::SHORT;
        let bits = if is_short { 16 } else { 8 };
        let Self { size, descendants, records, operands, children, named_children } = *self;
        let [row, column] = [size.row, size.column].map(u64::from);
        let numbers = [size.bytes, descendants, records, operands, children, named_children].map(u64::from);
        let beyond = numbers.into_iter().fold(0, |all, number| all | number) >> bits;
        let [size, descendants, records, operands, children, named] = numbers;
        let head = size | descendants << bits | records << (2 * bits) | operands << (3 * bits);
        let counts = children | named << bits;
        let hidden = if shape.is_visible() { 0 } else { u64::MAX };
        let (words, misfit) = if is_short {
            let tail = row | column << 8 | counts << 16;
            let masks = [u64::MAX, 0xffff | hidden & 0xffff_ffff_ffff];
            (Words { words: [head, tail], masks, second: 8 }, (row | column) >> 8)
        } else {
            let masks = [0xffff_ffff, hidden & 0xffff];
            (Words { words: [head, counts], masks, second: 4 }, row | (column ^ size))
        };
        (beyond | misfit == 0).then_some(words)
    }

    /// Whether bytes that begin with the extent of a parent of this shape say it.
    #[inline(always)]
    pub(crate) fn is_written(&self, shape: Shape, bytes: &[u8]) -> bool {
        match shape.extent_form() {
            extent::NONE => true,
            extent::LONG => Self::read(shape, extent::LONG, bytes) == Some(*self),
            _ => self.short(shape).is_some_and(|words| words.are_in(bytes)),
        }
    }

    /// Writes it over bytes that go on for eight more at least; false where its form has no room for it.
    #[inline(always)]
    pub(crate) fn overwrite(&self, shape: Shape, bytes: &mut [u8]) -> bool {
        match shape.extent_form() {
            extent::NONE => true,
            extent::LONG => self.overwrite_long(shape, bytes),
            _ => self.short(shape).is_some_and(|words| words.write(bytes)),
        }
    }

    #[inline(never)]
    fn overwrite_long(&self, shape: Shape, bytes: &mut [u8]) -> bool {
        let mut extent = Vec::with_capacity(shape.extent_width());
        self.write(shape, &mut extent);
        let place = bytes.get_mut(..extent.len());
        place.is_some_and(|place| {
            place.copy_from_slice(&extent);
            true
        })
    }

    /// Writes it in the form of a shape, which has room for it.
    pub(crate) fn write(&self, shape: Shape, out: &mut Vec<u8>) {
        let is_hidden = !shape.is_visible();
        let Self { size, descendants, records, operands, children, named_children } = *self;
        match shape.extent_form() {
            extent::NONE => {}
            extent::LINE => {
                out.extend_from_slice(&[size.bytes, descendants, records, operands].map(|n| n as u8));
                if is_hidden {
                    out.extend_from_slice(&[children as u8, named_children as u8]);
                }
            }
            extent::SHORT => {
                for number in [size.bytes, descendants, records, operands] {
                    out.extend_from_slice(&(number as u16).to_le_bytes());
                }
                out.extend_from_slice(&[size.row as u8, size.column as u8]);
                if is_hidden {
                    out.extend_from_slice(&(children as u16).to_le_bytes());
                    out.extend_from_slice(&(named_children as u16).to_le_bytes());
                }
            }
            _ => {
                for number in [size.bytes, descendants, records, operands, size.row, size.column] {
                    out.extend_from_slice(&number.to_le_bytes());
                }
                if is_hidden {
                    out.extend_from_slice(&children.to_le_bytes());
                    out.extend_from_slice(&named_children.to_le_bytes());
                }
            }
        }
    }
}

/// Bytes as bits of two words.
struct Words {
    words: [u64; 2],
    /// Which bits of them there are.
    masks: [u64; 2],
    /// Where the second word begins, counted from the first.
    second: usize,
}

impl Words {
    #[inline(always)]
    fn are_in(&self, bytes: &[u8]) -> bool {
        let word = |at: usize| bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes);
        let Some((first, second)) = word(0).zip(word(self.second)) else { return false };
        (first ^ self.words[0]) & self.masks[0] | (second ^ self.words[1]) & self.masks[1] == 0
    }

    /// Writes them over what is there; false if that is too short.
    #[inline(always)]
    fn write(&self, bytes: &mut [u8]) -> bool {
        for (i, at) in [0, self.second].into_iter().enumerate() {
            let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) else {
                return false;
            };
            let other = u64::from_le_bytes(*place) & !self.masks[i];
            *place = (other | self.words[i] & self.masks[i]).to_le_bytes();
        }
        true
    }
}

/// Writes records and operands into an extent that was written without them; false if its form has no room.
pub(crate) fn complete(extent: &mut [u8], form: u8, records: u32, operands: u32) -> bool {
    let (place, room) = match form {
        extent::LINE => (2, 1),
        extent::SHORT => (4, 2),
        _ => (8, 4),
    };
    let is_fitting = room == 4 || (records | operands) >> (8 * room) == 0;
    if let Some(numbers) = extent.get_mut(place..place + 2 * room) {
        let (first, second) = numbers.split_at_mut(room);
        first.copy_from_slice(&records.to_le_bytes()[..room]);
        second.copy_from_slice(&operands.to_le_bytes()[..room]);
    }
    is_fitting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::flags;

    /// Both ways to write say the same, and are read again; and what has no room in a form is not written in it.
    #[test]
    fn what_is_written_is_read_again() {
        let numbers = [0, 1, 0xff, 0x100, 0xffff, 0x1_0000, u32::MAX];
        let mut spans = vec![Span::default()];
        for field in 0..8 {
            for number in numbers {
                let mut own = [3, 3, 4, 5, 6, 7, 8, 9];
                own[field] = number;
                let [bytes, column, row, descendants, records, operands, children, named_children] = own;
                for row in [0, row] {
                    let size = Extent { bytes, row, column };
                    spans.push(Span { size, descendants, records, operands, children, named_children });
                }
            }
        }
        let mut written = [0; 4];
        for flags in [0, u64::from(flags::VISIBLE) << 32] {
            for form in [extent::LINE, extent::SHORT, extent::LONG] {
                let shape = Shape(flags).with_extent(form);
                for mut span in spans.iter().copied() {
                    if shape.is_visible() {
                        (span.children, span.named_children) = (0, 0);
                    }
                    let mut bytes = Vec::new();
                    span.write(shape, &mut bytes);
                    assert_eq!(bytes.len(), shape.extent_width());
                    bytes.extend([0xaa; 8]);
                    let mut over = [0xaa; 40];
                    let has_room = span.overwrite(shape, &mut over);
                    let word = u64::from_le_bytes(*bytes.first_chunk().unwrap());
                    let read = match form {
                        extent::LINE => Some(Span::of_line(shape, word)),
                        _ => Span::read(shape, form, &bytes),
                    };
                    assert_eq!(read == Some(span), has_room, "{span:?} {form}");
                    assert_eq!(span.is_written(shape, &bytes), has_room, "{span:?} {form}");
                    if has_room {
                        assert!(
                            over.starts_with(&bytes) && over[bytes.len()..].iter().all(|&byte| byte == 0xaa)
                        );
                        written[usize::from(form)] += 1;
                        for at in 0..bytes.len() - 8 {
                            bytes[at] ^= 1;
                            assert!(!span.is_written(shape, &bytes), "{span:?} {form} {at}");
                            bytes[at] ^= 1;
                        }
                    }
                }
            }
        }
        assert!(written[1..].iter().all(|&count| count > 10), "{written:?}");
    }
}
