//! What users know the nodes of a shape by.

use core::num::NonZeroU16;

use crate::layout::flags;
use crate::shape::Shape;

use super::TreeView;

/// A node's kind as a number, and its field's, as its place gives them to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) kind_id: u16,
    pub(super) field_id: Option<NonZeroU16>,
}

impl TreeView<'_> {
    /// The symbol that users see: the alias, where its parent gives it one.
    #[inline]
    pub(super) fn symbol(&self, shape: Shape) -> u16 {
        if shape.has(flags::RENAMED) { self.records.name(shape).alias } else { shape.symbol() }
    }

    /// What its shape says to users. Also where there is a table that has it: that is large, so what it has of a single node's
    /// shape is seldom in a near cache.
    #[inline]
    pub(super) fn label(&self, shape: Shape) -> Label {
        let symbol = self.symbol(shape);
        let kind_id = self.public_symbols.get(usize::from(symbol)).copied().unwrap_or(symbol);
        Label { kind_id, field_id: NonZeroU16::new(self.records.name(shape).field) }
    }
}
