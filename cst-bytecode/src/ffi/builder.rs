//! Shapes and nodes to a tree.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use tree_sitter::Tree;

use super::memo::RawMemo;
use super::tree::{RawRange, RawTree};
use super::{Memo, Node, Row, Status};

#[repr(C)]
struct RawBuilder(c_void);

unsafe extern "C" {
    fn cst_builder_new(
        memo: *mut RawMemo,
        subtree_count: u32,
        live_bytes: u64,
        shapes: *const Row,
        shape_count: u32,
        links: *const u32,
        link_count: u32,
        link_ends: *const u32,
        status: *mut i32,
    ) -> *mut RawBuilder;
    fn cst_builder_push(
        builder: *mut RawBuilder,
        nodes: *const Node<'_>,
        count: u32,
        exceptions: *const Row,
        exception_count: u32,
    ) -> i32;
    fn cst_builder_finish(
        builder: *mut RawBuilder,
        ranges: *const RawRange,
        range_count: u32,
        status: *mut i32,
    ) -> *mut RawTree;
    fn cst_builder_delete(builder: *mut RawBuilder);
}

/// What nodes have in common.
#[derive(Default)]
pub(crate) struct Shapes {
    /// Of each row counts what `csrc/cst_shim.h` says.
    pub(crate) rows: Vec<Row>,
    /// Numbers of rows: the hidden parents of one child that stand above a shape, from the top, one shape's
    /// after the other's.
    pub(crate) links: Vec<u32>,
    /// Of each row, where its links end.
    pub(crate) link_ends: Vec<u32>,
}

/// Builds a tree from nodes in pre-order.
pub(crate) struct Builder<'language> {
    // SAFETY INVARIANT: from `cst_builder_new` with a memo that is borrowed for `'language`, not
    // yet deleted, and never pushed to again after a failed push.
    raw: NonNull<RawBuilder>,
    failed: Option<Status>,
    language: PhantomData<&'language mut Memo>,
}

impl<'language> Builder<'language> {
    /// Starts a tree of so many subtrees of these shapes, which takes so many bytes, in the memo's language. The
    /// shim checks every value against the language, whatever it is.
    pub(crate) fn new(
        memo: &'language mut Memo,
        subtree_count: u32,
        live_bytes: u64,
        shapes: &Shapes,
    ) -> Result<Self, Status> {
        if shapes.rows.len() != shapes.link_ends.len() {
            return Err(Status::BAD_SYMBOL);
        }
        let link_count = u32::try_from(shapes.links.len()).map_err(|_| Status::OUT_OF_MEMORY)?;
        let Shapes { rows: shapes, links, link_ends } = shapes;
        let shape_count = u32::try_from(shapes.len()).map_err(|_| Status::OUT_OF_MEMORY)?;
        let mut status = 0;
        // SAFETY: the memo is live and of a language that it keeps alive; `'language` keeps it so, and nobody
        // else's, for the life of the builder.
        // `shapes` holds `shape_count` rows, `link_ends` as many numbers, `links` `link_count`; all are copied.
        // `status` is a valid place.
        let raw = unsafe {
            cst_builder_new(
                memo.raw(),
                subtree_count,
                live_bytes,
                shapes.as_ptr(),
                shape_count,
                links.as_ptr(),
                link_count,
                link_ends.as_ptr(),
                &raw mut status,
            )
        };
        let raw = NonNull::new(raw).ok_or(Status(status))?;
        Ok(Self { raw, failed: None, language: PhantomData })
    }

    /// Takes the next nodes, whose exceptions are numbered from one in `exceptions`. The shim checks
    /// every value against the language, whatever it is.
    pub(crate) fn push(&mut self, nodes: &[Node<'_>], exceptions: &[Row]) -> Result<(), Status> {
        if let Some(status) = self.failed {
            return Err(status);
        }
        let count = u32::try_from(nodes.len()).map_err(|_| Status::OUT_OF_MEMORY)?;
        let exception_count = u32::try_from(exceptions.len()).map_err(|_| Status::OUT_OF_MEMORY)?;
        // SAFETY: the builder is live and has not failed; both slices hold as many elements as is
        // said. The nodes' scanner states are valid by the invariant on the field, and are copied
        // before this returns.
        let status = Status(unsafe {
            cst_builder_push(self.raw.as_ptr(), nodes.as_ptr(), count, exceptions.as_ptr(), exception_count)
        });
        self.failed = status.result().err();
        status.result()
    }

    /// The finished tree.
    pub(crate) fn finish(self, ranges: &[[u32; 6]]) -> Result<Tree, Status> {
        if let Some(status) = self.failed {
            return Err(status);
        }
        let raw: Vec<RawRange> = ranges
            .iter()
            .map(|&[start_byte, end_byte, start_row, start_column, end_row, end_column]| RawRange {
                start_byte,
                end_byte,
                start_row,
                start_column,
                end_row,
                end_column,
            })
            .collect();
        let count = u32::try_from(raw.len()).map_err(|_| Status::OUT_OF_MEMORY)?;
        let mut status = 0;
        // SAFETY: the builder is live and has not failed; `raw` holds `count` ranges and `status`
        // is a valid place.
        let tree = unsafe { cst_builder_finish(self.raw.as_ptr(), raw.as_ptr(), count, &raw mut status) };
        if tree.is_null() {
            return Err(Status(status));
        }
        // SAFETY: the pointer is not null, it is a tree of the library's own making, and the
        // builder has given up its share.
        Ok(unsafe { Tree::from_raw(tree) })
    }
}

impl Drop for Builder<'_> {
    fn drop(&mut self) {
        // SAFETY: live by the invariant, and gone after this. The language outlives it.
        unsafe { cst_builder_delete(self.raw.as_ptr()) };
    }
}
