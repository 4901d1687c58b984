//! What a record adds to a [`Pass`](crate::pass::Pass), by its shape: worked out once, so that most records cost a
//! few loads and no branch.

use crate::error::DecodeError;
use crate::layout::flags;
use crate::record::Name;
use crate::shape::{Shape, padding};
use crate::step::{LINE_END, LONG, NAMED, PADDED, Step, VISIBLE};

pub(crate) const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");

/// What is simply added up over records, in bits of one number: bytes of operands, bytes of text, visible subtrees,
/// line ends. It has room for what [`Sums::MOST`] records without long operands come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums(u64);

impl Sums {
    /// So many visible subtrees and line ends fit ten bits each; four bytes of operands for each fit twelve; and 64 bytes
    /// of text, and what two operands of a byte say, fit twenty.
    pub(crate) const MOST: usize = 1023;
    const TEXT: u32 = 12;
    const VISIBLE: u32 = 32;
    const LINE_ENDS: u32 = 42;

    /// Adds a record, with text that its operands say.
    #[inline(always)]
    pub(crate) fn add(&mut self, other: Self, text: u32) {
        self.0 = self.0.wrapping_add(other.0).wrapping_add(u64::from(text) << Self::TEXT);
    }

    /// With so many bytes of operands more, of which none is text.
    pub(crate) fn with_length(self, more: u8) -> Self {
        Self(self.0 + u64::from(more))
    }

    /// Bytes of operands.
    #[inline(always)]
    pub(crate) fn length(self) -> usize {
        self.0 as usize & 0xfff
    }

    /// Bytes of text.
    #[inline(always)]
    pub(crate) fn text(self) -> u64 {
        self.0 >> Self::TEXT & 0xfffff
    }

    /// Visible subtrees.
    #[inline(always)]
    pub(crate) fn visible(self) -> u32 {
        (self.0 >> Self::VISIBLE) as u32 & 0x3ff
    }

    /// Paddings that end a line.
    #[inline(always)]
    pub(crate) fn line_ends(self) -> u64 {
        self.0 >> Self::LINE_ENDS
    }
}

/// How records of a shape are gone past.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Advance {
    /// Of one record; text only that is in no operand.
    pub(crate) sums: Sums,
    /// 1 if it is visible; and in the upper half, 1 if it is a named node.
    pub(crate) counts: u64,
    /// Children but for one, modulo 2^64; 14 where they are an operand.
    pub(crate) more: u64,
    /// See [`Paddings`].
    paddings: u32,
    /// Which bits of the first two bytes of operands say how much text there is, each byte by itself.
    text_mask: u16,
    /// Of what is visible, its children.
    pub(crate) inside: u8,
    /// As in [`step`](crate::step).
    pub(crate) bits: u8,
}

impl Advance {
    /// That of what is no shape.
    pub(crate) const OTHER: Self =
        Self { sums: Sums(0), counts: 0, more: 0, paddings: 0, text_mask: 0, inside: 0, bits: LONG };

    /// That of a shape, if there may be records of it, whose name is `None` if it is not there.
    #[inline]
    pub(crate) fn of(shape: Shape, name: Option<Name>) -> Result<Self, DecodeError> {
        let name = name.ok_or(DecodeError::corrupt("a name that is not there"))?;
        if shape.padding_form() > padding::LONG {
            return Err(NO_RECORD);
        }
        if (name.alias != 0) != shape.has(flags::RENAMED) {
            return Err(DecodeError::corrupt("an alias that is not there"));
        }
        let step = Step::of_named(shape, name.is_named(shape));
        let bit = |bit| u64::from(step.has(bit));
        let sums = u64::from(step.length())
            | u64::from(step.padding() + step.size()) << Sums::TEXT
            | bit(VISIBLE) << Sums::VISIBLE
            | bit(LINE_END) << Sums::LINE_ENDS;
        // Where the padding is no operand the size is the first, so that it has the mask of either.
        let (padding, size, _) = step.masks();
        let text_mask = u16::from_le_bytes([padding | size, padding & size]);
        let children = u64::from(step.child_count());
        Ok(Self {
            sums: Sums(sums),
            counts: bit(VISIBLE) | bit(NAMED) << 32,
            more: children.wrapping_sub(1),
            paddings: Paddings::after(shape.is_leaf(), step.has(PADDED)),
            text_mask,
            inside: (children * bit(VISIBLE)) as u8,
            bits: step.bits(),
        })
    }

    #[inline(always)]
    pub(crate) fn has(&self, bits: u8) -> bool {
        self.bits & bits != 0
    }

    /// Bytes of text that the operands say: padding and size.
    #[inline(always)]
    pub(crate) fn operand_text(&self, operands: [u8; 2]) -> u32 {
        let operands = u16::from_le_bytes(operands) & self.text_mask;
        u32::from(operands & 0xff) + u32::from(operands >> 8)
    }
}

/// How many records since the last leaf have the padding of the next: none, one, or at any time two. As how far a
/// shape's number is to be shifted that says what it is then: 0, 8 or 16 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paddings(u32);

impl Paddings {
    const NONE: u32 = 0;
    const ONE: u32 = 8;
    const TWO: u32 = 16;

    /// What it is after a record, for each of the three a byte.
    #[inline]
    fn after(is_leaf: bool, is_padded: bool) -> u32 {
        let [none, one] = match (is_leaf, is_padded) {
            (true, false) => [Self::NONE, Self::NONE],
            (true, true) => [Self::NONE, Self::TWO],
            (false, false) => [Self::NONE, Self::ONE],
            (false, true) => [Self::ONE, Self::TWO],
        };
        none | one << Self::ONE | Self::TWO << Self::TWO
    }

    /// Goes past a record.
    #[inline(always)]
    pub(crate) fn go_past(&mut self, advance: &Advance) {
        self.0 = advance.paddings >> (self.0 & 31) & 0xff;
    }

    /// Whether there were two.
    pub(crate) fn were_two(self) -> bool {
        self.0 == Self::TWO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_room_for_the_most() {
        let all = Sums(4 | 64 << Sums::TEXT | 1 << Sums::VISIBLE | 1 << Sums::LINE_ENDS);
        let mut sums = Sums::default();
        (0..Sums::MOST).for_each(|_| sums.add(all, 255 + 255));
        let counted = (sums.length(), sums.text(), sums.visible(), sums.line_ends());
        let most = Sums::MOST;
        assert_eq!(counted, (4 * most, (64 + 510) * most as u64, most as u32, most as u64));
    }

    #[test]
    fn two_paddings_of_one_leaf_are_seen() {
        let kinds = [(true, false), (true, true), (false, false), (false, true)];
        let advances = kinds.map(|(is_leaf, is_padded)| Advance {
            paddings: Paddings::after(is_leaf, is_padded),
            ..Advance::OTHER
        });
        for records in 0..4_usize.pow(6) {
            let (mut paddings, mut count, mut were_two) = (Paddings::default(), 0, false);
            for kind in (0..6).map(|i| records >> (2 * i) & 3) {
                paddings.go_past(&advances[kind]);
                let (is_leaf, is_padded) = kinds[kind];
                count += u32::from(is_padded);
                were_two |= count > 1;
                count *= u32::from(!is_leaf);
            }
            assert_eq!(paddings.were_two(), were_two, "{records:o}");
        }
    }
}
