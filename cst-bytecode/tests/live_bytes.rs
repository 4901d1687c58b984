//! What a tree is said to take from the allocator, against what an allocator counts.
//!
//! In a binary of its own: the library's allocator is one for the whole process.
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use core::ffi::c_void;
use std::alloc::{self, Layout};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use cst_bytecode::live_bytes;
use support::SAMPLES;

/// Before each block: its size, and room to keep it aligned.
const PREFIX: usize = 16;

/// The sizes of all live blocks, each rounded as `live_bytes` says.
static LIVE: AtomicU64 = AtomicU64::new(0);

fn rounded(size: usize) -> u64 {
    (size as u64 + 8).next_multiple_of(16)
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size + PREFIX, PREFIX).unwrap()
}

unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: a layout with the prefix is never empty.
    let block = unsafe { alloc::alloc(layout(size)) };
    assert!(!block.is_null());
    // SAFETY: the block begins with the prefix, which is aligned for a `usize`.
    unsafe { block.cast::<usize>().write(size) };
    LIVE.fetch_add(rounded(size), Ordering::Relaxed);
    // SAFETY: the prefix is part of the block.
    unsafe { block.add(PREFIX).cast() }
}

unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let size = count.checked_mul(size).unwrap();
    // SAFETY: as the caller's of `calloc`.
    let block = unsafe { malloc(size) };
    // SAFETY: `malloc` gave so many bytes.
    unsafe { ptr::write_bytes(block.cast::<u8>(), 0, size) };
    block
}

unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: whatever is freed here came from `malloc` above, after its prefix.
    let start = unsafe { block.cast::<u8>().sub(PREFIX) };
    // SAFETY: `malloc` wrote the size there.
    let size = unsafe { start.cast::<usize>().read() };
    LIVE.fetch_sub(rounded(size), Ordering::Relaxed);
    // SAFETY: allocated with this very layout.
    unsafe { alloc::dealloc(start, layout(size)) };
}

unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: as the caller's of `realloc`.
    let new = unsafe { malloc(size) };
    if !block.is_null() {
        // SAFETY: whatever is reallocated here came from `malloc` above, after its prefix.
        let old = unsafe { block.cast::<u8>().sub(PREFIX) };
        // SAFETY: `malloc` wrote the size there.
        let old = unsafe { old.cast::<usize>().read() };
        // SAFETY: both blocks have so many bytes and are not the same.
        unsafe { ptr::copy_nonoverlapping(block.cast::<u8>(), new.cast(), old.min(size)) };
        // SAFETY: as the caller's of `realloc`: the old block is given up.
        unsafe { free(block) };
    }
    new
}

/// What lives in the library's memory once `make` has returned and while its value is kept.
fn counted<T>(make: impl FnOnce() -> T) -> (T, u64) {
    let before = LIVE.load(Ordering::Relaxed);
    let made = make();
    (made, LIVE.load(Ordering::Relaxed) - before)
}

fn install() {
    // The function beneath `tree_sitter::set_allocator`, whose own form depends on the release.
    // SAFETY: the functions keep malloc's contract, and nothing of the library's lives yet.
    unsafe { tree_sitter::ffi::ts_set_allocator(Some(malloc), Some(calloc), Some(realloc), Some(free)) };
}

/// One test, for the count is one.
#[test]
fn live_bytes_are_what_an_allocator_counts() {
    install();
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            for source in [source, &source[..source.find('\n').unwrap()], ""] {
                let (tree, parsed) = counted(|| sample.parse(source));
                let bytecode = sample.encode(&tree, source);
                let (decoded, built) = counted(|| bytecode.decode(&sample.grammar).unwrap());
                assert_eq!(live_bytes(&decoded), built, "{}", sample.name);
                assert_eq!(bytecode.header().live_bytes, built, "{}", sample.name);
                // The parser leaves arrays of children larger than they need be, and trees may hold a
                // subtree twice, which is counted twice.
                let said = live_bytes(&tree);
                let near = parsed.abs_diff(said) <= said / 20 + 1024;
                assert!(near, "{}: {parsed} counted, {said} said", sample.name);
            }
        }
    }
    // Everything that was given back is counted as such, refused bytecode included.
    let sample = &SAMPLES[0];
    let bytecode = sample.encode(&sample.parse(sample.sound), sample.sound);
    let mut columns = support::columns::Columns::read(bytecode.as_bytes());
    let last = columns.subtree_count() - 1;
    columns.parser_state[support::columns::PARSE_STATES].set(last, 0xfffe);
    let bytes = columns.write();
    let (refused, kept) = counted(|| {
        cst_bytecode::Bytecode::copy_from(&bytes).unwrap().decode(&sample.grammar).map(drop).is_err()
    });
    assert_eq!((refused, kept), (true, 0));
}
