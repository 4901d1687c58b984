//! Columns to streams.

use super::operands::Operands;
use super::{STREAMS, Stream, shapes};
use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::error::DecodeError;
use crate::layout::ESCAPE;
use crate::record::Records;
use crate::shape::Shape;

const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");

pub(super) fn split(
    structure: &ArchivedStructure,
    state: &ArchivedParserState,
) -> Result<[Vec<u8>; STREAMS], DecodeError> {
    let mut streams = [const { Vec::new() }; STREAMS];
    let mut put = |stream: Stream, bytes: Vec<u8>| streams[stream as usize] = bytes;
    let [kinds, numbers, forms, child_counts, names] =
        shapes::split(structure.shapes.iter().map(|shape| Shape(shape.to_native())));
    put(Stream::Kinds, kinds);
    put(Stream::KindNumbers, numbers);
    put(Stream::Forms, forms);
    put(Stream::ChildCounts, child_counts);
    put(Stream::NameNumbers, names);
    put(Stream::Names, pairs(structure.names.iter().map(|name| name.each_ref().map(|n| n.to_native()))));
    let ranges = structure.included_ranges.iter().flatten();
    put(Stream::IncludedRanges, ranges.flat_map(|n| n.to_native().to_le_bytes()).collect());
    put(Stream::ShapeChains, state.shape_chains.to_vec());
    put(Stream::Chains, pairs(state.chains.iter().map(|chain| chain.each_ref().map(|n| n.to_native()))));
    put(Stream::Links, shapes::split_links(state.links.iter().map(|link| Shape(link.to_native())))?);
    let precedences = state.precedences.iter().map(|p| (p.0.to_native(), p.1.to_native()));
    put(
        Stream::Precedences,
        precedences.flat_map(|(shape, value)| [shape.to_le_bytes(), value.to_le_bytes()]).flatten().collect(),
    );
    put(Stream::ParseStates, state.parse_states.to_vec());
    put(Stream::Exceptions, state.exceptions.to_vec());
    put(Stream::ScannerStateIds, state.scanner_state_ids.to_vec());
    let ends = state.scanner_state_ends.iter();
    put(Stream::ScannerStateEnds, ends.flat_map(|end| end.to_native().to_le_bytes()).collect());
    put(Stream::ScannerStates, state.scanner_states.to_vec());
    let [numbers, wide_numbers, paddings, sizes, wide] = split_records(structure)?;
    put(Stream::Numbers, numbers);
    put(Stream::WideNumbers, wide_numbers);
    put(Stream::Paddings, paddings);
    put(Stream::Sizes, sizes);
    put(Stream::Wide, wide);
    Ok(streams)
}

fn pairs(pairs: impl Iterator<Item = [u16; 2]>) -> Vec<u8> {
    pairs.flatten().flat_map(u16::to_le_bytes).collect()
}

/// Numbers, wide numbers, paddings, sizes, and wide operands.
fn split_records(structure: &ArchivedStructure) -> Result<[Vec<u8>; 5], DecodeError> {
    let records = Records::of(structure);
    let names: Vec<[u16; 2]> =
        structure.names.iter().map(|name| name.each_ref().map(|n| n.to_native())).collect();
    let shapes = structure.shapes.iter().map(|shape| Shape(shape.to_native()));
    let operands: Vec<Operands> = shapes.map(|shape| Operands::of(shape, &names)).collect();
    let bytes = records.bytes;
    let mut numbers = Vec::with_capacity(bytes.len() / 2);
    let mut paddings = Vec::with_capacity(bytes.len() / 4);
    let mut sizes = Vec::with_capacity(bytes.len() / 4);
    let (mut wide_numbers, mut wide) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < records.end() {
        let mut number = usize::from(bytes[at]);
        numbers.push(bytes[at]);
        at += 1;
        if number == usize::from(ESCAPE) {
            let two = bytes.get(at..at + 2).ok_or(NO_RECORD)?;
            number = usize::from(u16::from_le_bytes([two[0], two[1]]));
            wide_numbers.extend_from_slice(two);
            at += 2;
        }
        let operands = operands.get(number).ok_or(NO_RECORD)?;
        // The padding and the size are never of one byte and wider.
        let mut take_wide = |at: &mut usize, i: usize| {
            let width = usize::from(operands.wide[i]);
            wide.extend_from_slice(bytes.get(*at..*at + width)?);
            *at += width;
            Some(())
        };
        if operands.has_padding() {
            paddings.push(*bytes.get(at).ok_or(NO_RECORD)?);
            at += 1;
        }
        if operands.has_wide() {
            take_wide(&mut at, 0).and_then(|()| take_wide(&mut at, 1)).ok_or(NO_RECORD)?;
        }
        if operands.has_size() {
            sizes.push(*bytes.get(at).ok_or(NO_RECORD)?);
            at += 1;
        }
        if operands.has_wide() {
            take_wide(&mut at, 2).ok_or(NO_RECORD)?;
        }
        at += usize::from(operands.span);
    }
    Ok([numbers, wide_numbers, paddings, sizes, wide])
}
