//! Memory back to the operating system, and the allocator that trees lie in.
#![allow(unsafe_code)]

// Links it: the shim calls it.
#[cfg(feature = "mimalloc")]
use libmimalloc_sys as _;

#[cfg(feature = "mimalloc")]
use core::ffi::c_void;

/// The functions of an allocator, in the order in which tree-sitter takes them.
#[cfg(feature = "mimalloc")]
#[repr(C)]
#[cfg_attr(not(tree_sitter_frees_in_rust), allow(dead_code, reason = "for the releases that need them"))]
struct RawAllocator {
    take: unsafe extern "C" fn(usize) -> *mut c_void,
    take_zeroed: unsafe extern "C" fn(usize, usize) -> *mut c_void,
    resize: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    give_back: unsafe extern "C" fn(*mut c_void),
}

unsafe extern "C" {
    fn cst_release_memory();
    #[cfg(feature = "mimalloc")]
    fn cst_use_mimalloc() -> RawAllocator;
}

/// Gives freed memory back to the operating system.
pub(crate) fn release_memory() {
    // SAFETY: takes nothing and may be called at any time, from any thread.
    unsafe { cst_release_memory() }
}

/// Has tree-sitter allocate with mimalloc from here on, in the whole process: parsers, trees, cursors,
/// and what this crate decodes. A program's choice, not a library's.
///
/// Building a tree is mostly taking memory. With an allocator that it knows, this crate lays the blocks
/// of a decoded tree one after the other (in chunks of 64 KiB, on 64 bits and not with MSVC), which makes
/// decoding up to twice as fast. A chunk is free when all its blocks are: a subtree that an incremental
/// parse took over keeps its chunk. Free pages are kept for a second; [`release_memory`] gives them back
/// at once.
///
/// # Safety
///
/// As for [`tree_sitter::set_allocator`]: nothing else of tree-sitter may have been called yet in this
/// process, and nothing may be called meanwhile by another thread.
///
/// [`release_memory`]: crate::release_memory
#[cfg(feature = "mimalloc")]
pub unsafe fn use_mimalloc() {
    // SAFETY: the functions it installs are of one family, never return NULL, and align as malloc
    // does; the rest of what `ts_set_allocator` asks for is the caller's promise.
    let _allocator = unsafe { cst_use_mimalloc() };
    // Before 0.27 the Rust half of tree-sitter frees what the C half has made with a function of its own.
    #[cfg(tree_sitter_frees_in_rust)]
    // SAFETY: the same functions once more.
    unsafe {
        tree_sitter::set_allocator(
            Some(_allocator.take),
            Some(_allocator.take_zeroed),
            Some(_allocator.resize),
            Some(_allocator.give_back),
        );
    }
}
