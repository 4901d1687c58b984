//! What a whole tree is asked.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char};

use tree_sitter::{Point, Range, Tree};

pub(super) type RawTree = tree_sitter::ffi::TSTree;

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct RawRange {
    pub(super) start_byte: u32,
    pub(super) end_byte: u32,
    pub(super) start_row: u32,
    pub(super) start_column: u32,
    pub(super) end_row: u32,
    pub(super) end_column: u32,
}

#[repr(C)]
struct RawDifference {
    subtree: u64,
    field: *const c_char,
}

unsafe extern "C" {
    fn cst_tree_included_range_count(tree: *const RawTree) -> u32;
    fn cst_tree_included_ranges(tree: *const RawTree, ranges: *mut RawRange);
    fn cst_tree_live_bytes(tree: *const RawTree) -> u64;
    fn cst_tree_compare(left: *const RawTree, right: *const RawTree, difference: *mut RawDifference) -> bool;
}

/// The `TSTree` inside a `Tree`; valid as long as the tree is borrowed.
pub(super) fn raw_tree(tree: &Tree) -> *const RawTree {
    tree.root_node().into_raw().tree
}

/// The ranges of text that the tree was parsed from.
pub(crate) fn included_ranges(tree: &Tree) -> Vec<Range> {
    let raw = raw_tree(tree);
    // SAFETY: the tree is valid.
    let count = unsafe { cst_tree_included_range_count(raw) };
    let mut ranges = vec![RawRange::default(); count as usize];
    // SAFETY: the tree is valid and `ranges` has room for as many ranges as it has.
    unsafe { cst_tree_included_ranges(raw, ranges.as_mut_ptr()) };
    ranges
        .into_iter()
        .map(|range| Range {
            start_byte: range.start_byte as usize,
            end_byte: range.end_byte as usize,
            start_point: Point { row: range.start_row as usize, column: range.start_column as usize },
            end_point: Point { row: range.end_row as usize, column: range.end_column as usize },
        })
        .collect()
}

/// What the tree's blocks take from the allocator, in bytes.
pub(crate) fn live_bytes(tree: &Tree) -> u64 {
    // SAFETY: the tree is valid.
    unsafe { cst_tree_live_bytes(raw_tree(tree)) }
}

/// Compares two trees field by field. `Ok` with the number of subtrees when they are equal, else
/// the pre-order index of the first that differs and the field's name.
pub(crate) fn compare(left: &Tree, right: &Tree) -> Result<u64, (u64, &'static str)> {
    let mut difference = RawDifference { subtree: 0, field: core::ptr::null() };
    // SAFETY: both trees are valid and `difference` is a valid place.
    let compared = unsafe { cst_tree_compare(raw_tree(left), raw_tree(right), &raw mut difference) };
    if !compared {
        return Err((difference.subtree, "(out of memory)"));
    }
    if difference.field.is_null() {
        return Ok(difference.subtree);
    }
    // SAFETY: the shim only ever puts string literals there.
    let field = unsafe { CStr::from_ptr(difference.field) };
    Err((difference.subtree, field.to_str().unwrap_or("(unnamed)")))
}
