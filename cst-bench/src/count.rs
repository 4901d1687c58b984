//! A global allocator that counts, while it is told to: how often memory is taken, and how much at most.
//!
//! It sees what Rust code allocates. tree-sitter and zstd allocate from C, past it; so no figure made
//! here says anything of live trees, and each carries `rust_heap` in its name.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use mimalloc::MiMalloc;

static ENABLED: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// Below zero when what was taken before the count is given back during it.
static HELD: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

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
    ALLOCATIONS.store(0, Relaxed);
    HELD.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ENABLED.store(true, Relaxed);
    let made = work();
    ENABLED.store(false, Relaxed);
    let peak_bytes = u64::try_from(PEAK.load(Relaxed)).unwrap_or(0);
    (made, RustHeap { allocations: ALLOCATIONS.load(Relaxed), peak_bytes })
}

fn took(bytes: usize) {
    if ENABLED.load(Relaxed) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        hold(bytes as i64);
    }
}

fn gave(bytes: usize) {
    if ENABLED.load(Relaxed) {
        hold(-(bytes as i64));
    }
}

fn hold(change: i64) {
    let held = HELD.fetch_add(change, Relaxed) + change;
    PEAK.fetch_max(held, Relaxed);
}

// SAFETY: every method hands its arguments to `MiMalloc`, which upholds the trait's contract, and returns
// what that returned. Counting beside it takes no memory and does not unwind: it only changes atomics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `MiMalloc` asks for.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `MiMalloc` asks for.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size);
        gave(layout.size());
        // SAFETY: `pointer` came from `MiMalloc` with `layout`, because every method here passes on to
        // it; the caller promises the rest.
        unsafe { MiMalloc.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: `pointer` came from `MiMalloc` with `layout`, because every method here passes on to it.
        unsafe { MiMalloc.dealloc(pointer, layout) }
    }
}
