//! How far an expansion has come.
//!
//! No stack of all open parents is kept, only how many subtrees are missing, of all of them together: a parent is
//! complete when one less is missing than before it. That number is its **floor**.

use super::plan::{NAMED, PADDED, Plan, VISIBLE};
use crate::ffi::Extent;
use crate::place::Place;

/// How far the records have come, and what was counted.
#[derive(Clone, Copy)]
pub(super) struct Pass {
    /// Bytes of records, and how many paddings and sizes of one byte were taken.
    pub(super) at: usize,
    pub(super) paddings: usize,
    pub(super) sizes: usize,
    /// Subtrees that were promised and have not come.
    pub(super) missing: u64,
    /// Where the text has come to. In 64 bits, so that one look at the end tells whether it went beyond 32.
    pub(super) bytes: u64,
    pub(super) rows: u64,
    pub(super) line: u32,
    pub(super) visible: u32,
    /// Visible children, and named ones in the upper half, of the innermost hidden parent that says how many it has.
    pub(super) children: u64,
    /// The floor of the last of them, whose descendants do not count.
    pub(super) inner: u64,
    /// The floor of the outermost open parent in which there is to be no error.
    pub(super) clean: u64,
    /// Whether a record since the last leaf has its padding; and whether that ever was so of two.
    is_padded: bool,
    pub(super) is_padded_twice: bool,
}

impl Pass {
    pub(super) const START: Self = Self {
        at: 0,
        paddings: 0,
        sizes: 0,
        missing: 1,
        bytes: 0,
        rows: 0,
        line: 0,
        visible: 0,
        children: 0,
        inner: u64::MAX,
        clean: u64::MAX,
        is_padded: false,
        is_padded_twice: false,
    };

    pub(super) fn place(&self) -> Place {
        Place { byte: self.bytes as u32, row: self.rows as u32, line: self.line }
    }

    pub(super) fn extend(&mut self, text: Extent) {
        self.line = self.place().after(text).line;
        self.bytes += u64::from(text.bytes);
        self.rows += u64::from(text.row);
    }

    /// Counts a subtree, unless it is in one that counted.
    #[inline(always)]
    pub(super) fn count(&mut self, plan: &Plan) {
        let own = u64::from(plan.bits & VISIBLE) | u64::from(plan.bits & NAMED) << 31;
        let is_inside = self.missing > self.inner;
        let next = if plan.has(VISIBLE) { self.missing - 1 } else { u64::MAX };
        self.children += if is_inside { 0 } else { own };
        self.inner = if is_inside { self.inner } else { next };
    }

    #[inline(always)]
    pub(super) fn pad(&mut self, is_leaf: bool, plan: &Plan) {
        self.is_padded_twice |= self.is_padded & plan.has(PADDED);
        self.is_padded = (self.is_padded | plan.has(PADDED)) & !is_leaf;
    }
}
