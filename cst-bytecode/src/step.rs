//! What it takes to go past a record, by its shape: worked out once, so that most records cost two loads and no
//! branch.

use crate::layout::{ESCAPE, flags};
use crate::record::Records;
use crate::shape::{LONG, Shape, extent, padding};

/// How to read the records of a shape.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    /// 255 if the padding is an operand, else 0; and what there is besides.
    padding_mask: u8,
    padding: u8,
    /// The same of a leaf's size.
    size_mask: u8,
    size: u8,
    /// Bits of the operand before the size.
    shift: u8,
    /// Bytes of all operands.
    operands: u8,
    pub(crate) child_count: u8,
    pub(crate) bits: u8,
}

/// It is a node that users see.
pub(crate) const VISIBLE: u8 = 1;
/// And one that is named.
pub(crate) const NAMED: u8 = 2;
/// The padding is a line end and columns.
pub(crate) const LINE_END: u8 = 4;
/// It has long operands, or says where it ends: [`Records::record`] reads those.
pub(crate) const RARE: u8 = 8;
/// An error is in it, or it is missing.
pub(crate) const ERROR: u8 = 16;

impl Step {
    pub(crate) fn of(records: &Records<'_>, shape: Shape) -> Self {
        let form = shape.padding_form();
        let has_padding = form == padding::LINE || form == padding::NEWLINE;
        let (is_leaf, has_extent) = (shape.is_leaf(), shape.extent_form() != extent::NONE);
        let has_size = is_leaf && has_extent;
        let is_long = if is_leaf { shape.has_long_leaf() } else { has_extent || shape.child_count() == LONG };
        let error = if is_leaf { flags::MISSING } else { flags::HAS_ERROR };
        let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        Self {
            padding_mask: bit(has_padding, u8::MAX),
            padding: u8::from(form == padding::SPACE || form == padding::NEWLINE),
            size_mask: bit(has_size, u8::MAX),
            size: if is_leaf && !has_size { shape.size() as u8 } else { 0 },
            shift: bit(has_padding, 8),
            operands: u8::from(has_padding) + u8::from(has_size),
            child_count: shape.child_count() as u8,
            bits: bit(shape.is_visible(), VISIBLE)
                | bit(shape.is_visible() && records.is_named(shape), NAMED)
                | bit(form == padding::NEWLINE, LINE_END)
                | bit(form >= padding::SHORT || is_long, RARE)
                | bit(shape.has(error) || shape.is_error(), ERROR),
        }
    }

    /// Those of all shapes.
    pub(crate) fn all(records: &Records<'_>) -> Box<[Self]> {
        records.shapes.iter().map(|shape| Self::of(records, Shape(shape.to_native()))).collect()
    }

    pub(crate) fn has(self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    /// Bytes of the padding.
    #[inline(always)]
    pub(crate) fn padding(self, operands: u64) -> u32 {
        u32::from(operands as u8 & self.padding_mask) + u32::from(self.padding)
    }

    /// How many lines the padding ends.
    #[inline(always)]
    pub(crate) fn padding_rows(self) -> u32 {
        u32::from(self.bits / LINE_END & 1)
    }

    /// Bytes of a leaf's size; 0 of a parent.
    #[inline(always)]
    pub(crate) fn size(self, operands: u64) -> u32 {
        u32::from((operands >> (self.shift & 63)) as u8 & self.size_mask) + u32::from(self.size)
    }

    /// Bytes of the operands.
    #[inline(always)]
    pub(crate) fn length(self) -> usize {
        self.operands.into()
    }
}

/// The number of a record's shape, its operands (four bytes of them at least), and where they begin.
#[inline(always)]
pub(crate) fn head(records: &[u8], at: usize) -> Option<(usize, u64, usize)> {
    let word = u64::from_le_bytes(*records.get(at..)?.first_chunk()?);
    if word as u8 == ESCAPE {
        Some(((word >> 8) as u16 as usize, word >> 24, at + 3))
    } else {
        Some((word as u8 as usize, word >> 8, at + 1))
    }
}
