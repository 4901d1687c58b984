//! Subtrees of a parent, as they are counted while a pass goes through them.

use core::hint::select_unpredictable;

use crate::advance::Advance;

/// Those of the innermost open parent; of the tree, where none is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Family {
    /// Subtrees that were promised and have not come, up to its end.
    pub(crate) missing: u64,
    /// Its visible children, and in the upper half the named ones. For hidden children stand theirs.
    pub(crate) children: u64,
    /// How many of the missing are in a visible child, and are no children.
    inside: u64,
    /// The fewest that were missing before any record: a record before which it are fewer is a child. Kept only in trees
    /// with errors.
    fewest: u64,
}

impl Family {
    /// Of which none has come.
    pub(crate) const fn of(child_count: u64) -> Self {
        Self { missing: child_count, children: 0, inside: 0, fewest: u64::MAX }
    }

    /// Counts a subtree of a common form that is no open parent.
    #[inline(always)]
    pub(crate) fn count<const ERRORS: bool>(&mut self, advance: &Advance) {
        self.count_with::<ERRORS>(advance.counts, advance.more, advance.inside.into());
    }

    /// Counts a subtree with so many children.
    pub(crate) fn count_long<const ERRORS: bool>(&mut self, advance: &Advance, child_count: u64) {
        let inside = if advance.counts == 0 { 0 } else { child_count };
        self.count_with::<ERRORS>(advance.counts, child_count.wrapping_sub(1), inside);
    }

    /// Counts an open parent, as if it were complete.
    #[inline(always)]
    pub(crate) fn count_whole<const ERRORS: bool>(&mut self, advance: &Advance) {
        self.count_with::<ERRORS>(advance.counts, u64::MAX, 0);
    }

    /// What a record is, a leaf or the start of a small parent, is hard to foresee, so there is no branch for it. `more`
    /// are missing after it, modulo 2^64; so many are `inside` it, if it is a visible child.
    #[inline(always)]
    fn count_with<const ERRORS: bool>(&mut self, counts: u64, more: u64, inside: u64) {
        if ERRORS {
            self.fewest = self.fewest.min(self.missing);
        }
        let is_child = self.next_is_child();
        self.children = self.children.wrapping_add(select_unpredictable(is_child, counts, 0));
        self.inside = select_unpredictable(is_child, inside, self.inside.wrapping_add(more));
        self.missing = self.missing.wrapping_add(more);
    }

    /// Whether what comes next is a child, if it is visible, or is in hidden ones only.
    #[inline(always)]
    pub(crate) fn next_is_child(&self) -> bool {
        self.inside == 0
    }

    /// Whether what comes next is in no parent within this one, of those that are counted with errors.
    pub(crate) fn next_is_own(&self) -> bool {
        self.missing < self.fewest
    }
}
