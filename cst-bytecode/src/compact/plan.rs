//! What is to be done about the records of a shape: worked out once, so that most cost a few loads and no branch.

use super::expand::{NO_OPERAND, Taken};
use super::shapes::Row;
use crate::advance::Advance;
use crate::error::DecodeError;
use crate::number::{self, Written};
use crate::record::Name;
use crate::shape::Shape;
use crate::step::{ERROR, LONG, Step};

/// No record of the shape has been met yet. A bit beside those in [`step`](crate::step).
pub(super) const UNMET: u8 = 128;
/// What is not put together in one go.
pub(super) const RARE: u8 = LONG | ERROR;

/// How records of a shape are put together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// Of a shape that was met, with the operands of its number.
    pub(super) advance: Advance,
    pub(super) number: Written,
    /// 255 if the padding is an operand of one byte, else 0. The same of a leaf's size.
    pub(super) padding_mask: u8,
    pub(super) size_mask: u8,
}

impl Plan {
    /// The plan of a shape that was not met, if records may have such a shape.
    pub(super) fn of(shape: Shape, names: &[[u16; 2]]) -> Result<Self, DecodeError> {
        let name = match shape.name() {
            0 => Some(Name::default()),
            number => names.get(number - 1).copied().map(Name::of),
        };
        let mut advance = Advance::of(shape, name)?;
        advance.bits |= UNMET;
        let (padding_mask, size_mask, _) = Step::of_named(shape, false).masks();
        Ok(Self { advance, padding_mask, size_mask, ..Self::default() })
    }

    /// Those of all shapes, and whether any is about an error.
    pub(super) fn all(rows: &[Row], names: &[[u16; 2]]) -> Result<(Box<[Self]>, bool), DecodeError> {
        let plans = rows.iter().map(|row| Self::of(row.shape, names)).collect::<Result<Box<_>, _>>()?;
        let has_errors = plans.iter().any(|plan| plan.has(ERROR));
        Ok((plans, has_errors))
    }

    #[inline(always)]
    pub(super) fn has(&self, bits: u8) -> bool {
        self.advance.has(bits)
    }

    /// Puts the operands of a record together that has no long ones, at a place, in one go. Gives how much text they say.
    #[inline(always)]
    pub(super) fn put(
        &self,
        (paddings, sizes): (&[u8], &[u8]),
        taken: &mut Taken,
        out: &mut [u8],
        at: usize,
    ) -> Result<u32, DecodeError> {
        // Where there is none it is seen at the end that too many were taken.
        let padding = paddings.get(taken.paddings).copied().unwrap_or(0) & self.padding_mask;
        let size = sizes.get(taken.sizes).copied().unwrap_or(0) & self.size_mask;
        let (has_padding, has_size) = (self.padding_mask & 1, self.size_mask & 1);
        taken.paddings += usize::from(has_padding);
        taken.sizes += usize::from(has_size);
        let padding_at = self.number.length << 3;
        let size_at = padding_at + (has_padding << 3);
        let word = u64::from(self.number.operands)
            | u64::from(padding) << (padding_at & 63)
            | u64::from(size) << (size_at & 63);
        let place = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut()).ok_or(NO_OPERAND)?;
        *place = word.to_le_bytes();
        Ok(u32::from(padding) + u32::from(size))
    }

    /// Gives the shape its number.
    pub(super) fn number(&mut self, number: u16) {
        self.number = number::write(number);
        self.advance.bits &= !UNMET;
        self.advance.sums = self.advance.sums.with_length(self.number.length);
    }
}
