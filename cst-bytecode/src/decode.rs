//! Bytecode to a tree: fill rows from the columns, let the shim build from the rows.
//!
//! Here only what the columns themselves mean is checked: that they end where the subtrees end, and
//! that numbers stay inside. Whether a row can stand in a tree of this grammar is for the shim.

use rkyv::rend::u32_le;
use tree_sitter::Tree;

use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::ffi::{Builder, Extent, Row};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{ERROR_SYMBOL, ESCAPE, MAX_SCANNER_STATE, TREE_SITTER_RELEASE, flags, stored};
use crate::varint;

/// Rows to hand over at a time: few enough to stay in the nearest cache.
const CHUNK: usize = 64;

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
    let count = header.subtree_count as usize;
    if structure.shapes.len() != count || parser_state.parse_states.len() != count {
        return Err(DecodeError::corrupt("not as many subtrees as the header says"));
    }

    let mut columns = Columns::new(structure, parser_state)?;
    let mut builder = Builder::new(grammar.language(), header.subtree_count)?;
    let mut rows = [Row::default(); CHUNK];
    let subtrees = structure.shapes.iter().zip(parser_state.parse_states.iter());
    let mut filled = 0;
    for (i, (&shape, parse_state)) in subtrees.enumerate() {
        columns.fill(&mut rows[filled], i, shape, parse_state.to_native())?;
        filled += 1;
        if filled == CHUNK {
            builder.push(&rows)?;
            filled = 0;
        }
    }
    builder.push(&rows[..filled])?;
    columns.finish()?;
    let ranges: Vec<[u32; 6]> =
        structure.included_ranges.iter().map(|range| range.each_ref().map(|n| n.to_native())).collect();
    let tree = builder.finish(&ranges)?;

    let root = tree.root_node();
    if !root.has_changes() && root.end_byte() as u64 > header.source.length {
        return Err(DecodeError::corrupt("the tree ends after its source"));
    }
    Ok(tree)
}

/// The columns, each read from its front.
struct Columns<'a> {
    /// A row for each shape, to be copied.
    shapes: Vec<Row<'a>>,
    rare_shapes: core::slice::Iter<'a, u32_le>,
    paddings: core::slice::Iter<'a, u8>,
    sizes: core::slice::Iter<'a, u8>,
    long_values: varint::Reader<'a>,
    scanner_state_ids: varint::Reader<'a>,
    scanner_states: Vec<&'a [u8]>,
    exceptions: varint::Reader<'a>,
    /// The subtree that the next exception is about; none after the last.
    next_exception: Option<usize>,
}

impl<'a> Columns<'a> {
    fn new(structure: &'a ArchivedStructure, state: &'a ArchivedParserState) -> Result<Self, DecodeError> {
        let mut columns = Self {
            shapes: shape_rows(structure),
            rare_shapes: structure.rare_shapes.iter(),
            paddings: structure.paddings.iter(),
            sizes: structure.sizes.iter(),
            long_values: varint::Reader::new(&structure.long_values),
            scanner_state_ids: varint::Reader::new(&state.scanner_state_ids),
            scanner_states: scanner_states(state)?,
            exceptions: varint::Reader::new(&state.exceptions),
            next_exception: None,
        };
        columns.next_exception = columns.exception_after(0)?;
        Ok(columns)
    }

    /// Fills `row` with the subtree number `index`.
    fn fill(
        &mut self,
        row: &mut Row<'a>,
        index: usize,
        shape: u8,
        parse_state: u16,
    ) -> Result<(), DecodeError> {
        let shape = match shape {
            ESCAPE => self.rare_shapes.next().ok_or(ENDS_EARLY)?.to_native() as usize,
            short => short.into(),
        };
        *row = *self.shapes.get(shape).ok_or(DecodeError::corrupt("a shape that is not there"))?;
        row.parse_state = parse_state;
        if row.child_count == 0 {
            self.fill_leaf(row)?;
        }
        if self.next_exception == Some(index) {
            self.fill_exception(row)?;
            self.next_exception = self.exception_after(index + 1)?;
        }
        Ok(())
    }

    fn fill_leaf(&mut self, row: &mut Row<'a>) -> Result<(), DecodeError> {
        if row.lookahead_bytes == u32::from(ESCAPE) {
            row.lookahead_bytes = self.long_values.read()?;
        }
        let padding = *self.paddings.next().ok_or(ENDS_EARLY)?;
        row.padding = read_extent(padding, &mut self.long_values)?;
        let size = *self.sizes.next().ok_or(ENDS_EARLY)?;
        row.size = read_extent(size, &mut self.long_values)?;
        if row.symbol == ERROR_SYMBOL {
            row.lookahead_char = self.long_values.read_signed()?;
        }
        if row.flags & flags::EXTERNAL_TOKENS != 0 {
            let id = self.scanner_state_ids.read()? as usize;
            let state = self.scanner_states.get(id);
            row.set_scanner_state(state.ok_or(DecodeError::corrupt("a scanner state that is not there"))?);
        }
        Ok(())
    }

    /// The subtree of the next exception, which is at or after `index`.
    fn exception_after(&mut self, index: usize) -> Result<Option<usize>, DecodeError> {
        if self.exceptions.is_empty() {
            return Ok(None);
        }
        Ok(Some(index.saturating_add(self.exceptions.read()? as usize)))
    }

    fn fill_exception(&mut self, row: &mut Row<'a>) -> Result<(), DecodeError> {
        let stream = &mut self.exceptions;
        row.stored = u16::try_from(stream.read()?).unwrap_or(u16::MAX);
        if row.stored == 0 || row.stored & !stored::ALL != 0 {
            return Err(DecodeError::corrupt("an exception for no known field"));
        }
        let has = |bit: u16| row.stored & bit != 0;
        if has(stored::PADDING) {
            row.padding = read_long_extent(stream)?;
        }
        if has(stored::SIZE) {
            row.size = read_long_extent(stream)?;
        }
        for (bit, field) in [
            (stored::LOOKAHEAD, &mut row.lookahead_bytes),
            (stored::ERROR_COST, &mut row.error_cost),
            (stored::VISIBLE_CHILD_COUNT, &mut row.visible_child_count),
            (stored::NAMED_CHILD_COUNT, &mut row.named_child_count),
            (stored::VISIBLE_DESCENDANT_COUNT, &mut row.visible_descendant_count),
        ] {
            if has(bit) {
                *field = stream.read()?;
            }
        }
        for (bit, field) in [
            (stored::REPEAT_DEPTH, &mut row.repeat_depth),
            (stored::FIRST_LEAF, &mut row.first_leaf_symbol),
            (stored::FIRST_LEAF, &mut row.first_leaf_parse_state),
        ] {
            if has(bit) {
                *field = u16::try_from(stream.read()?)
                    .map_err(|_| DecodeError::corrupt("a number beyond 16 bits"))?;
            }
        }
        for (bit, flag) in [
            (stored::DEPENDS_ON_COLUMN, flags::DEPENDS_ON_COLUMN),
            (stored::SCANNER_STATE_CHANGE, flags::SCANNER_STATE_CHANGE),
        ] {
            if has(bit) {
                match stream.read()? {
                    0 => row.flags &= !flag,
                    1 => row.flags |= flag,
                    _ => return Err(DecodeError::corrupt("a flag that is neither set nor clear")),
                }
            }
        }
        Ok(())
    }

    /// Every column must end with the last subtree.
    fn finish(self) -> Result<(), DecodeError> {
        let ended = self.rare_shapes.len() == 0
            && self.paddings.len() == 0
            && self.sizes.len() == 0
            && self.long_values.is_empty()
            && self.scanner_state_ids.is_empty()
            && self.next_exception.is_none();
        if ended { Ok(()) } else { Err(DecodeError::corrupt("a column goes on after the last subtree")) }
    }
}

const ENDS_EARLY: DecodeError = DecodeError::corrupt("a column ends before the last subtree");

fn read_extent(short: u8, long_values: &mut varint::Reader<'_>) -> Result<Extent, DecodeError> {
    match short {
        ESCAPE => read_long_extent(long_values),
        bytes => Ok(Extent { bytes: bytes.into(), row: 0, column: bytes.into() }),
    }
}

fn read_long_extent(stream: &mut varint::Reader<'_>) -> Result<Extent, DecodeError> {
    Ok(Extent { bytes: stream.read()?, row: stream.read()?, column: stream.read()? })
}

fn shape_rows<'a>(structure: &ArchivedStructure) -> Vec<Row<'a>> {
    let row = |i: usize| {
        let mut row = Row::default();
        row.symbol = structure.shape_symbols[i].to_native();
        row.production_id = structure.shape_productions[i].to_native();
        row.flags = structure.shape_flags[i].to_native();
        row.child_count = structure.shape_child_counts[i].to_native();
        row.dynamic_precedence = structure.shape_precedences[i].to_native();
        row.lookahead_bytes = structure.shape_lookaheads[i].into();
        row
    };
    (0..structure.shape_symbols.len()).map(row).collect()
}

fn scanner_states(state: &ArchivedParserState) -> Result<Vec<&[u8]>, DecodeError> {
    let mut start = 0;
    let mut states = Vec::with_capacity(state.scanner_state_ends.len());
    for end in state.scanner_state_ends.iter() {
        let end = end.to_native() as usize;
        let bytes = state.scanner_states.get(start..end);
        let bytes = bytes.ok_or(DecodeError::corrupt("a scanner state lies outside"))?;
        if bytes.len() > MAX_SCANNER_STATE {
            return Err(DecodeError::corrupt("a scanner state longer than the library allows"));
        }
        states.push(bytes);
        start = end;
    }
    Ok(states)
}
