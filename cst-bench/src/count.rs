//! A global allocator that counts, while it is told to: how often memory is taken, and how much at most.
//!
//! It sees what Rust code allocates. tree-sitter and zstd allocate from C, past it; so no figure made
//! here says anything of live trees, and each carries `rust_heap` in its name.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};

use mimalloc::MiMalloc;

use crate::tally::Tally;

static TALLY: Tally = Tally::new();

/// What a piece of work took from the Rust allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RustHeap {
    /// How often it took memory, a reallocation being one more time.
    pub allocations: u64,
    /// How much more than at its start it held at most, its result included, in bytes. A
    /// reallocation holds old and new at once, as it does where the memory has to move.
    pub peak_bytes: u64,
}

/// mimalloc, as in the command `cst`, with counts. For `#[global_allocator]`; elsewhere it counts nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// Runs `work` and counts what all threads take from the Rust allocator meanwhile. Not to be nested.
/// All zero where [`Counting`] is not the global allocator.
pub fn count<T>(work: impl FnOnce() -> T) -> (T, RustHeap) {
    let (made, allocations, peak_bytes) = TALLY.count(work);
    (made, RustHeap { allocations, peak_bytes })
}

// SAFETY: every method hands its arguments to `MiMalloc`, which upholds the trait's contract, and returns
// what that returned. Counting beside it takes no memory and does not unwind: it only changes atomics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TALLY.took(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `MiMalloc` asks for.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        TALLY.took(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `MiMalloc` asks for.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        TALLY.took(size);
        TALLY.gave(layout.size());
        // SAFETY: `pointer` came from `MiMalloc` with `layout`, because every method here passes on to
        // it; the caller promises the rest.
        unsafe { MiMalloc.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TALLY.gave(layout.size());
        // SAFETY: `pointer` came from `MiMalloc` with `layout`, because every method here passes on to it.
        unsafe { MiMalloc.dealloc(pointer, layout) }
    }
}
