//! What a shape says of its records' operands.

use crate::layout::{NAMED_ALIAS, flags};
use crate::shape::{LONG, Shape, extent, padding};

/// Operands of records of one shape. Those of a byte have a stream of their own.
#[derive(Clone, Copy)]
pub(super) struct Operands {
    pub(super) padding_form: u8,
    /// Of a leaf how its size, of a parent how its extent is written.
    pub(super) extent_form: u8,
    pub(super) is_leaf: bool,
    pub(super) is_visible: bool,
    /// Whether it is visible, and a named node.
    pub(super) is_named: bool,
    /// A leaf's size, if it is no operand.
    pub(super) size: u8,
    /// Child count; 15 if it is an operand.
    pub(super) child_count: u8,
    /// Bytes of a parent's extent.
    pub(super) span: u8,
    /// Whether a leaf's lookahead is an operand, and the character at which an error began.
    pub(super) has_lookahead: bool,
    pub(super) has_character: bool,
    /// Bytes of the padding, if more than one; of a long child count, or a long lookahead; of the size, if more than
    /// one, and a character.
    pub(super) wide: [u8; 3],
}

impl Operands {
    pub(super) fn of(shape: Shape, names: &[[u16; 2]]) -> Self {
        let is_leaf = shape.is_leaf();
        let (padding_form, extent_form) = (shape.padding_form(), shape.extent_form());
        let padding = match padding_form {
            padding::SHORT => 4,
            padding::LONG => 12,
            _ => 0,
        };
        let is_long = if is_leaf { shape.lookahead() == LONG } else { shape.child_count() == LONG };
        let size = match extent_form {
            extent::SHORT if is_leaf => 4,
            extent::LONG if is_leaf => 12,
            _ => 0,
        };
        let has_character = is_leaf && shape.is_error();
        let is_named = if shape.has(flags::RENAMED) {
            // A name that is not there is refused later on.
            shape
                .name()
                .checked_sub(1)
                .and_then(|name| names.get(name))
                .is_some_and(|name| name[1] & NAMED_ALIAS != 0)
        } else {
            shape.has(flags::NAMED)
        };
        Self {
            padding_form,
            extent_form,
            is_leaf,
            is_visible: shape.is_visible(),
            is_named: shape.is_visible() && is_named,
            size: if is_leaf { shape.size() as u8 } else { 0 },
            child_count: shape.child_count() as u8,
            span: if is_leaf { 0 } else { shape.extent_width() as u8 },
            has_lookahead: is_leaf && is_long,
            has_character,
            wide: [padding, if is_long { 4 } else { 0 }, size + if has_character { 4 } else { 0 }],
        }
    }

    /// Whether the padding is an operand of one byte.
    #[inline]
    pub(super) fn has_padding(&self) -> bool {
        matches!(self.padding_form, padding::LINE | padding::NEWLINE)
    }

    /// Whether the size is an operand of one byte.
    #[inline]
    pub(super) fn has_size(&self) -> bool {
        self.is_leaf && self.extent_form == extent::LINE
    }

    /// Whether it has operands of more than a byte, extents aside.
    #[inline]
    pub(super) fn has_wide(&self) -> bool {
        self.wide != [0; 3]
    }
}
