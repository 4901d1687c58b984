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
    /// That of a shape: a look into a table, where there is one.
    #[inline]
    pub(super) fn label(&self, number: u32, shape: Shape) -> Label {
        match self.table.get().and_then(|table| table.get(number)) {
            Some(entry) => entry.head.label,
            None => self.work_out_label(shape),
        }
    }

    /// The symbol that users see: the alias, where its parent gives it one.
    #[inline]
    pub(super) fn symbol(&self, shape: Shape) -> u16 {
        if shape.has(flags::RENAMED) { self.records.name(shape).alias } else { shape.symbol() }
    }

    pub(super) fn work_out_label(&self, shape: Shape) -> Label {
        let symbol = self.symbol(shape);
        let kind_id = self.public_symbols.get(usize::from(symbol)).copied().unwrap_or(symbol);
        Label { kind_id, field_id: NonZeroU16::new(self.records.name(shape).field) }
    }
}
