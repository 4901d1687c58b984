//! What crosses the boundary to a builder for each shape, and for each scanner state.

use core::marker::PhantomData;
use core::mem::{offset_of, size_of};

/// What a builder is told of a shape. `csrc/cst_shim.h` says what each field means.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    pub(crate) bits: u64,
    pub(crate) symbol: u16,
    pub(crate) production_id: u16,
    pub(crate) flags: u16,
    pub(crate) child_count: u16,
    pub(crate) dynamic_precedence: i32,
}

/// A length of text in bytes, and in rows and columns.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) bytes: u32,
    pub(crate) row: u32,
    pub(crate) column: u32,
}

/// A serialized state of the external scanner.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScannerState<'a> {
    // SAFETY INVARIANT: the start of `length` bytes that live for `'a`.
    bytes: *const u8,
    length: u32,
    lifetime: PhantomData<&'a [u8]>,
}

impl<'a> ScannerState<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        // Longer ones are refused by the shim, which allows 1,024 bytes: it must not read so many.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { bytes: bytes.as_ptr(), length, lifetime: PhantomData }
    }
}

// The C side lays its structs out by the same rules; these are the numbers it comes to.
const _: () = {
    assert!(size_of::<Extent>() == 12);
    assert!(offset_of!(Row, symbol) == 8);
    assert!(offset_of!(Row, flags) == 12);
    assert!(offset_of!(Row, dynamic_precedence) == 16);
    assert!(size_of::<Row>() == if align_of::<u64>() == 8 { 24 } else { 20 });
    assert!(offset_of!(ScannerState<'_>, length) == size_of::<usize>());
    assert!(size_of::<ScannerState<'_>>() == 2 * size_of::<usize>());
};
