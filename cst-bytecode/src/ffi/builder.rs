//! Shapes and records to a tree.
#![allow(unsafe_code)]

use core::mem::{offset_of, size_of};

use tree_sitter::Tree;

use super::memo::RawMemo;
use super::tree::{RawRange, RawTree};
use super::{Memo, Row, ScannerState, Status};
use crate::layout::OPERANDS_TAIL;

#[repr(C)]
struct RawShapes {
    rows: *const Row,
    row_count: u32,
    shape_count: u32,
    links: *const u32,
    link_count: u32,
    link_ends: *const u32,
}

#[repr(C)]
struct RawParts<'a> {
    shapes: RawShapes,
    subtree_count: u32,
    range_count: u32,
    live_bytes: u64,
    numbers: *const u8,
    record_count: usize,
    operands: *const u8,
    operand_end: usize,
    states: *const u32,
    state_count: usize,
    exceptions: *const u32,
    exception_count: usize,
    scanner_state_ids: *const u32,
    scanner_state_id_count: usize,
    scanner_states: *const ScannerState<'a>,
    ranges: *const RawRange,
}

// The C side lays its structs out by the same rules; these are the numbers it comes to.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<RawShapes>() == 40);
    assert!(offset_of!(RawParts<'_>, live_bytes) == 48);
    assert!(offset_of!(RawParts<'_>, ranges) == 144);
    assert!(size_of::<RawParts<'_>>() == 152);
};

unsafe extern "C" {
    fn cst_build(memo: *mut RawMemo, parts: *const RawParts<'_>, status: *mut i32) -> *mut RawTree;
    fn cst_check_shapes(memo: *mut RawMemo, shapes: *const RawShapes) -> i32;
}

/// What subtrees have in common.
#[derive(Default)]
pub(crate) struct Shapes {
    /// Shapes of records, and after them links.
    pub(crate) rows: Vec<Row>,
    /// How many of the rows are shapes of records.
    pub(crate) shape_count: usize,
    /// Numbers of rows: the hidden parents of one child that stand above a shape, from the top, one shape's
    /// after the other's.
    pub(crate) links: Vec<u32>,
    /// Of each row, where its links end.
    pub(crate) link_ends: Vec<u32>,
}

impl Shapes {
    /// Whether they could be in a tree of the memo's language.
    pub(crate) fn check(&self, memo: &mut Memo) -> Result<(), Status> {
        let shapes = self.raw()?;
        // SAFETY: the memo is live, nobody else's now, and of a language that it keeps alive. `shapes` is as it says.
        Status(unsafe { cst_check_shapes(memo.raw(), &raw const shapes) }).result()
    }

    /// As many elements as are said, borrowed from `self`.
    fn raw(&self) -> Result<RawShapes, Status> {
        if self.rows.len() != self.link_ends.len() || self.shape_count > self.rows.len() {
            return Err(Status::BAD_SYMBOL);
        }
        Ok(RawShapes {
            rows: self.rows.as_ptr(),
            row_count: count(self.rows.len())?,
            shape_count: count(self.shape_count)?,
            links: self.links.as_ptr(),
            link_count: count(self.links.len())?,
            link_ends: self.link_ends.as_ptr(),
        })
    }
}

/// All that a tree is built from.
pub(crate) struct Parts<'a> {
    pub(crate) shapes: Shapes,
    pub(crate) subtree_count: u32,
    pub(crate) live_bytes: u64,
    pub(crate) numbers: &'a [u8],
    /// With the bytes after the last.
    pub(crate) operands: &'a [u8],
    /// Subtree and state; subtrees ascend.
    pub(crate) states: Vec<u32>,
    /// As `csrc/cst_shim.h` says: subtrees ascend, there are as many values as fields, each as wide as its field.
    pub(crate) exceptions: Vec<u32>,
    /// Each below the number of `scanner_states`.
    pub(crate) scanner_state_ids: Vec<u32>,
    pub(crate) scanner_states: Vec<ScannerState<'a>>,
    pub(crate) ranges: Vec<[u32; 6]>,
}

impl Parts<'_> {
    /// The tree, in the memo's language. The shim checks every value against it, whatever it is.
    pub(crate) fn build(&self, memo: &mut Memo) -> Result<Tree, Status> {
        let range = |&[start_byte, end_byte, start_row, start_column, end_row, end_column]: &[u32; 6]| {
            RawRange { start_byte, end_byte, start_row, start_column, end_row, end_column }
        };
        let ranges: Vec<RawRange> = self.ranges.iter().map(range).collect();
        let operand_end = self.operands.len().checked_sub(OPERANDS_TAIL).ok_or(Status::BAD_RECORD)?;
        let parts = RawParts {
            shapes: self.shapes.raw()?,
            subtree_count: self.subtree_count,
            range_count: count(ranges.len())?,
            live_bytes: self.live_bytes,
            numbers: self.numbers.as_ptr(),
            record_count: self.numbers.len(),
            operands: self.operands.as_ptr(),
            operand_end,
            states: self.states.as_ptr(),
            state_count: self.states.len(),
            exceptions: self.exceptions.as_ptr(),
            exception_count: self.exceptions.len(),
            scanner_state_ids: self.scanner_state_ids.as_ptr(),
            scanner_state_id_count: self.scanner_state_ids.len(),
            scanner_states: self.scanner_states.as_ptr(),
            ranges: ranges.as_ptr(),
        };
        let mut status = 0;
        // SAFETY: the memo is live, nobody else's now, and of a language that it keeps alive. Each array of `parts`
        // has as many elements as it says, and they outlive the call; after `operand_end` eight bytes
        // follow. Scanner states are valid by their own invariant. `status` is a valid place.
        let tree = unsafe { cst_build(memo.raw(), &raw const parts, &raw mut status) };
        if tree.is_null() {
            return Err(Status(status));
        }
        // SAFETY: the pointer is not null, it is a tree of the library's own making, and nobody else's.
        Ok(unsafe { Tree::from_raw(tree) })
    }
}

fn count(length: usize) -> Result<u32, Status> {
    u32::try_from(length).map_err(|_| Status::OUT_OF_MEMORY)
}
