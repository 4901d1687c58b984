//! Memory that starts where bytecode must.

use core::fmt;
use core::ops::{Deref, DerefMut};

use rkyv::util::AlignedVec;

use crate::layout::ALIGNMENT;

/// Owned bytes that start at a multiple of 16.
#[derive(Clone)]
pub struct AlignedBytes(pub(crate) AlignedVec<ALIGNMENT>);

impl AlignedBytes {
    /// Copies `bytes` to aligned memory.
    #[must_use]
    pub fn copy_from(bytes: &[u8]) -> Self {
        // Without capacity it would point nowhere, and that is not aligned.
        let mut aligned = AlignedVec::with_capacity(bytes.len().max(1));
        aligned.extend_from_slice(bytes);
        Self(aligned)
    }

    /// `length` zeros, to be written over.
    #[must_use]
    pub fn zeroed(length: usize) -> Self {
        let mut aligned = AlignedVec::with_capacity(length.max(1));
        aligned.resize(length, 0);
        Self(aligned)
    }
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for AlignedBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl fmt::Debug for AlignedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlignedBytes({} bytes)", self.len())
    }
}
