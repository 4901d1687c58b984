//! Bytecode to a tree: unpack what goes by the number of a subtree, let the shim build from the records.
//!
//! Here only what the columns themselves mean is checked: that numbers stay inside. Whether a subtree can stand in a
//! tree of this grammar is for the shim.

use rkyv::rend::u64_le;
use tree_sitter::Tree;

use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::ffi::{Memo, Parts, Row, ScannerState, Shapes, Status};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{MAX_CHAIN_LENGTH, MAX_CHAINS, MAX_SCANNER_STATE, TREE_SITTER_RELEASE, flags, stored};
use crate::shape::Shape;
use crate::varint;

pub(crate) fn decode(
    header: &Header,
    structure: &ArchivedStructure,
    parser_state: &ArchivedParserState,
    grammar: &Grammar,
) -> Result<Tree, DecodeError> {
    if header.tree_sitter_release != TREE_SITTER_RELEASE {
        return Err(DecodeError::new(DecodeErrorKind::Runtime, "not the release in this build"));
    }
    if header.grammar != grammar.id() {
        return Err(DecodeError::new(DecodeErrorKind::Grammar, "not the one given"));
    }
    let built = grammar.with_memo(|memo| build(header, structure, parser_state, memo));
    let tree = built.ok_or(DecodeError::from(Status::OUT_OF_MEMORY))??;
    let root = tree.root_node();
    if !root.has_changes() && root.end_byte() as u64 > header.source.length {
        return Err(DecodeError::corrupt("the tree ends after its source"));
    }
    Ok(tree)
}

fn build(
    header: &Header,
    structure: &ArchivedStructure,
    parser_state: &ArchivedParserState,
    memo: &mut Memo,
) -> Result<Tree, DecodeError> {
    let scanner_states = scanner_states(parser_state)?;
    let ranges = structure.included_ranges.iter().map(|range| range.each_ref().map(|n| n.to_native()));
    let parts = Parts {
        shapes: read_shapes(structure, parser_state)?,
        subtree_count: header.subtree_count,
        live_bytes: header.live_bytes,
        numbers: structure.numbers.as_slice(),
        operands: structure.operands.as_slice(),
        states: read_states(parser_state)?,
        exceptions: read_exceptions(parser_state)?,
        scanner_state_ids: read_scanner_state_ids(parser_state, scanner_states.len())?,
        scanner_states,
        ranges: ranges.collect(),
    };
    Ok(parts.build(memo)?)
}

/// Whether the shim takes the shapes, which an encoder has written: what it has taken in another tree it takes again.
pub(crate) fn check_shapes(
    structure: &ArchivedStructure,
    parser_state: &ArchivedParserState,
    grammar: &Grammar,
) -> Result<(), Status> {
    let check = |memo: &mut Memo| {
        // Of a precedence the shim asks no more.
        let is_plain = parser_state.precedences.iter().all(|p| i16::try_from(p.1.to_native()).is_ok());
        if !is_plain {
            let shapes = read_shapes(structure, parser_state).map_err(|_| Status::OUT_OF_MEMORY)?;
            return shapes.check(memo);
        }
        let is_new = |shape: &Shape| !memo.has_seen(shape.kind());
        let new = |shapes: &[u64_le]| -> Vec<Shape> {
            shapes.iter().map(|shape| Shape(shape.to_native())).filter(is_new).collect()
        };
        let (shapes, links) = (new(&structure.shapes), new(&parser_state.links));
        if shapes.is_empty() && links.is_empty() {
            return Ok(());
        }
        let all = || shapes.iter().chain(&links);
        let (first_link, count) = (shapes.len() as u32, shapes.len() + links.len());
        let new = Shapes {
            rows: all().copied().map(shape_row).collect(),
            shape_count: shapes.len(),
            // All above the first row: which are above which matters to no check.
            links: (first_link..count as u32).collect(),
            link_ends: vec![links.len() as u32; count],
        };
        new.check(memo)?;
        memo.see(all().map(|shape| shape.kind()));
        Ok(())
    };
    grammar.with_memo(check).unwrap_or(Err(Status::OUT_OF_MEMORY))
}

const NONE: usize = usize::MAX;

/// The parse states that do not follow from their place, read from the front.
pub(crate) struct StateColumn<'a> {
    column: varint::Reader<'a>,
    /// The subtree that the next one is about; `NONE` after the last.
    next: usize,
}

impl<'a> StateColumn<'a> {
    pub(crate) fn new(state: &'a ArchivedParserState) -> Result<Self, DecodeError> {
        let mut column = varint::Reader::new(&state.parse_states);
        let next = subtree_after(&mut column, 0)?;
        Ok(Self { column, next })
    }

    /// That of a subtree, if it is there. Subtrees are asked for in their order.
    pub(crate) fn read(&mut self, subtree: usize) -> Result<Option<u16>, DecodeError> {
        if self.next != subtree { Ok(None) } else { self.take().map(Some) }
    }

    /// The next one.
    fn take(&mut self) -> Result<u16, DecodeError> {
        let state = narrow(self.column.read()?)?;
        self.next = subtree_after(&mut self.column, self.next.saturating_add(1))?;
        Ok(state)
    }
}

const TOO_LONG: DecodeError = DecodeError::corrupt("a column goes on after the last subtree");
const BEYOND_16_BITS: DecodeError = DecodeError::corrupt("a number beyond 16 bits");

/// The subtree that a stream is about next, which is at or after `from`; `NONE` at its end.
fn subtree_after(stream: &mut varint::Reader<'_>, from: usize) -> Result<usize, DecodeError> {
    if stream.is_empty() { Ok(NONE) } else { Ok(from.saturating_add(stream.read()? as usize)) }
}

fn subtree_number(subtree: usize) -> Result<u32, DecodeError> {
    u32::try_from(subtree).map_err(|_| TOO_LONG)
}

fn narrow(number: u32) -> Result<u16, DecodeError> {
    u16::try_from(number).map_err(|_| BEYOND_16_BITS)
}

/// All parse states that do not follow from their place: subtree, state.
fn read_states(state: &ArchivedParserState) -> Result<Vec<u32>, DecodeError> {
    let mut column = StateColumn::new(state)?;
    let mut states = Vec::new();
    while column.next != NONE {
        states.push(subtree_number(column.next)?);
        states.push(column.take()?.into());
    }
    Ok(states)
}

/// All derived fields that do not follow: subtree, which, values. Each number takes four bytes where it took one at least.
fn read_exceptions(state: &ArchivedParserState) -> Result<Vec<u32>, DecodeError> {
    let mut stream = varint::Reader::new(&state.exceptions);
    let mut numbers = Vec::new();
    let mut subtree = subtree_after(&mut stream, 0)?;
    while subtree != NONE {
        numbers.push(subtree_number(subtree)?);
        let stored = u16::try_from(stream.read()?).unwrap_or(u16::MAX);
        if stored == 0 || stored & !stored::ALL != 0 {
            return Err(DecodeError::corrupt("an exception for no known field"));
        }
        numbers.push(stored.into());
        for bit in (0..u16::BITS).map(|bit| 1 << bit).filter(|bit| stored & bit != 0) {
            let count = match bit {
                stored::PADDING | stored::SIZE => 3,
                stored::FIRST_LEAF => 2,
                _ => 1,
            };
            for _ in 0..count {
                numbers.push(exception_value(bit, stream.read()?)?);
            }
        }
        subtree = subtree_after(&mut stream, subtree.saturating_add(1))?;
    }
    Ok(numbers)
}

/// A value of a field, if it is no wider than that.
fn exception_value(field: u16, value: u32) -> Result<u32, DecodeError> {
    match field {
        stored::REPEAT_DEPTH | stored::FIRST_LEAF => narrow(value).map(u32::from),
        stored::DEPENDS_ON_COLUMN | stored::SCANNER_STATE_CHANGE if value > 1 => {
            Err(DecodeError::corrupt("a flag that is neither set nor clear"))
        }
        _ => Ok(value),
    }
}

/// Of each external token, which of `count` scanner states.
fn read_scanner_state_ids(state: &ArchivedParserState, count: usize) -> Result<Vec<u32>, DecodeError> {
    let mut stream = varint::Reader::new(&state.scanner_state_ids);
    let mut ids = Vec::new();
    while !stream.is_empty() {
        let id = stream.read()?;
        if id as usize >= count {
            return Err(DecodeError::corrupt("a scanner state that is not there"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Each shape, and after them each link, as the shim wants it, and which links are above which.
pub(crate) fn read_shapes(
    structure: &ArchivedStructure,
    parser_state: &ArchivedParserState,
) -> Result<Shapes, DecodeError> {
    if parser_state.shape_chains.len() != structure.shapes.len() {
        return Err(DecodeError::corrupt("columns that belong together differ in length"));
    }
    if !parser_state.links.iter().all(|link| Shape(link.to_native()).is_link()) {
        return Err(DecodeError::corrupt("a link of no known form"));
    }
    let all = structure.shapes.iter().chain(parser_state.links.iter());
    let mut rows: Vec<Row> = all.map(|shape| shape_row(Shape(shape.to_native()))).collect();
    for precedence in parser_state.precedences.iter() {
        let row = rows.get_mut(precedence.0.to_native() as usize);
        let row = row.ok_or(DecodeError::corrupt("a precedence of no shape"))?;
        row.dynamic_precedence = precedence.1.to_native();
    }
    let chains = chains(structure, parser_state)?;
    let (mut links, mut link_ends) = (Vec::new(), Vec::with_capacity(rows.len()));
    for &chain in parser_state.shape_chains.iter() {
        if chain != 0 {
            links.extend_from_slice(chains.get(chain as usize - 1).ok_or(NO_CHAIN)?);
        }
        link_ends.push(links.len() as u32);
    }
    link_ends.resize(rows.len(), links.len() as u32);
    Ok(Shapes { rows, shape_count: structure.shapes.len(), links, link_ends })
}

fn shape_row(shape: Shape) -> Row {
    let child_count = shape.child_count() as u16;
    let production_id = if child_count > 0 { shape.production() } else { 0 };
    let flags = shape.flags() & flags::SHIM;
    Row { bits: shape.0, symbol: shape.symbol(), production_id, flags, child_count, dynamic_precedence: 0 }
}

const NO_CHAIN: DecodeError = DecodeError::corrupt("a chain that is not there");

/// The links of each chain, from the top, numbered as in [`shape_rows`].
fn chains(
    structure: &ArchivedStructure,
    parser_state: &ArchivedParserState,
) -> Result<Vec<Vec<u32>>, DecodeError> {
    if parser_state.chains.len() > MAX_CHAINS {
        return Err(DecodeError::corrupt("more chains than their numbers reach"));
    }
    let mut chains: Vec<Vec<u32>> = Vec::with_capacity(parser_state.chains.len());
    for chain in parser_state.chains.iter() {
        let [above, link] = chain.each_ref().map(|n| n.to_native());
        let mut links = match above {
            0 => Vec::new(),
            above => chains.get(above as usize - 1).ok_or(NO_CHAIN)?.clone(),
        };
        if usize::from(link) >= parser_state.links.len() || links.len() == MAX_CHAIN_LENGTH {
            return Err(NO_CHAIN);
        }
        links.push(structure.shapes.len() as u32 + u32::from(link));
        chains.push(links);
    }
    Ok(chains)
}

fn scanner_states(state: &ArchivedParserState) -> Result<Vec<ScannerState<'_>>, DecodeError> {
    let mut start = 0;
    let mut states = Vec::with_capacity(state.scanner_state_ends.len());
    for end in state.scanner_state_ends.iter() {
        let end = end.to_native() as usize;
        let bytes = state.scanner_states.get(start..end);
        let bytes = bytes.ok_or(DecodeError::corrupt("a scanner state lies outside"))?;
        if bytes.len() > MAX_SCANNER_STATE {
            return Err(DecodeError::corrupt("a scanner state longer than the library allows"));
        }
        states.push(ScannerState::new(bytes));
        start = end;
    }
    Ok(states)
}
