//! What subtrees have in common, in one number of 64 bits.
//!
//! ```text
//!   bits  0..16  symbol
//!        16..32  production of a parent; lookahead (4 bits) and size (6 bits) of a leaf
//!        32..46  flags
//!        46..49  how the padding is written
//!        49..51  how the extent is written
//!        51..55  child count; 0 in a leaf
//!        55..64  name: alias and field
//! ```
//!
//! A shape says which operands a record has, and how wide each is, so its length is known from
//! the number of its shape. `docs/format/bytecode.md` has the tables.

use crate::ffi::Extent;
use crate::layout::{ERROR_SYMBOL, flags};

/// Child counts and lookaheads from here on are operands.
pub(crate) const LONG: u32 = 15;
/// Sizes from here on are operands.
pub(crate) const LONG_SIZE: u32 = 64;

/// The bits that say what subtrees are, not how they are written: symbol, production and so on, flags.
pub(crate) const KIND: u64 = (1 << 46) - 1;

/// Bytes of the extents of visible parents, and hidden ones, by their form.
pub(crate) const VISIBLE_EXTENTS: [u8; 4] = [0, 4, 10, 24];
pub(crate) const HIDDEN_EXTENTS: [u8; 4] = [0, 6, 14, 32];

/// How a leaf's size, or a parent's extent, is written.
pub(crate) mod extent {
    /// A leaf: the size is in the shape. A parent: not at all.
    pub(crate) const NONE: u8 = 0;
    /// Bytes on one line: one byte.
    pub(crate) const LINE: u8 = 1;
    /// Bytes, rows, columns in two, one and one.
    pub(crate) const SHORT: u8 = 2;
    /// In four each.
    pub(crate) const LONG: u8 = 3;
}

/// How a padding is written.
pub(crate) mod padding {
    pub(crate) const NONE: u8 = 0;
    /// One byte on one line, without an operand.
    pub(crate) const SPACE: u8 = 1;
    /// Bytes on one line: one byte.
    pub(crate) const LINE: u8 = 2;
    /// One line end of one byte, then columns: one byte.
    pub(crate) const NEWLINE: u8 = 3;
    /// Bytes, rows, columns in two, one and one.
    pub(crate) const SHORT: u8 = 4;
    /// In four each.
    pub(crate) const LONG: u8 = 5;
}

/// What subtrees have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Shape(pub(crate) u64);

impl Shape {
    /// With a child count below 16.
    #[inline]
    pub(crate) fn with_child_count(self, count: u8) -> Self {
        Self(self.0 | u64::from(count) << 51)
    }

    /// With a size that is no operand.
    #[inline]
    pub(crate) fn with_size(self, size: u32) -> Self {
        Self(self.0 | u64::from(size) << 20)
    }

    #[inline]
    pub(crate) fn with_padding(self, form: u8) -> Self {
        Self(self.0 | u64::from(form) << 46)
    }

    #[inline]
    pub(crate) fn with_extent(self, form: u8) -> Self {
        Self(self.0 | u64::from(form) << 49)
    }

    /// With the name of this number, which is below 512.
    #[inline]
    pub(crate) fn with_name(self, name: u32) -> Self {
        Self(self.0 | u64::from(name) << 55)
    }

    /// What a grammar can object to: all but how it is written, what its place gives it, and how long a leaf is.
    #[inline]
    pub(crate) fn kind(self) -> u64 {
        // Where a parent has its production a leaf has its lengths.
        if self.is_leaf() { self.0 & KIND & !(0xffff << 16) | 1 << 63 } else { self.0 & KIND }
    }

    #[inline]
    pub(crate) fn symbol(self) -> u16 {
        self.0 as u16
    }

    #[inline]
    pub(crate) fn production(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Lookahead bytes of a leaf; [`LONG`] when they are an operand.
    #[inline]
    pub(crate) fn lookahead(self) -> u32 {
        (self.0 >> 16) as u32 & 15
    }

    /// Size of a leaf, when it is no operand: bytes on one line.
    #[inline]
    pub(crate) fn size(self) -> u32 {
        (self.0 >> 20) as u32 & 63
    }

    #[inline]
    pub(crate) fn flags(self) -> u16 {
        (self.0 >> 32) as u16 & 0x3fff
    }

    #[inline]
    pub(crate) fn has(self, flag: u16) -> bool {
        self.0 & u64::from(flag) << 32 != 0
    }

    /// How the padding is written; 6 and 7 are no forms.
    #[inline]
    pub(crate) fn padding_form(self) -> u8 {
        (self.0 >> 46) as u8 & 7
    }

    #[inline]
    pub(crate) fn extent_form(self) -> u8 {
        (self.0 >> 49) as u8 & 3
    }

    /// Child count; [`LONG`] when it is an operand.
    #[inline]
    pub(crate) fn child_count(self) -> u32 {
        (self.0 >> 51) as u32 & 15
    }

    /// Whether the padding or the child count has one of the long forms.
    #[inline]
    pub(crate) fn has_long_head(self) -> bool {
        // Padding forms from 4 on.
        self.0 & 1 << 48 != 0 || self.child_count() == LONG
    }

    /// Whether a leaf's size has one of the long forms, or it has other operands.
    #[inline]
    pub(crate) fn has_long_leaf(self) -> bool {
        // Size forms from 2 on.
        self.0 & 1 << 50 != 0 || self.lookahead() == LONG || self.is_error()
    }

    /// Number of the name; 0 for none.
    #[inline]
    pub(crate) fn name(self) -> usize {
        (self.0 >> 55) as usize
    }

    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        self.child_count() == 0
    }

    /// Whether it is a node of the tree as users see it.
    #[inline]
    pub(crate) fn is_visible(self) -> bool {
        self.has(flags::VISIBLE | flags::RENAMED)
    }

    #[inline]
    pub(crate) fn is_error(self) -> bool {
        self.symbol() == ERROR_SYMBOL
    }

    /// Whether it is nothing but a hidden parent with one child, and no extra.
    #[inline]
    pub(crate) fn is_link(self) -> bool {
        let is_alone = !self.has(flags::VISIBLE | flags::RENAMED | flags::EXTRA);
        is_alone
            && self.child_count() == 1
            && self.padding_form() == 0
            && self.extent_form() == 0
            && self.name() == 0
    }

    /// Bytes of a parent's extent operands.
    #[inline]
    pub(crate) fn extent_width(self) -> usize {
        let form = usize::from(self.extent_form() & 3);
        let widths = if self.is_visible() { VISIBLE_EXTENTS } else { HIDDEN_EXTENTS };
        widths[form].into()
    }
}

/// The form of a padding. Which of the common ones it is, is hard to foresee, so there is no branch for these.
#[inline]
pub(crate) fn padding_form(padding: Extent) -> u8 {
    let Extent { bytes, row, column } = padding;
    let is_line = (row | (bytes ^ column)) == 0 && bytes <= 0xff;
    let is_newline = row == 1 && column <= 0xff && bytes == column + 1;
    if is_line | is_newline {
        return if is_newline { padding::NEWLINE } else { bytes.min(padding::LINE.into()) as u8 };
    }
    if bytes <= 0xffff && (row | column) <= 0xff { padding::SHORT } else { padding::LONG }
}

/// The form of a leaf's size. Only what the grammar does not name has its size in the shape: the text of
/// a keyword is always the same.
#[inline]
pub(crate) fn size_form(size: Extent, shape: Shape) -> u8 {
    let Extent { bytes, row, column } = size;
    if (row | (bytes ^ column)) == 0 && bytes <= 0xff {
        let is_operand = shape.has(flags::NAMED) | (bytes >= LONG_SIZE);
        return if is_operand { extent::LINE } else { extent::NONE };
    }
    if bytes <= 0xffff && (row | column) <= 0xff { extent::SHORT } else { extent::LONG }
}
