//! An allocator for tree-sitter that counts, while it is told to: the half that the Rust allocator does not see.
//!
//! For processes that count and nothing else: it keeps each block's size before the block, which costs
//! time and memory that no time is to be measured with. It takes its memory from the system, past the
//! allocator that counts for Rust.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::ptr;

use tree_sitter::Allocator;

use crate::tally::Tally;

/// Before each block: its size, and room to keep it aligned.
const PREFIX: usize = 16;

static TALLY: Tally = Tally::new();

/// What a piece of work took from tree-sitter's allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CHeap {
    /// How often it took memory, a reallocation being one more time.
    pub allocations: u64,
    /// How much more than at its start it held at most, its result included, in bytes.
    pub peak_bytes: u64,
}

/// Has tree-sitter allocate here from now on.
///
/// # Safety
///
/// Nothing that the library has allocated is alive: blocks of another allocator could not be given back here.
pub unsafe fn install() {
    // SAFETY: the functions keep malloc's contract; the caller promises the rest.
    unsafe { tree_sitter::set_allocator(Some(Allocator { malloc, calloc, realloc, free })) };
}

/// Runs `work` and counts what tree-sitter takes meanwhile, in all threads. Not to be nested.
/// All zero before [`install`].
pub fn count<T>(work: impl FnOnce() -> T) -> (T, CHeap) {
    let (made, allocations, peak_bytes) = TALLY.count(work);
    (made, CHeap { allocations, peak_bytes })
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(PREFIX)?, PREFIX).ok()
}

unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return ptr::null_mut() };
    // SAFETY: a layout with the prefix is never empty.
    let block = unsafe { System.alloc(layout) };
    if block.is_null() {
        return ptr::null_mut();
    }
    TALLY.took(size);
    // SAFETY: the block begins with the prefix, which is aligned for a `usize`.
    unsafe { block.cast::<usize>().write(size) };
    // SAFETY: the prefix is part of the block.
    unsafe { block.add(PREFIX).cast() }
}

unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return ptr::null_mut() };
    // SAFETY: as the caller's of `calloc`.
    let block = unsafe { malloc(size) };
    if !block.is_null() {
        // SAFETY: `malloc` gave so many bytes.
        unsafe { ptr::write_bytes(block.cast::<u8>(), 0, size) };
    }
    block
}

/// The start of a block's memory, and the size that was asked for.
///
/// # Safety
///
/// `block` came from `malloc` above and was not freed.
unsafe fn whole(block: *mut c_void) -> (*mut u8, usize) {
    // SAFETY: the block follows its prefix.
    let start = unsafe { block.cast::<u8>().sub(PREFIX) };
    // SAFETY: `malloc` wrote the size there.
    (start, unsafe { start.cast::<usize>().read() })
}

unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: whatever is freed here came from `malloc` above.
    let (start, size) = unsafe { whole(block) };
    TALLY.gave(size);
    if let Some(layout) = layout(size) {
        // SAFETY: allocated with this very layout.
        unsafe { System.dealloc(start, layout) };
    }
}

unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: as the caller's of `realloc`.
    let new = unsafe { malloc(size) };
    if new.is_null() || block.is_null() {
        return new;
    }
    // SAFETY: whatever is reallocated here came from `malloc` above.
    let (_, old) = unsafe { whole(block) };
    // SAFETY: both blocks have so many bytes and are not the same.
    unsafe { ptr::copy_nonoverlapping(block.cast::<u8>(), new.cast(), old.min(size)) };
    // SAFETY: as the caller's of `realloc`: the old block is given up.
    unsafe { free(block) };
    new
}
