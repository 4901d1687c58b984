//! What crosses the boundary from a walk, once for each subtree.
#![allow(unsafe_code)]

use core::marker::PhantomData;
use core::mem::{offset_of, size_of};
use core::ptr::NonNull;
use core::slice;

use super::Extent;

/// One subtree on a walk. `csrc/cst_shim.h` says what each field means.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visit<'a> {
    pub(crate) shape: u64,
    pub(crate) name: u32,
    pub(crate) depth: u32,
    what: u16,
    pub(crate) parse_state: u16,
    pub(crate) dynamic_precedence: i32,
    pub(crate) child_count: u32,
    pub(crate) lookahead_bytes: u32,
    pub(crate) padding: Extent,
    pub(crate) size: Extent,
    pub(crate) visible_descendant_count: u32,
    pub(crate) visible_child_count: u32,
    pub(crate) named_child_count: u32,
    pub(crate) error_cost: u32,
    pub(crate) repeat_depth: u16,
    pub(crate) first_leaf_symbol: u16,
    pub(crate) first_leaf_parse_state: u16,
    pub(crate) stored: u16,
    pub(crate) flags: u16,
    pub(crate) lookahead_char: i32,
    scanner_state_length: u32,
    // SAFETY INVARIANT: `None`, or the start of `scanner_state_length` bytes that live for `'a`.
    scanner_state: Option<NonNull<u8>>,
    lifetime: PhantomData<&'a [u8]>,
}

// The C side lays its struct out by the same rules; these are the numbers it comes to.
const _: () = {
    assert!(offset_of!(Visit<'_>, what) == 16);
    assert!(offset_of!(Visit<'_>, child_count) == 24);
    assert!(offset_of!(Visit<'_>, padding) == 32);
    assert!(offset_of!(Visit<'_>, visible_descendant_count) == 56);
    assert!(offset_of!(Visit<'_>, repeat_depth) == 72);
    assert!(offset_of!(Visit<'_>, lookahead_char) == 84);
    assert!(offset_of!(Visit<'_>, scanner_state_length) == 88);
    assert!(offset_of!(Visit<'_>, scanner_state) == if size_of::<usize>() == 8 { 96 } else { 92 });
    assert!(size_of::<Visit<'_>>() == if size_of::<usize>() == 8 { 104 } else { 96 });
};

impl<'a> Visit<'a> {
    const UNARY: u16 = 1 << 0;
    const LINK: u16 = 1 << 1;
    const OTHER_STATE: u16 = 1 << 2;
    const STORED: u16 = 1 << 3;

    /// Whether it is a hidden parent of one child, no extra, and not the root.
    #[inline]
    pub(crate) fn is_unary(&self) -> bool {
        self.what & Self::UNARY != 0
    }

    /// Whether it is such a one that no reader asks for.
    #[inline]
    pub(crate) fn is_link(&self) -> bool {
        self.what & Self::LINK != 0
    }

    /// Whether there is more to keep than its record.
    #[inline]
    pub(crate) fn is_special(&self) -> bool {
        self.what & (Self::OTHER_STATE | Self::STORED) != 0
    }

    /// Whether the parse state is not the one that follows from its place.
    pub(crate) fn has_other_state(&self) -> bool {
        self.what & Self::OTHER_STATE != 0
    }

    /// Whether derived fields differ from what derives.
    pub(crate) fn has_stored(&self) -> bool {
        self.what & Self::STORED != 0
    }

    /// The serialized state of the external scanner after this token; nothing of other subtrees.
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
