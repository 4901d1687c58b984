//! What it takes to go past a record, by its shape. Who goes past many works it out once for each shape, and keeps of it
//! what it needs: a walk in `view/table.rs`, validation and expansion in `advance.rs`.

use crate::layout::{GROUP_OF_ERRORS, flags};
use crate::record::Records;
use crate::shape::{self, Shape};

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

/// What a form makes of a step. Of the long ones no more than that.
#[derive(Clone, Copy)]
struct Form {
    /// 255 if it has one operand, which says how much text there is; else 0.
    mask: u8,
    /// Text besides; of a leaf's size, which bits of that in the shape are.
    text: u8,
    /// Bytes of operands.
    operands: u8,
    bits: u8,
}

const fn form(mask: u8, text: u8, operands: u8, bits: u8) -> Form {
    Form { mask, text, operands, bits }
}

/// The forms of the padding; the last two are none.
const PADDINGS: [Form; 8] = {
    const OTHER: Form = form(0, 0, 0, PADDED | LONG);
    let line = form(u8::MAX, 0, 1, PADDED);
    let newline = form(u8::MAX, 1, 1, PADDED | LINE_END);
    [form(0, 0, 0, 0), form(0, 1, 0, PADDED), line, newline, OTHER, OTHER, OTHER, OTHER]
};

/// The forms of a leaf's size, and of the extents of visible and hidden parents.
const RESTS: [[Form; 4]; 3] = {
    const fn extents([none, line, short, long]: [u8; 4]) -> [Form; 4] {
        [form(0, 0, none, 0), form(0, 0, line, SPAN), form(0, 0, short, SPAN), form(0, 0, long, SPAN)]
    }
    const OTHER: Form = form(0, 0, 0, LONG);
    let sizes = [form(0, u8::MAX, 0, 0), form(u8::MAX, 0, 1, 0), OTHER, OTHER];
    [sizes, extents(shape::VISIBLE_EXTENTS), extents(shape::HIDDEN_EXTENTS)]
};

impl Step {
    /// That of what is no shape.
    pub(crate) const OTHER: Self = Self {
        padding_mask: 0,
        padding: 0,
        size_mask: 0,
        size: 0,
        shift: 0,
        operands: 0,
        child_count: 0,
        bits: LONG,
    };

    #[inline]
    pub(crate) fn of(records: &Records<'_>, shape: Shape) -> Self {
        Self::of_named(shape, records.is_named(shape))
    }

    /// Without branches: there may be thousands of shapes. `is_named` is what a visible subtree of this shape is.
    #[inline]
    pub(crate) fn of_named(shape: Shape, is_named: bool) -> Self {
        let (is_leaf, is_visible) = (shape.is_leaf(), shape.is_visible());
        let padding = &PADDINGS[usize::from(shape.padding_form() & 7)];
        let rests = &RESTS[usize::from(!is_leaf) << usize::from(!is_visible)];
        let rest = &rests[usize::from(shape.extent_form() & 3)];
        let is_long_leaf = is_leaf & ((shape.lookahead() == shape::LONG) | shape.is_error());
        let is_long_parent = shape.child_count() == shape::LONG;
        let error = if is_leaf { flags::MISSING } else { flags::HAS_ERROR };
        let is_error = shape.has(error) | (shape.symbol() >= GROUP_OF_ERRORS);
        let bit = |bit, is_set| bit & u8::from(is_set).wrapping_neg();
        let bits = padding.bits
            | rest.bits
            | bit(VISIBLE, is_visible)
            | bit(NAMED, is_visible & is_named)
            | bit(LONG, is_long_leaf | is_long_parent)
            | bit(ERROR, is_error);
        Self {
            padding_mask: padding.mask,
            padding: padding.text,
            size_mask: rest.mask,
            size: shape.size() as u8 & rest.text,
            shift: padding.operands * 8,
            operands: padding.operands + rest.operands,
            child_count: shape.child_count() as u8,
            bits,
        }
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

    /// Which bits of the operands are the padding; which of them are a leaf's size, once so many are taken off.
    pub(crate) fn masks(self) -> (u8, u8, u8) {
        (self.padding_mask, self.size_mask, self.shift)
    }

    /// Bytes of the padding that are no operand.
    #[inline(always)]
    pub(crate) fn padding(self) -> u32 {
        self.padding.into()
    }

    /// How many lines the padding ends.
    #[inline(always)]
    pub(crate) fn padding_rows(self) -> u32 {
        u32::from(self.has(LINE_END))
    }

    /// The same of a leaf's size.
    #[inline(always)]
    pub(crate) fn size(self) -> u32 {
        self.size.into()
    }

    /// Bytes of the operands.
    #[inline(always)]
    pub(crate) fn length(self) -> u32 {
        self.operands.into()
    }
}
