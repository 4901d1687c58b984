//! Columns to bytes: the header, then the sections one after the other.

use rkyv::rancor::Failure;
use rkyv::util::AlignedVec;

use crate::aligned::AlignedBytes;
use crate::columns::{ParserState, Structure};
use crate::header::{Header, SectionRanges};
use crate::layout::{ALIGNMENT, HEADER_LENGTH, SECTIONS};

/// What alignment and the archives' roots take beside the columns, rounded up.
const SLACK: usize = 512;

/// Archives the sections one after the other and puts the header before them. The bytes, and where the sections lie;
/// `None` beyond 32 bits.
pub(crate) fn assemble(
    header: &Header,
    structure: &Structure,
    parser_state: &ParserState,
) -> Option<(AlignedBytes, SectionRanges)> {
    // Room for all of it, so that no column is copied twice.
    let room = structure.bytes() + parser_state.bytes() + HEADER_LENGTH + SLACK;
    let mut bytes = AlignedVec::<ALIGNMENT>::with_capacity(room);
    bytes.resize(HEADER_LENGTH, 0);
    let mut sections = [(0, 0); SECTIONS.len()];
    for (i, section) in sections.iter_mut().enumerate() {
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        let offset = bytes.len();
        // Offsets inside an archive are relative, so it may begin anywhere that is aligned.
        bytes = match i {
            0 => rkyv::api::high::to_bytes_in::<_, Failure>(structure, bytes),
            _ => rkyv::api::high::to_bytes_in::<_, Failure>(parser_state, bytes),
        }
        .ok()?;
        *section = (u32::try_from(offset).ok()?, u32::try_from(bytes.len() - offset).ok()?);
    }
    header.write(&mut bytes, &sections);
    let ranges = sections.map(|(offset, length)| offset as usize..(offset + length) as usize);
    Some((AlignedBytes(bytes), ranges))
}
