//! The compact form: what a tree's bytecode says, without what follows from the rest, like beside like.
//!
//! Records mix numbers of shapes with lengths of text and with extents. Here each has a stream of its own, which a
//! compressor takes to a fraction, and the extents of parents are left out: they follow from the leaves. So do the
//! numbers of shapes, names and links, which bytecode numbers as they are met: here they are sorted, each written as
//! what it differs in from the one before. The result is exactly the bytecode that it was made of, or an error.
//! `docs/format/compact.md` specifies it.
//!
//! To the compact form: `split` takes records apart, `order` sorts, `shapes` and `columns` write the rest. Back:
//! `expand` puts records together and checks them, by a `plan` for each shape; `order` gives the numbers back.

mod canonical;
mod columns;
mod expand;
mod order;
mod plan;
mod rare;
mod shapes;
mod split;
mod streams;

use core::ops::{Deref, Range};

use crate::assemble::assemble;
use crate::bytecode::Bytecode;
use crate::columns::{ParserState, Structure};
use crate::error::DecodeError;
use crate::header::{Header, TOO_SHORT, check_start};
use crate::layout::{
    CHECKSUM, FORMAT_VERSION, GRAMMAR, HEADER_LENGTH, LENGTH, RUNTIME, SECTION_COUNT, VERSION,
};
use order::Order;
use streams::{Stream, Streams};

/// The first bytes.
const MAGIC: [u8; VERSION] = *b"\x89CSC\r\n\x1a\n";
/// The parts of the bytecode's header that are repeated here: release and checksum, and from the identity of the
/// grammar up to the count of subtrees.
const HEADER: [Range<usize>; 2] = [RUNTIME..LENGTH, GRAMMAR..SECTION_COUNT];
/// Where the streams begin.
const STREAMS: usize = VERSION + 4 + (LENGTH - RUNTIME) + (SECTION_COUNT - GRAMMAR);
/// Stands where streams would begin, and says that the bytecode follows as it is.
const PLAIN: [u8; 4] = (1_u32 << 31).to_le_bytes();

const CORRUPT: DecodeError = DecodeError::corrupt("a column that ends within a number");
const TOO_LONG: DecodeError = DecodeError::corrupt("a column beyond 32 bits");

/// The compact form of bytecode.
pub(crate) fn write<B: Deref<Target = [u8]>>(bytecode: &Bytecode<B>) -> Result<Vec<u8>, DecodeError> {
    let (bytes, columns) = (bytecode.as_bytes(), bytecode.columns()?);
    let streams = if canonical::is_laid_out(bytes, columns) { write_streams(columns)? } else { None };
    let mut out = Vec::with_capacity(STREAMS + streams.as_ref().map_or(bytes.len(), Streams::room));
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    for part in HEADER {
        out.extend_from_slice(bytes.get(part).ok_or(TOO_SHORT)?);
    }
    match streams {
        Some(streams) => streams.write(&mut out)?,
        None => {
            out.extend_from_slice(&PLAIN);
            out.extend_from_slice(bytes);
        }
    }
    Ok(out)
}

/// The streams of what numbers its shapes, names and links as they are met; `None` of all else.
fn write_streams((structure, state): canonical::Columns<'_>) -> Result<Option<Streams>, DecodeError> {
    let mut streams = Streams::default();
    let Some(numbers) = split::split(structure, &mut streams)? else { return Ok(None) };
    let Some(order) = Order::of(structure, state, &numbers.counts) else { return Ok(None) };
    order.write(&numbers.records, &mut streams);
    let is_written = columns::write(structure, state, &order, &mut streams);
    Ok(is_written.then_some(streams))
}

/// The bytecode that a compact form was made of.
pub(crate) fn read(bytes: &[u8]) -> Result<Bytecode, DecodeError> {
    check_start(bytes, &MAGIC)?;
    let (start, rest) = bytes.split_at_checked(STREAMS).ok_or(TOO_SHORT)?;
    let mut header = [0; HEADER_LENGTH];
    let mut at = RUNTIME;
    for part in HEADER {
        let length = part.len();
        header[part].copy_from_slice(&start[at..at + length]);
        at += length;
    }
    if let Some(plain) = rest.strip_prefix(&PLAIN) {
        let is_same = HEADER.into_iter().all(|part| plain.get(part.clone()) == header.get(part));
        return if is_same { Bytecode::copy_from(plain) } else { Err(OTHER) };
    }
    let (structure, state) = expand(&Streams::read(rest)?)?;
    let fields = Header::fields(&header);
    let (bytes, sections) = assemble(&fields, &structure, &state).ok_or(TOO_LONG)?;
    // With the same checksum, which covers its length, all of it is what it was.
    if bytes.get(CHECKSUM..LENGTH) != header.get(CHECKSUM..LENGTH) {
        return Err(OTHER);
    }
    Ok(Bytecode::of_sound(bytes, fields, sections))
}

const OTHER: DecodeError = DecodeError::corrupt("the checksum does not match");

fn expand(streams: &Streams<&[u8]>) -> Result<(Structure, ParserState), DecodeError> {
    let rows = shapes::read(streams)?;
    let names = columns::read_names(streams.of(Stream::Names))?;
    let records = expand::expand(streams, &rows, &names)?;
    order::restore(&rows, &names, records, streams)
}
