//! Names, chains, links and precedences; and the columns that are kept as they are.

use super::CORRUPT;
use super::order::{Order, is_plain_link};
use super::streams::{Stream, Streams};
use crate::columns::{ArchivedParserState, ArchivedStructure, ParserState};
use crate::error::DecodeError;
use crate::layout::{MAX_NAMES, MAX_SHAPES, NAMED_ALIAS};
use crate::shape::{KIND, Shape};
use crate::varint;

/// The range that a parser has which was given none: all of the text.
const ALL_TEXT: [u32; 6] = [0, u32::MAX, 0, 0, u32::MAX, u32::MAX];

/// Bits of a name's first number, below what its field is more than the one before.
const HAS_ALIAS: u32 = 1;
const IS_NAMED: u32 = 2;
/// Bit of a link's first number, below what its symbol is more than the one before.
const HAS_FLAGS: u32 = 1;

/// Columns that were sorted.
pub(super) struct Parts {
    pub(super) included_ranges: Vec<[u32; 6]>,
    pub(super) chains: Vec<[u16; 2]>,
    pub(super) links: Vec<u64>,
    pub(super) precedences: Vec<(u32, i32)>,
}

/// Writes all columns but shapes and records; whether there is a way to.
pub(super) fn write(
    structure: &ArchivedStructure,
    state: &ArchivedParserState,
    order: &Order,
    streams: &mut Streams,
) -> bool {
    write_names(&order.names, streams.of_mut(Stream::Names));
    let ranges: Vec<_> =
        structure.included_ranges.iter().map(|range| range.each_ref().map(|n| n.to_native())).collect();
    if ranges != [ALL_TEXT] {
        *streams.of_mut(Stream::IncludedRanges) =
            ranges.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
    }
    let chains = streams.of_mut(Stream::Chains);
    for chain in state.chains.iter() {
        let [above, link] = chain.each_ref().map(|n| n.to_native());
        varint::write(chains, above.into());
        varint::write(chains, order.link_numbers[usize::from(link)].into());
    }
    write_links(&order.links, streams.of_mut(Stream::Links));
    let precedences: Vec<_> = state.precedences.iter().map(|p| (p.0.to_native(), p.1.to_native())).collect();
    let shape_count = order.shape_numbers.len();
    for &(number, value) in &precedences {
        let at = number as usize;
        let number = match order.shape_numbers.get(at) {
            Some(&shape) => shape.into(),
            None => match order.link_numbers.get(at - shape_count) {
                Some(&link) => shape_count as u32 + u32::from(link),
                None => return false,
            },
        };
        streams.of_mut(Stream::Precedences).extend_from_slice(&number.to_le_bytes());
        streams.of_mut(Stream::Precedences).extend_from_slice(&value.to_le_bytes());
    }
    *streams.of_mut(Stream::ParseStates) = state.parse_states.to_vec();
    *streams.of_mut(Stream::Exceptions) = state.exceptions.to_vec();
    *streams.of_mut(Stream::ScannerStateIds) = state.scanner_state_ids.to_vec();
    *streams.of_mut(Stream::ScannerStateEnds) =
        state.scanner_state_ends.iter().flat_map(|end| end.to_native().to_le_bytes()).collect();
    *streams.of_mut(Stream::ScannerStates) = state.scanner_states.to_vec();
    !ranges.is_empty()
        && precedences.is_sorted_by(|a, b| a.0 < b.0)
        && order.links.iter().all(|&link| is_plain_link(link))
}

/// Columns that are sorted, but for names.
pub(super) fn read(streams: &Streams<&[u8]>) -> Result<Parts, DecodeError> {
    let ranges = read_numbers(streams.of(Stream::IncludedRanges))?;
    let (ranges, []) = ranges.as_chunks() else { return Err(CORRUPT) };
    let precedences = read_numbers(streams.of(Stream::Precedences))?;
    let (precedences, []) = precedences.as_chunks::<2>() else { return Err(CORRUPT) };
    Ok(Parts {
        included_ranges: if ranges.is_empty() { vec![ALL_TEXT] } else { ranges.to_vec() },
        chains: read_chains(streams.of(Stream::Chains))?,
        links: read_links(streams.of(Stream::Links))?,
        precedences: precedences.iter().map(|&[number, value]| (number, value.cast_signed())).collect(),
    })
}

/// Columns that are kept as they are.
pub(super) fn read_plain(streams: &Streams<&[u8]>) -> Result<ParserState, DecodeError> {
    Ok(ParserState {
        parse_states: streams.of(Stream::ParseStates).to_vec(),
        exceptions: streams.of(Stream::Exceptions).to_vec(),
        scanner_state_ids: streams.of(Stream::ScannerStateIds).to_vec(),
        scanner_state_ends: read_numbers(streams.of(Stream::ScannerStateEnds))?,
        scanner_states: streams.of(Stream::ScannerStates).to_vec(),
        ..ParserState::default()
    })
}

fn write_names(names: &[[u16; 2]], out: &mut Vec<u8>) {
    let mut before = 0;
    for &[alias, field] in names {
        let named = if field & NAMED_ALIAS != 0 { IS_NAMED } else { 0 };
        let field = field & !NAMED_ALIAS;
        let step = field.wrapping_sub(before) & !NAMED_ALIAS;
        let has_alias = if alias != 0 { HAS_ALIAS } else { 0 };
        varint::write(out, u32::from(step) << 2 | named | has_alias);
        if alias != 0 {
            varint::write(out, alias.into());
        }
        before = field;
    }
}

pub(super) fn read_names(bytes: &[u8]) -> Result<Vec<[u16; 2]>, DecodeError> {
    let mut reader = varint::Reader::new(bytes);
    let mut names = Vec::with_capacity(bytes.len().min(MAX_NAMES));
    let mut before = 0_u16;
    while !reader.is_empty() && names.len() < MAX_NAMES {
        let first = reader.read()?;
        let step = u16::try_from(first >> 2).map_err(|_| CORRUPT)?;
        let field = before.wrapping_add(step) & !NAMED_ALIAS;
        let alias = if first & HAS_ALIAS != 0 { read_word(&mut reader)? } else { 0 };
        names.push([alias, field | if first & IS_NAMED != 0 { NAMED_ALIAS } else { 0 }]);
        before = field;
    }
    if reader.is_empty() { Ok(names) } else { Err(CORRUPT) }
}

fn write_links(links: &[Shape], out: &mut Vec<u8>) {
    let (mut symbol, mut flags) = (0_u16, 0);
    for link in links {
        let has_flags = if link.flags() != flags { HAS_FLAGS } else { 0 };
        varint::write(out, u32::from(link.symbol().wrapping_sub(symbol)) << 1 | has_flags);
        varint::write(out, link.production().into());
        if has_flags != 0 {
            varint::write(out, link.flags().into());
        }
        (symbol, flags) = (link.symbol(), link.flags());
    }
}

fn read_links(bytes: &[u8]) -> Result<Vec<u64>, DecodeError> {
    let mut reader = varint::Reader::new(bytes);
    let mut links = Vec::with_capacity(bytes.len() / 2);
    let (mut symbol, mut flags) = (0_u16, 0);
    while !reader.is_empty() && links.len() < MAX_SHAPES {
        let first = reader.read()?;
        symbol = symbol.wrapping_add(u16::try_from(first >> 1).map_err(|_| CORRUPT)?);
        let production = read_word(&mut reader)?;
        if first & HAS_FLAGS != 0 {
            flags = read_word(&mut reader)?;
        }
        let kind = u64::from(symbol) | u64::from(production) << 16 | u64::from(flags) << 32;
        if kind & !KIND != 0 {
            return Err(CORRUPT);
        }
        links.push(Shape(kind).with_child_count(1).0);
    }
    if reader.is_empty() { Ok(links) } else { Err(CORRUPT) }
}

fn read_chains(bytes: &[u8]) -> Result<Vec<[u16; 2]>, DecodeError> {
    let mut reader = varint::Reader::new(bytes);
    let mut chains = Vec::with_capacity(bytes.len() / 2);
    while !reader.is_empty() {
        chains.push([read_word(&mut reader)?, read_word(&mut reader)?]);
    }
    Ok(chains)
}

fn read_word(reader: &mut varint::Reader<'_>) -> Result<u16, DecodeError> {
    u16::try_from(reader.read()?).map_err(|_| CORRUPT)
}

fn read_numbers(bytes: &[u8]) -> Result<Vec<u32>, DecodeError> {
    let (numbers, []) = bytes.as_chunks::<4>() else { return Err(CORRUPT) };
    Ok(numbers.iter().map(|&number| u32::from_le_bytes(number)).collect())
}
