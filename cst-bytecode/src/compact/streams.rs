//! The streams, one after the other behind their lengths.

use super::TOO_LONG;
use crate::error::DecodeError;
use crate::varint;

/// The streams, in their order.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(super) enum Stream {
    /// A byte each: the number of a record's shape, or the page of a wide one.
    Numbers,
    /// A byte each: the place in the page.
    WideNumbers,
    /// Operands of one byte: paddings, and sizes.
    Paddings,
    Sizes,
    /// All wider operands.
    Wide,
    /// Shapes: in what each differs from the one before.
    Differences,
    Symbols,
    ChildCounts,
    Productions,
    Flags,
    Forms,
    NameNumbers,
    ChainNumbers,
    /// The other columns.
    Names,
    IncludedRanges,
    Chains,
    Links,
    Precedences,
    ParseStates,
    Exceptions,
    ScannerStateIds,
    ScannerStateEnds,
    ScannerStates,
}

pub(super) const COUNT: usize = Stream::ScannerStates as usize + 1;

/// All streams: owned while they are written, borrowed when they are read.
#[derive(Default)]
pub(super) struct Streams<S = Vec<u8>>([S; COUNT]);

impl<S> Streams<S> {
    pub(super) fn of(&self, stream: Stream) -> &S {
        &self.0[stream as usize]
    }

    pub(super) fn of_mut(&mut self, stream: Stream) -> &mut S {
        &mut self.0[stream as usize]
    }
}

impl Streams {
    /// Bytes that they take at most, if none is longer than two million.
    pub(super) fn room(&self) -> usize {
        4 + COUNT * 3 + self.0.iter().map(Vec::len).sum::<usize>()
    }

    /// Which are there as bits of a number, then the length of each that is, then those.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let there = || self.0.iter().enumerate().filter(|(_, stream)| !stream.is_empty());
        let bits: u32 = there().map(|(number, _)| 1 << number).sum();
        out.extend_from_slice(&bits.to_le_bytes());
        for (_, stream) in there() {
            varint::write(out, u32::try_from(stream.len()).map_err(|_| TOO_LONG)?);
        }
        there().for_each(|(_, stream)| out.extend_from_slice(stream));
        Ok(())
    }
}

impl<'a> Streams<&'a [u8]> {
    /// Finds the streams.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (bits, bytes) = bytes.split_first_chunk().ok_or(crate::header::TOO_SHORT)?;
        let bits = u32::from_le_bytes(*bits);
        if bits >> COUNT != 0 {
            return Err(DecodeError::corrupt("a stream that is not known"));
        }
        let mut lengths = [0; COUNT];
        let mut reader = varint::Reader::new(bytes);
        for (number, length) in lengths.iter_mut().enumerate() {
            if bits >> number & 1 != 0 {
                *length = reader.read()? as usize;
            }
        }
        let mut rest = reader.rest();
        let mut streams = Self::default();
        for (stream, length) in streams.0.iter_mut().zip(lengths) {
            (*stream, rest) =
                rest.split_at_checked(length).ok_or(DecodeError::corrupt("a stream lies outside"))?;
        }
        if rest.is_empty() { Ok(streams) } else { Err(DecodeError::corrupt("bytes after the last stream")) }
    }
}
