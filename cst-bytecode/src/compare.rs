//! The oracle: are two trees the same in every field of every subtree?

use core::fmt;

use tree_sitter::Tree;

use crate::ffi;

/// The first difference of two trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Index in pre-order, hidden subtrees included, of the subtree that differs.
    pub subtree: u64,
    /// The name of the field in tree-sitter's own struct.
    pub field: &'static str,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "subtree {} differs in {}", self.subtree, self.field)
    }
}

impl std::error::Error for Difference {}

/// Compares every field of every subtree (hidden nodes, derived fields, scanner states), the
/// included ranges and the language. Reference counts are left out: they say who holds a subtree,
/// not what it is. Returns how many subtrees were compared. Costs a walk over both trees.
///
/// # Errors
///
/// The first [`Difference`] in pre-order.
pub fn compare(left: &Tree, right: &Tree) -> Result<u64, Difference> {
    ffi::compare(left, right).map_err(|(subtree, field)| Difference { subtree, field })
}
