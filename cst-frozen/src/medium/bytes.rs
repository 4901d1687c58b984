//! The contents of a file, wherever they lie.

use std::{fmt, ops::Deref};

use memmap2::Mmap;

use super::Stamp;
use crate::layout::{ALIGN, wide};

/// Immutable bytes of a file, mapped or in memory, that begin on a multiple of 16.
pub struct Bytes {
    kind: Kind,
    /// Where they begin in what `kind` holds.
    start: usize,
    identity: u64,
}

enum Kind {
    Map(Mmap),
    Heap(Vec<u8>),
}

impl Bytes {
    pub(crate) fn mapped(map: Mmap) -> Bytes {
        Bytes { kind: Kind::Map(map), start: 0, identity: 0 }
    }

    /// Maps the pages of a small file now, those in the page cache, so that reads need not. For a file that was just
    /// written; only for speed, and only on Linux.
    pub(crate) fn populate(&self) {
        // As many pages as take about a millisecond.
        const MOST: usize = 32 << 20;
        #[cfg(target_os = "linux")]
        if let Kind::Map(map) = &self.kind
            && map.len() <= MOST
        {
            // Earlier kernels do not know it.
            let _ = map.advise(memmap2::Advice::PopulateRead);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = MOST;
    }

    /// `len` zero bytes, aligned, handed to `fill`.
    ///
    /// # Errors
    /// Those of `fill`.
    pub fn filled<E>(len: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Bytes, E> {
        let align = usize::try_from(ALIGN).unwrap_or(1);
        let mut buffer = vec![0; len.saturating_add(align)];
        // The buffer never moves again, so neither does its first aligned byte. Where the address cannot be had, the
        // bytes are still right, only not aligned.
        let start = match buffer.as_ptr().align_offset(align) {
            start if start < align => start,
            _ => 0,
        };
        buffer.truncate(start.saturating_add(len));
        fill(buffer.get_mut(start..).unwrap_or_default())?;
        Ok(Bytes { kind: Kind::Heap(buffer), start, identity: 0 })
    }

    /// With the [`Stamp::identity`] of the file at the time it was opened.
    #[must_use]
    pub fn with_identity(self, identity: u64) -> Bytes {
        Bytes { identity, ..self }
    }

    /// The stamp of the file that they are of.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { len: wide(self.len()), identity: self.identity }
    }

    /// Without the first `len` bytes. As well aligned as before where that is a multiple of 16.
    pub(crate) fn skip(mut self, len: usize) -> Bytes {
        self.start = self.start.saturating_add(len);
        self
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Bytes {
        let filled = Bytes::filled(bytes.len(), |place| {
            place.copy_from_slice(bytes);
            Ok::<(), std::convert::Infallible>(())
        });
        match filled {
            Ok(bytes) => bytes,
            Err(never) => match never {},
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let all: &[u8] = match &self.kind {
            Kind::Map(map) => map,
            Kind::Heap(buffer) => buffer,
        };
        all.get(self.start..).unwrap_or_default()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Map(_) => "mapped",
            Kind::Heap(_) => "in memory",
        };
        write!(f, "{} bytes {kind}", self.len())
    }
}
