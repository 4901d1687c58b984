//! Bytecode to a tree: fill nodes from the columns, let the shim build from them.
//!
//! Here only what the columns themselves mean is checked: that they end where the subtrees end, and
//! that numbers stay inside. Whether a node can stand in a tree of this grammar is for the shim.

use rkyv::rend::u32_le;
use tree_sitter::Tree;

use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::ffi::{Builder, Extent, Node, Row, Status};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{ERROR_SYMBOL, ESCAPE, MAX_SCANNER_STATE, TREE_SITTER_RELEASE, flags, stored};
use crate::varint;

/// Nodes to hand over at a time: few enough to stay in the nearest cache.
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

    let shapes = shape_rows(structure);
    let mut builder = Builder::new(grammar.language(), header.subtree_count, header.live_bytes, &shapes)?;
    let mut columns = Columns::new(structure, parser_state, &shapes)?;
    let mut nodes = [Node::default(); CHUNK];
    let mut exceptions = Vec::new();
    let subtrees = structure.shapes.chunks(CHUNK).zip(parser_state.parse_states.chunks(CHUNK));
    for (i, (shapes, parse_states)) in subtrees.enumerate() {
        exceptions.clear();
        for (j, (&shape, parse_state)) in shapes.iter().zip(parse_states).enumerate() {
            let node = &mut nodes[j];
            node.parse_state = parse_state.to_native();
            columns.fill(node, i * CHUNK + j, shape, &mut exceptions)?;
        }
        builder.push(&nodes[..shapes.len()], &exceptions)?;
    }
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

/// Whether the shim takes the shapes.
pub(crate) fn check_shapes(
    header: &Header,
    structure: &ArchivedStructure,
    grammar: &Grammar,
) -> Result<(), Status> {
    let shapes = shape_rows(structure);
    Builder::new(grammar.language(), header.subtree_count, header.live_bytes, &shapes).map(drop)
}

/// The columns, each read from its front.
struct Columns<'a> {
    /// What each shape's subtrees have beside it.
    kinds: Vec<Kind>,
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

/// What subtrees of a shape have beside it.
#[derive(Clone, Copy)]
struct Kind {
    is_leaf: bool,
    is_error: bool,
    is_external: bool,
    lookahead: u8,
}

impl<'a> Columns<'a> {
    fn new(
        structure: &'a ArchivedStructure,
        state: &'a ArchivedParserState,
        shapes: &[Row<'_>],
    ) -> Result<Self, DecodeError> {
        let kind = |(row, &lookahead): (&Row<'_>, &u8)| Kind {
            is_leaf: row.child_count == 0,
            is_error: row.symbol == ERROR_SYMBOL,
            is_external: row.flags & flags::EXTERNAL_TOKENS != 0,
            lookahead,
        };
        let mut columns = Self {
            kinds: shapes.iter().zip(structure.shape_lookaheads.iter()).map(kind).collect(),
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

    /// Fills `node` with the subtree number `index`; should it be an exception, adds that.
    fn fill(
        &mut self,
        node: &mut Node<'a>,
        index: usize,
        shape: u8,
        exceptions: &mut Vec<Row<'static>>,
    ) -> Result<(), DecodeError> {
        node.shape = match shape {
            ESCAPE => self.rare_shapes.next().ok_or(ENDS_EARLY)?.to_native(),
            short => short.into(),
        };
        let kind = self.kinds.get(node.shape as usize);
        let kind = *kind.ok_or(DecodeError::corrupt("a shape that is not there"))?;
        if kind.is_leaf {
            self.fill_leaf(node, kind)?;
        }
        node.exception = 0;
        if self.next_exception == Some(index) {
            exceptions.push(self.read_exception()?);
            node.exception = exceptions.len() as u32;
            self.next_exception = self.exception_after(index + 1)?;
        }
        Ok(())
    }

    fn fill_leaf(&mut self, node: &mut Node<'a>, kind: Kind) -> Result<(), DecodeError> {
        node.lookahead_bytes = match kind.lookahead {
            ESCAPE => self.long_values.read()?,
            short => short.into(),
        };
        let padding = *self.paddings.next().ok_or(ENDS_EARLY)?;
        node.padding = read_extent(padding, &mut self.long_values)?;
        let size = *self.sizes.next().ok_or(ENDS_EARLY)?;
        node.size = read_extent(size, &mut self.long_values)?;
        if kind.is_error {
            node.lookahead_char = self.long_values.read_signed()?;
        }
        if kind.is_external {
            let id = self.scanner_state_ids.read()? as usize;
            let state = self.scanner_states.get(id);
            node.set_scanner_state(state.ok_or(DecodeError::corrupt("a scanner state that is not there"))?);
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

    fn read_exception(&mut self) -> Result<Row<'static>, DecodeError> {
        let stream = &mut self.exceptions;
        let mut row = Row::default();
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
                    0 => {}
                    1 => row.flags |= flag,
                    _ => return Err(DecodeError::corrupt("a flag that is neither set nor clear")),
                }
            }
        }
        Ok(row)
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

/// Each shape as the shim wants it.
fn shape_rows(structure: &ArchivedStructure) -> Vec<Row<'static>> {
    let row = |i: usize| {
        let mut row = Row::default();
        row.symbol = structure.shape_symbols[i].to_native();
        row.production_id = structure.shape_productions[i].to_native();
        row.flags = structure.shape_flags[i].to_native();
        row.child_count = structure.shape_child_counts[i].to_native();
        row.dynamic_precedence = structure.shape_precedences[i].to_native();
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
