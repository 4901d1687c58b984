//! The C shim, as safe functions: the only file of this crate with unsafe code.
//!
//! Declarations here repeat `csrc/cst_shim.h`; both sides assert the layout of what they share.
#![allow(unsafe_code)]

// Links it: the shim calls it.
#[cfg(feature = "mimalloc")]
use libmimalloc_sys as _;

use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;
use core::mem::{offset_of, size_of};
use core::ptr::NonNull;
use core::slice;

use tree_sitter::{Language, Point, Range, Tree};

/// One subtree, as it crosses the boundary. `csrc/cst_shim.h` says what each field means.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row<'a> {
    pub(crate) child_count: u32,
    pub(crate) symbol: u16,
    pub(crate) production_id: u16,
    pub(crate) parse_state: u16,
    pub(crate) flags: u16,
    pub(crate) dynamic_precedence: i32,
    pub(crate) padding: Extent,
    pub(crate) size: Extent,
    pub(crate) lookahead_bytes: u32,
    pub(crate) error_cost: u32,
    pub(crate) visible_child_count: u32,
    pub(crate) named_child_count: u32,
    pub(crate) visible_descendant_count: u32,
    pub(crate) repeat_depth: u16,
    pub(crate) first_leaf_symbol: u16,
    pub(crate) first_leaf_parse_state: u16,
    pub(crate) stored: u16,
    pub(crate) lookahead_char: i32,
    scanner_state_length: u32,
    // SAFETY INVARIANT: `None`, or the start of `scanner_state_length` bytes that live for `'a`.
    scanner_state: Option<NonNull<u8>>,
    lifetime: PhantomData<&'a [u8]>,
}

/// A length of text in bytes, and in rows and columns.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) bytes: u32,
    pub(crate) row: u32,
    pub(crate) column: u32,
}

// The C side lays its struct out by the same rules; these are the numbers it comes to.
const _: () = {
    assert!(size_of::<Extent>() == 12);
    assert!(offset_of!(Row<'_>, dynamic_precedence) == 12);
    assert!(offset_of!(Row<'_>, padding) == 16);
    assert!(offset_of!(Row<'_>, lookahead_bytes) == 40);
    assert!(offset_of!(Row<'_>, repeat_depth) == 60);
    assert!(offset_of!(Row<'_>, stored) == 66);
    assert!(offset_of!(Row<'_>, lookahead_char) == 68);
    assert!(offset_of!(Row<'_>, scanner_state_length) == 72);
    assert!(size_of::<Row<'_>>() == if size_of::<usize>() == 8 { 88 } else { 80 });
};

impl<'a> Row<'a> {
    /// The serialized state of the external scanner after this token; empty for other subtrees.
    pub(crate) fn scanner_state(&self) -> &'a [u8] {
        match self.scanner_state {
            // SAFETY: by the invariant on the field, the bytes are there and live for `'a`.
            Some(start) => unsafe {
                slice::from_raw_parts(start.as_ptr(), self.scanner_state_length as usize)
            },
            None => &[],
        }
    }
}

/// What a subtree has beside its shape. `csrc/cst_shim.h` says what each field means.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node<'a> {
    pub(crate) shape: u32,
    pub(crate) exception: u32,
    pub(crate) padding: Extent,
    pub(crate) size: Extent,
    pub(crate) lookahead_bytes: u32,
    pub(crate) lookahead_char: i32,
    scanner_state_length: u32,
    pub(crate) parse_state: u16,
    // SAFETY INVARIANT: `None`, or the start of `scanner_state_length` bytes that live for `'a`.
    scanner_state: Option<NonNull<u8>>,
    lifetime: PhantomData<&'a [u8]>,
}

const _: () = {
    assert!(offset_of!(Node<'_>, padding) == 8);
    assert!(offset_of!(Node<'_>, lookahead_bytes) == 32);
    assert!(offset_of!(Node<'_>, parse_state) == 44);
    assert!(offset_of!(Node<'_>, scanner_state) == 48);
    assert!(size_of::<Node<'_>>() == if size_of::<usize>() == 8 { 56 } else { 52 });
};

impl<'a> Node<'a> {
    /// Sets the serialized state of the external scanner after this token.
    pub(crate) fn set_scanner_state(&mut self, state: &'a [u8]) {
        // A slice that long is refused by the shim, which allows 1,024 bytes.
        self.scanner_state_length = u32::try_from(state.len()).unwrap_or(u32::MAX);
        self.scanner_state = Some(NonNull::from(state).cast());
    }
}

/// Why the shim stopped. The numbers are those of `cst_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(i32);

impl Status {
    const OK: Self = Self(0);
    /// The allocator gave nothing.
    pub(crate) const OUT_OF_MEMORY: Self = Self(1);
    /// An extent beyond 32-bit positions and costs.
    pub(crate) const BAD_EXTENT: Self = Self(6);

    fn result(self) -> Result<(), Self> {
        if self == Self::OK { Ok(()) } else { Err(self) }
    }

    /// What is wrong, as a fragment of a sentence.
    pub(crate) fn what(self) -> &'static str {
        match self.0 {
            1 => "out of memory",
            2 => "a symbol that the grammar does not have there",
            3 => "a production that the grammar does not have",
            4 => "a parse state that the grammar does not have",
            5 => "flags that cannot stand together",
            6 => "an extent out of range",
            7 => "a child count out of range",
            8 => "a scanner state longer than the library allows",
            9 => "an error that costs less than its extent",
            10 => "more subtrees than announced",
            11 => "fewer subtrees than announced",
            12 => "not as large as announced",
            _ => "an unknown fault",
        }
    }
}

#[repr(C)]
struct RawWalk(c_void);

#[repr(C)]
struct RawBuilder(c_void);

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct RawRange {
    start_byte: u32,
    end_byte: u32,
    start_row: u32,
    start_column: u32,
    end_row: u32,
    end_column: u32,
}

#[repr(C)]
struct RawDifference {
    subtree: u64,
    field: *const c_char,
}

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

type RawTree = tree_sitter::ffi::TSTree;
type RawLanguage = tree_sitter::ffi::TSLanguage;
type Sink = unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, length: usize);

unsafe extern "C" {
    fn cst_walk_new(tree: *const RawTree) -> *mut RawWalk;
    fn cst_walk_next(walk: *mut RawWalk, rows: *mut Row<'_>, capacity: u32, count: *mut u32) -> i32;
    fn cst_walk_live_bytes(walk: *const RawWalk) -> u64;
    fn cst_walk_delete(walk: *mut RawWalk);
    fn cst_tree_included_range_count(tree: *const RawTree) -> u32;
    fn cst_tree_included_ranges(tree: *const RawTree, ranges: *mut RawRange);
    fn cst_release_memory();
    #[cfg(feature = "mimalloc")]
    fn cst_use_mimalloc() -> RawAllocator;
    fn cst_tree_live_bytes(tree: *const RawTree) -> u64;
    fn cst_builder_new(
        language: *const RawLanguage,
        subtree_count: u32,
        live_bytes: u64,
        shapes: *const Row<'_>,
        shape_count: u32,
        status: *mut i32,
    ) -> *mut RawBuilder;
    fn cst_builder_push(
        builder: *mut RawBuilder,
        nodes: *const Node<'_>,
        count: u32,
        exceptions: *const Row<'_>,
        exception_count: u32,
    ) -> i32;
    fn cst_builder_finish(
        builder: *mut RawBuilder,
        ranges: *const RawRange,
        range_count: u32,
        status: *mut i32,
    ) -> *mut RawTree;
    fn cst_builder_delete(builder: *mut RawBuilder);
    fn cst_tree_compare(left: *const RawTree, right: *const RawTree, difference: *mut RawDifference) -> bool;
    fn cst_language_describe(language: *const RawLanguage, sink: Sink, context: *mut c_void);
}

/// The `TSTree` inside a `Tree`; valid as long as the tree is borrowed.
fn raw_tree(tree: &Tree) -> *const RawTree {
    tree.root_node().into_raw().tree
}

/// The `TSLanguage` inside a `Language`; valid as long as the language is borrowed.
fn raw_language(language: &Language) -> *const RawLanguage {
    let raw = language.clone().into_raw();
    // SAFETY: `raw` comes from `into_raw` of a language that nobody else owns. Dropping it gives
    // back the reference that the clone took; `language` still holds its own.
    drop(unsafe { Language::from_raw(raw) });
    raw
}

/// A walk over every subtree of a tree in pre-order.
pub(crate) struct Walk<'tree> {
    // SAFETY INVARIANT: from `cst_walk_new` over a tree that lives for `'tree`, not yet deleted.
    raw: NonNull<RawWalk>,
    tree: PhantomData<&'tree Tree>,
}

impl<'tree> Walk<'tree> {
    pub(crate) fn new(tree: &'tree Tree) -> Result<Self, Status> {
        // SAFETY: the tree is valid, and `'tree` keeps it so for the life of the walk.
        let raw = unsafe { cst_walk_new(raw_tree(tree)) };
        Ok(Self { raw: NonNull::new(raw).ok_or(Status::OUT_OF_MEMORY)?, tree: PhantomData })
    }

    /// Fills `rows` from the front; returns how many it wrote, 0 after the last subtree.
    pub(crate) fn next(&mut self, rows: &mut [Row<'tree>]) -> Result<usize, Status> {
        let capacity = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let mut count = 0;
        // SAFETY: the walk is live by its invariant; `rows` has room for `capacity` rows and
        // `count` is a valid place. The states that the rows point to are the tree's own, and live
        // for `'tree`.
        let status = unsafe { cst_walk_next(self.raw.as_ptr(), rows.as_mut_ptr(), capacity, &raw mut count) };
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

/// What the tree's blocks take from the allocator, in bytes.
pub(crate) fn live_bytes(tree: &Tree) -> u64 {
    // SAFETY: the tree is valid.
    unsafe { cst_tree_live_bytes(raw_tree(tree)) }
}

/// Builds a tree from nodes in pre-order.
pub(crate) struct Builder<'language> {
    // SAFETY INVARIANT: from `cst_builder_new` with a language that lives for `'language`, not
    // yet deleted, and never pushed to again after a failed push.
    raw: NonNull<RawBuilder>,
    failed: Option<Status>,
    language: PhantomData<&'language Language>,
}

impl<'language> Builder<'language> {
    /// Starts a tree of so many subtrees of these shapes, which takes so many bytes. The shim checks
    /// every value against the language, whatever it is.
    pub(crate) fn new(
        language: &'language Language,
        subtree_count: u32,
        live_bytes: u64,
        shapes: &[Row<'_>],
    ) -> Result<Self, Status> {
        let shape_count = u32::try_from(shapes.len()).map_err(|_| Status::OUT_OF_MEMORY)?;
        let mut status = 0;
        // SAFETY: the language is valid, and `'language` keeps it so for the life of the builder.
        // `shapes` holds `shape_count` rows, which are copied, and `status` is a valid place.
        let raw = unsafe {
            cst_builder_new(
                raw_language(language),
                subtree_count,
                live_bytes,
                shapes.as_ptr(),
                shape_count,
                &raw mut status,
            )
        };
        let raw = NonNull::new(raw).ok_or(Status(status))?;
        Ok(Self { raw, failed: None, language: PhantomData })
    }

    /// Takes the next nodes, whose exceptions are numbered from one in `exceptions`. The shim checks
    /// every value against the language, whatever it is.
    pub(crate) fn push(&mut self, nodes: &[Node<'_>], exceptions: &[Row<'_>]) -> Result<(), Status> {
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

/// Feeds everything that gives a grammar's numbers their meaning into `hasher`.
pub(crate) fn describe_language(language: &Language, hasher: &mut blake3::Hasher) {
    /// # Safety
    ///
    /// `context` is a `blake3::Hasher` that nothing else uses, `bytes` the start of `length` bytes.
    unsafe extern "C" fn sink(context: *mut c_void, bytes: *const u8, length: usize) {
        // SAFETY: by this function's contract.
        let bytes = unsafe { slice::from_raw_parts(bytes, length) };
        // SAFETY: by this function's contract.
        let hasher = unsafe { &mut *context.cast::<blake3::Hasher>() };
        hasher.update(bytes);
    }
    let context = core::ptr::from_mut(hasher).cast();
    // SAFETY: the language is valid; `context` is the hasher that `sink` expects, and the shim
    // passes it on together with its own buffer.
    unsafe { cst_language_describe(raw_language(language), sink, context) };
}
