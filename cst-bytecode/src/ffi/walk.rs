//! A tree to visits.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use tree_sitter::Tree;

use super::language::raw_language;
use super::memo::RawMemo;
use super::tree::{RawTree, raw_tree};
use super::{Memo, Names, Status, Visit};

#[repr(C)]
struct RawWalk(c_void);

unsafe extern "C" {
    fn cst_walk_new(
        tree: *const RawTree,
        names: *const u32,
        name_width: u32,
        memo: *mut RawMemo,
    ) -> *mut RawWalk;
    fn cst_walk_next(walk: *mut RawWalk, visits: *mut Visit<'_>, capacity: u32, count: *mut u32) -> i32;
    fn cst_walk_live_bytes(walk: *const RawWalk) -> u64;
    fn cst_walk_delete(walk: *mut RawWalk);
}

/// A walk over every subtree of a tree in pre-order.
pub(crate) struct Walk<'tree> {
    // SAFETY INVARIANT: from `cst_walk_new` over a tree that lives for `'tree`, not yet deleted.
    raw: NonNull<RawWalk>,
    tree: PhantomData<&'tree Tree>,
}

impl<'tree> Walk<'tree> {
    /// Starts before the root. `names` and `memo` must be those of the tree's own language.
    pub(crate) fn new(tree: &'tree Tree, names: &'tree Names, memo: &'tree mut Memo) -> Result<Self, Status> {
        // With names of another language the walk would read beyond them.
        let language = raw_language(&tree.language()).addr();
        if names.language() != language || raw_language(memo.language()).addr() != language {
            return Err(Status::BAD_SYMBOL);
        }
        // SAFETY: the tree is valid, and `'tree` keeps it, the names and the memo so for the life of the walk, and
        // the memo nobody else's. There are as many names as the tree's language has productions, times their width.
        let raw = unsafe { cst_walk_new(raw_tree(tree), names.as_ptr(), names.width(), memo.raw()) };
        Ok(Self { raw: NonNull::new(raw).ok_or(Status::OUT_OF_MEMORY)?, tree: PhantomData })
    }

    /// Fills `visits` from the front; returns how many it wrote, 0 after the last subtree.
    pub(crate) fn next(&mut self, visits: &mut [Visit<'tree>]) -> Result<usize, Status> {
        let capacity = u32::try_from(visits.len()).unwrap_or(u32::MAX);
        let mut count = 0;
        // SAFETY: the walk is live by its invariant; `visits` has room for `capacity` of them and
        // `count` is a valid place. The states that the visits point to are the tree's own, and live
        // for `'tree`.
        let status =
            unsafe { cst_walk_next(self.raw.as_ptr(), visits.as_mut_ptr(), capacity, &raw mut count) };
        Status(status).result()?;
        Ok(count as usize)
    }
}

impl Walk<'_> {
    /// What the subtrees walked so far, and the tree itself, take from the allocator.
    pub(crate) fn live_bytes(&self) -> u64 {
        // SAFETY: live by the invariant.
        unsafe { cst_walk_live_bytes(self.raw.as_ptr()) }
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        // SAFETY: live by the invariant, and gone after this.
        unsafe { cst_walk_delete(self.raw.as_ptr()) };
    }
}
