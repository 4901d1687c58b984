//! What crosses the boundary to a builder, once for each shape, and for each subtree.

use core::marker::PhantomData;
use core::mem::{offset_of, size_of};
use core::ptr::NonNull;

/// What a builder is told of a shape, or of a subtree's derived fields that differ from what derives.
/// `csrc/cst_shim.h` says what each field means.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
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
    assert!(offset_of!(Row, dynamic_precedence) == 12);
    assert!(offset_of!(Row, padding) == 16);
    assert!(offset_of!(Row, lookahead_bytes) == 40);
    assert!(offset_of!(Row, repeat_depth) == 60);
    assert!(offset_of!(Row, stored) == 66);
    assert!(size_of::<Row>() == 68);
};

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
    pub(crate) child_count: u32,
    parse_state: u16,
    flags: u16,
    // SAFETY INVARIANT: `None`, or the start of `scanner_state_length` bytes that live for `'a`.
    scanner_state: Option<NonNull<u8>>,
    lifetime: PhantomData<&'a [u8]>,
}

const _: () = {
    assert!(offset_of!(Node<'_>, padding) == 8);
    assert!(offset_of!(Node<'_>, lookahead_bytes) == 32);
    assert!(offset_of!(Node<'_>, child_count) == 44);
    assert!(offset_of!(Node<'_>, parse_state) == 48);
    assert!(offset_of!(Node<'_>, scanner_state) == if size_of::<usize>() == 8 { 56 } else { 52 });
    assert!(size_of::<Node<'_>>() == if size_of::<usize>() == 8 { 64 } else { 56 });
};

impl<'a> Node<'a> {
    const HAS_STATE: u16 = 1 << 0;
    const HAS_LINKS: u16 = 1 << 1;

    /// Leaves the parse state to follow from the node's place; says whether its shape's links are above it.
    pub(crate) fn start(&mut self, has_links: bool) {
        self.flags = if has_links { Self::HAS_LINKS } else { 0 };
        self.exception = 0;
    }

    /// Sets the parse state.
    pub(crate) fn set_parse_state(&mut self, state: u16) {
        self.flags |= Self::HAS_STATE;
        self.parse_state = state;
    }

    /// Sets the serialized state of the external scanner after this token.
    pub(crate) fn set_scanner_state(&mut self, state: &'a [u8]) {
        // A slice that long is refused by the shim, which allows 1,024 bytes.
        self.scanner_state_length = u32::try_from(state.len()).unwrap_or(u32::MAX);
        self.scanner_state = Some(NonNull::from(state).cast());
    }
}
