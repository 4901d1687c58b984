//! What it takes to go past a record, by its shape: worked out once, so that most records cost two loads and no
//! branch.

use crate::layout::{ESCAPE, GROUP_OF_ERRORS, flags};
use crate::record::Records;
use crate::shape::{self, Shape, extent, padding};

/// How to read the records of a shape. A byte each, not bits of a word: where the next record begins is waited for, and
/// to load a byte takes less time than to shift it out.
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
    child_count: u8,
    bits: u8,
}

/// It is a node that users see.
pub(crate) const VISIBLE: u8 = 1;
/// And one that is named.
pub(crate) const NAMED: u8 = 2;
/// The padding is a line end and columns.
pub(crate) const LINE_END: u8 = 4;
/// It has long operands: [`Records::record`] reads those.
pub(crate) const LONG: u8 = 8;
/// An error is in it, or it is missing.
pub(crate) const ERROR: u8 = 16;
/// It has a padding.
pub(crate) const PADDED: u8 = 32;
/// It says where it ends.
pub(crate) const SPAN: u8 = 64;
/// It says more than a step does.
pub(crate) const RARE: u8 = LONG | SPAN;

impl Step {
    /// Without branches where it can be: there may be thousands of shapes.
    #[inline]
    pub(crate) fn of(records: &Records<'_>, shape: Shape) -> Self {
        let (form, extent, child_count) =
            (shape.padding_form(), shape.extent_form(), shape.child_count() as u8);
        let is_leaf = u8::from(child_count == 0);
        let has_padding = form >> 1 & 1 & !(form >> 2);
        let has_size = is_leaf & u8::from(extent == extent::LINE);
        let has_known_size = is_leaf & u8::from(extent == extent::NONE);
        let is_long_leaf = is_leaf & u8::from(shape.has_long_leaf());
        let is_long_parent = (1 - is_leaf) & u8::from(child_count == shape::LONG as u8);
        let is_long = u8::from(form >= padding::SHORT) | is_long_leaf | is_long_parent;
        let has_span = (1 - is_leaf) & u8::from(extent != extent::NONE);
        let span = shape.extent_width() as u8 & has_span.wrapping_neg();
        let is_visible = u8::from(shape.is_visible());
        let is_named = is_visible & u8::from(records.is_named(shape));
        let error = if is_leaf == 1 { flags::MISSING } else { flags::HAS_ERROR };
        let is_error = u8::from(shape.has(error)) | u8::from(shape.symbol() >= GROUP_OF_ERRORS);
        // Each is 0 or 1.
        let bits = [
            is_visible * VISIBLE,
            is_named * NAMED,
            u8::from(form == padding::NEWLINE) * LINE_END,
            is_long * LONG,
            is_error * ERROR,
            u8::from(form != padding::NONE) * PADDED,
            has_span * SPAN,
        ];
        Self {
            padding_mask: has_padding.wrapping_neg(),
            padding: form & 1,
            size_mask: has_size.wrapping_neg(),
            size: shape.size() as u8 & has_known_size.wrapping_neg(),
            shift: has_padding * 8,
            operands: has_padding + has_size + span,
            child_count,
            bits: bits.into_iter().sum(),
        }
    }

    /// Those of all shapes.
    pub(crate) fn all(records: &Records<'_>) -> Box<[Self]> {
        records.shapes.iter().map(|shape| Self::of(records, Shape(shape.to_native()))).collect()
    }

    #[inline(always)]
    pub(crate) fn bits(self) -> u8 {
        self.bits
    }

    #[inline(always)]
    pub(crate) fn has(self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    /// Children; 15 where that is an operand.
    #[inline(always)]
    pub(crate) fn child_count(self) -> u32 {
        self.child_count.into()
    }

    /// Bytes of the padding.
    #[inline(always)]
    pub(crate) fn padding(self, operands: u64) -> u32 {
        u32::from(operands as u8 & self.padding_mask) + u32::from(self.padding)
    }

    /// How many lines the padding ends.
    #[inline(always)]
    pub(crate) fn padding_rows(self) -> u32 {
        u32::from(self.has(LINE_END))
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
