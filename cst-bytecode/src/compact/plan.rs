//! What is to be done about the records of a shape: worked out once, so that most cost a few loads and no branch.

use super::shapes::Row;
use crate::error::DecodeError;
use crate::layout::{ESCAPE, GROUP_OF_ERRORS, NAMED_ALIAS, flags};
use crate::shape::{LONG, Shape, extent, padding};

/// It is a node that users see.
pub(super) const VISIBLE: u8 = 1;
/// And one that is named.
pub(super) const NAMED: u8 = 2;
/// The padding is a line end and columns.
pub(super) const LINE_END: u8 = 4;
/// It has long operands or an extent, or is about an error.
pub(super) const RARE: u8 = 8;
/// It is about an error.
pub(super) const ERROR: u8 = 16;
/// It has a padding.
pub(super) const PADDED: u8 = 32;
/// No record of the shape has been met yet.
pub(super) const NEW: u8 = 64;

/// How records of a shape are put together. Bytes, not bits of a word: a byte is loaded sooner than it is shifted out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// The number of the shape as bytecode has it, once that is known; and how many bits.
    pub(super) head: u32,
    pub(super) head_bits: u8,
    /// 255 if the padding is an operand of one byte, else 0. The same of a leaf's size.
    pub(super) padding_mask: u8,
    pub(super) size_mask: u8,
    /// Bytes of text that are no operands.
    pub(super) text: u8,
    /// Children; 15 where that is an operand.
    pub(super) child_count: u8,
    pub(super) bits: u8,
}

impl Plan {
    /// The plan of a shape without a number, if records may have such a shape.
    pub(super) fn of(shape: Shape, names: &[[u16; 2]]) -> Result<Self, DecodeError> {
        let (form, extent, child_count) =
            (shape.padding_form(), shape.extent_form(), shape.child_count() as u8);
        let name = match shape.name().checked_sub(1) {
            None => [0; 2],
            Some(name) => *names.get(name).ok_or(DecodeError::corrupt("a name that is not there"))?,
        };
        if form > padding::LONG {
            return Err(DecodeError::corrupt("a record of no known form"));
        }
        let is_renamed = shape.has(flags::RENAMED);
        if (name[0] != 0) != is_renamed {
            return Err(DecodeError::corrupt("an alias that is not there"));
        }
        let is_leaf = shape.is_leaf();
        let is_visible = shape.is_visible();
        let is_named = if is_renamed { name[1] & NAMED_ALIAS != 0 } else { shape.has(flags::NAMED) };
        let error = if is_leaf { flags::MISSING } else { flags::HAS_ERROR };
        let is_error = shape.has(error) || shape.symbol() >= GROUP_OF_ERRORS;
        let is_long = if is_leaf {
            shape.has_long_leaf()
        } else {
            extent != extent::NONE || u32::from(child_count) == LONG
        };
        let bit = |bit: u8, is_set: bool| if is_set { bit } else { 0 };
        let bits = bit(VISIBLE, is_visible)
            | bit(NAMED, is_visible && is_named)
            | bit(LINE_END, form == padding::NEWLINE)
            | bit(RARE, form >= padding::SHORT || is_long || is_error)
            | bit(ERROR, is_error)
            | bit(PADDED, form != padding::NONE);
        let mask = |is_operand: bool| if is_operand { u8::MAX } else { 0 };
        Ok(Self {
            head: 0,
            head_bits: 0,
            padding_mask: mask(form == padding::LINE || form == padding::NEWLINE),
            size_mask: mask(is_leaf && extent == extent::LINE),
            text: (form & 1) + if is_leaf && extent == extent::NONE { shape.size() as u8 } else { 0 },
            child_count,
            bits: bits | NEW,
        })
    }

    /// Those of all shapes, and whether any is about an error.
    pub(super) fn all(rows: &[Row], names: &[[u16; 2]]) -> Result<(Box<[Self]>, bool), DecodeError> {
        let plans = rows.iter().map(|row| Self::of(row.shape, names)).collect::<Result<Box<_>, _>>()?;
        let has_errors = plans.iter().any(|plan| plan.has(ERROR));
        Ok((plans, has_errors))
    }

    #[inline(always)]
    pub(super) fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    /// Gives the shape its number.
    pub(super) fn number(&mut self, number: u16) {
        self.bits &= !NEW;
        (self.head, self.head_bits) = if number < ESCAPE.into() {
            (number.into(), 8)
        } else {
            (u32::from(number) << 8 | u32::from(ESCAPE), 24)
        };
    }
}
