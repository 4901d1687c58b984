//! The compact form: what a tree's bytecode says, without what follows from the rest, like beside like.
//!
//! Records mix numbers of shapes with lengths of text and with extents. Here each has a stream of its own, which a
//! compressor takes to a fraction, and the extents of parents are left out: they follow from the leaves. The result
//! is exactly the bytecode that it was made of, or an error. `docs/format/compact.md` specifies it.

mod expand;
mod operands;
mod shapes;
mod split;

use core::ops::{Deref, Range};

use crate::assemble::assemble;
use crate::bytecode::Bytecode;
use crate::error::DecodeError;
use crate::header::{Header, TOO_SHORT, check_start};
use crate::layout::{CHECKSUM, FORMAT_VERSION, GRAMMAR, HEADER_LENGTH, RUNTIME, SECTION_COUNT, VERSION};
use crate::varint;

/// The first bytes.
const MAGIC: [u8; VERSION] = *b"\x89CSC\r\n\x1a\n";
/// The part of the bytecode's header that is repeated here: from the release up to the count of subtrees.
const HEADER: Range<usize> = RUNTIME..SECTION_COUNT;
/// Where the lengths of the streams begin.
const LENGTHS: usize = VERSION + 4 + (HEADER.end - HEADER.start);

/// The streams, in their order.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
enum Stream {
    /// A byte each: the number of a record's shape, or 255.
    Numbers,
    /// Two bytes for each 255.
    WideNumbers,
    /// Operands of one byte: paddings, and sizes.
    Paddings,
    Sizes,
    /// All wider operands.
    Wide,
    /// Shapes in parts: distinct kinds (symbol, production or lookahead and size, flags), and for each shape which kind
    /// it is of, its forms, its child count, and the number of its name.
    Kinds,
    KindNumbers,
    Forms,
    ChildCounts,
    NameNumbers,
    /// The other columns.
    Names,
    IncludedRanges,
    ShapeChains,
    Chains,
    Links,
    Precedences,
    ParseStates,
    Exceptions,
    ScannerStateIds,
    ScannerStateEnds,
    ScannerStates,
}

const STREAMS: usize = Stream::ScannerStates as usize + 1;

/// The compact form of bytecode.
pub(crate) fn write<B: Deref<Target = [u8]>>(bytecode: &Bytecode<B>) -> Result<Vec<u8>, DecodeError> {
    let (structure, parser_state) = bytecode.columns()?;
    let streams = split::split(structure, parser_state)?;
    let header = bytecode.as_bytes().get(HEADER).ok_or(TOO_SHORT)?;
    // Three bytes for a length are enough for two million.
    let room = LENGTHS + STREAMS * 3 + streams.iter().map(Vec::len).sum::<usize>();
    let mut bytes = Vec::with_capacity(room);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(header);
    for stream in &streams {
        varint::write(&mut bytes, u32::try_from(stream.len()).map_err(|_| TOO_LONG)?);
    }
    streams.iter().for_each(|stream| bytes.extend_from_slice(stream));
    Ok(bytes)
}

/// The bytecode that a compact form was made of.
pub(crate) fn read(bytes: &[u8]) -> Result<Bytecode, DecodeError> {
    check_start(bytes, &MAGIC)?;
    let (start, rest) = bytes.split_at_checked(LENGTHS).ok_or(TOO_SHORT)?;
    let mut header = [0; HEADER_LENGTH];
    header[HEADER].copy_from_slice(&start[RUNTIME..]);
    let (structure, parser_state) = expand::expand(&streams(rest)?)?;
    let bytes = assemble(&Header::fields(&header), &structure, &parser_state).ok_or(TOO_LONG)?;
    // Length and checksum: with them all of it is what it was.
    if bytes.get(CHECKSUM..GRAMMAR) != header.get(CHECKSUM..GRAMMAR) {
        return Err(DecodeError::corrupt("the checksum does not match"));
    }
    Bytecode::of_checked(bytes)
}

const TOO_LONG: DecodeError = DecodeError::corrupt("a column beyond 32 bits");

/// Finds the streams behind their lengths.
fn streams(bytes: &[u8]) -> Result<[&[u8]; STREAMS], DecodeError> {
    let mut lengths = [0; STREAMS];
    let mut reader = varint::Reader::new(bytes);
    for length in &mut lengths {
        *length = reader.read()? as usize;
    }
    let mut rest = reader.rest();
    let mut streams = [&[][..]; STREAMS];
    for (stream, length) in streams.iter_mut().zip(lengths) {
        (*stream, rest) =
            rest.split_at_checked(length).ok_or(DecodeError::corrupt("a stream lies outside"))?;
    }
    if rest.is_empty() { Ok(streams) } else { Err(DecodeError::corrupt("bytes after the last stream")) }
}
