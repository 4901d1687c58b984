//! What live trees take, and giving it back.

use tree_sitter::Tree;

use crate::ffi;

#[cfg(feature = "mimalloc")]
pub use ffi::use_mimalloc;

/// Gives memory that trees were freed from back to the operating system. glibc keeps it, in an arena
/// per thread, and mimalloc for a second; after many large trees in many threads that is a multiple of
/// what is in use. Costs some milliseconds there, nothing elsewhere.
pub fn release_memory() {
    ffi::release_memory();
}

/// What a live tree takes from the allocator, in bytes: every block's size, plus eight bytes and
/// rounded up to sixteen as glibc's malloc does (other allocators differ by little). A subtree that
/// the tree holds twice is counted twice. Costs a walk over the tree.
#[must_use]
pub fn live_bytes(tree: &Tree) -> u64 {
    ffi::live_bytes(tree)
}
