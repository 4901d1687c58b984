//! Bytecode to a tree: fill nodes from the records, let the shim build from them.
//!
//! Here only what the columns themselves mean is checked: that they end where the subtrees end, and
//! that numbers stay inside. Whether a node can stand in a tree of this grammar is for the shim.

use core::ops::Range;

use tree_sitter::Tree;

use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::ffi::{Builder, Extent, Memo, Node, Row, Shapes, Status};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{MAX_CHAIN_LENGTH, MAX_CHAINS, MAX_SCANNER_STATE, TREE_SITTER_RELEASE, flags, stored};
use crate::record::Records;
use crate::shape::{Shape, padding};
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
    let shapes = read_shapes(structure, parser_state)?;
    let mut nodes = Nodes {
        builder: Builder::new(memo, header.subtree_count, header.live_bytes, &shapes)?,
        shapes: &shapes,
        nodes: [Node::default(); CHUNK],
        filled: 0,
        subtrees: 0,
        exceptions: Vec::new(),
        columns: Columns::new(parser_state)?,
    };
    nodes.read(Records::of(structure))?;
    nodes.columns.finish()?;
    let ranges: Vec<[u32; 6]> =
        structure.included_ranges.iter().map(|range| range.each_ref().map(|n| n.to_native())).collect();
    Ok(nodes.builder.finish(&ranges)?)
}

/// Whether the shim takes the shapes.
pub(crate) fn check_shapes(
    header: &Header,
    structure: &ArchivedStructure,
    parser_state: &ArchivedParserState,
    grammar: &Grammar,
) -> Result<(), Status> {
    let shapes = read_shapes(structure, parser_state).map_err(|_| Status::OUT_OF_MEMORY)?;
    let check =
        |memo: &mut Memo| Builder::new(memo, header.subtree_count, header.live_bytes, &shapes).map(drop);
    grammar.with_memo(check).unwrap_or(Err(Status::OUT_OF_MEMORY))
}

/// Nodes on their way to the shim.
struct Nodes<'a, 'language> {
    builder: Builder<'language>,
    shapes: &'a Shapes,
    nodes: [Node<'a>; CHUNK],
    filled: usize,
    /// How many subtrees there were before the next node.
    subtrees: usize,
    exceptions: Vec<Row>,
    columns: Columns<'a>,
}

impl<'a> Nodes<'a, '_> {
    fn read(&mut self, records: Records<'_>) -> Result<(), DecodeError> {
        let mut at = 0;
        // What the records since the last leaf say of the next one's.
        let mut padding = Extent::default();
        while at < records.end() {
            let record = records.record(at).ok_or(NO_RECORD)?;
            // Only one of them has any.
            if record.shape.padding_form() != padding::NONE {
                if padding != Extent::default() {
                    return Err(DecodeError::corrupt("a padding in two places"));
                }
                padding = record.padding;
            }
            let node = self.node(record.number)?;
            if record.child_count == 0 {
                let leaf = records.leaf(&record).ok_or(NO_RECORD)?;
                node.padding = core::mem::take(&mut padding);
                node.size = leaf.size;
                node.lookahead_bytes = leaf.lookahead_bytes;
                node.lookahead_char = leaf.lookahead_char;
                at = leaf.next;
                if record.shape.has(flags::EXTERNAL_TOKENS) {
                    let state = self.columns.scanner_state()?;
                    self.nodes[self.filled - 1].set_scanner_state(state);
                }
            } else {
                node.child_count = record.child_count;
                at = records.children(&record);
            }
        }
        if at != records.end() {
            return Err(NO_RECORD);
        }
        self.flush()
    }

    /// The node of a record of this shape, with what goes by the number of its subtree.
    #[inline(always)]
    fn node(&mut self, shape: u32) -> Result<&mut Node<'a>, DecodeError> {
        let end = self.shapes.link_ends[shape as usize];
        let start = if shape == 0 { 0 } else { self.shapes.link_ends[shape as usize - 1] };
        let last = self.subtrees + (end - start) as usize;
        // Nearly always everything follows.
        if self.columns.states.next <= last || self.columns.next_exception <= last {
            return self.other_node(shape, start as usize..end as usize);
        }
        self.subtrees = last + 1;
        let node = self.next()?;
        node.shape = shape;
        node.start(end > start);
        Ok(node)
    }

    /// The same where something of it or of its links does not follow: each is a node of its own then.
    #[cold]
    #[inline(never)]
    fn other_node(&mut self, shape: u32, links: Range<usize>) -> Result<&mut Node<'a>, DecodeError> {
        let shapes = self.shapes;
        for &link in &shapes.links[links] {
            self.lone_node(link)?.child_count = 1;
        }
        self.lone_node(shape)
    }

    fn lone_node(&mut self, shape: u32) -> Result<&mut Node<'a>, DecodeError> {
        let subtree = self.subtrees;
        self.subtrees += 1;
        let state = self.columns.states.read(subtree)?;
        // Before an exception is added, for it goes with the nodes that are flushed.
        if self.filled == CHUNK {
            self.flush()?;
        }
        let exception = self.columns.read_exception(subtree)?;
        self.exceptions.extend(exception);
        let number = self.exceptions.len() as u32;
        let node = self.next()?;
        node.shape = shape;
        node.start(false);
        if let Some(state) = state {
            node.set_parse_state(state);
        }
        if exception.is_some() {
            node.exception = number;
        }
        Ok(node)
    }

    #[inline(always)]
    fn next(&mut self) -> Result<&mut Node<'a>, DecodeError> {
        if self.filled == CHUNK {
            self.flush()?;
        }
        self.filled += 1;
        Ok(&mut self.nodes[self.filled - 1])
    }

    fn flush(&mut self) -> Result<(), DecodeError> {
        self.builder.push(&self.nodes[..self.filled], &self.exceptions)?;
        self.filled = 0;
        self.exceptions.clear();
        Ok(())
    }
}

/// The columns that go by subtrees, each read from its front.
struct Columns<'a> {
    scanner_state_ids: varint::Reader<'a>,
    scanner_states: Vec<&'a [u8]>,
    states: StateColumn<'a>,
    exceptions: varint::Reader<'a>,
    /// The subtree that the next exception is about; `NONE` after the last.
    next_exception: usize,
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
        if self.next != subtree {
            return Ok(None);
        }
        let state = u16::try_from(self.column.read()?).map_err(|_| BEYOND_16_BITS)?;
        self.next = subtree_after(&mut self.column, subtree + 1)?;
        Ok(Some(state))
    }
}

impl<'a> Columns<'a> {
    fn new(state: &'a ArchivedParserState) -> Result<Self, DecodeError> {
        let mut columns = Self {
            scanner_state_ids: varint::Reader::new(&state.scanner_state_ids),
            scanner_states: scanner_states(state)?,
            states: StateColumn::new(state)?,
            exceptions: varint::Reader::new(&state.exceptions),
            next_exception: NONE,
        };
        columns.next_exception = subtree_after(&mut columns.exceptions, 0)?;
        Ok(columns)
    }

    fn scanner_state(&mut self) -> Result<&'a [u8], DecodeError> {
        let id = self.scanner_state_ids.read()? as usize;
        self.scanner_states.get(id).copied().ok_or(DecodeError::corrupt("a scanner state that is not there"))
    }

    /// The derived fields of a subtree that do not follow.
    fn read_exception(&mut self, subtree: usize) -> Result<Option<Row>, DecodeError> {
        if self.next_exception != subtree {
            return Ok(None);
        }
        let stream = &mut self.exceptions;
        let stored = u16::try_from(stream.read()?).unwrap_or(u16::MAX);
        let mut row = Row { stored, ..Row::default() };
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
                *field = u16::try_from(stream.read()?).map_err(|_| BEYOND_16_BITS)?;
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
        self.next_exception = subtree_after(&mut self.exceptions, subtree + 1)?;
        Ok(Some(row))
    }

    /// Every column must end with the last subtree.
    fn finish(&self) -> Result<(), DecodeError> {
        let ended =
            self.scanner_state_ids.is_empty() && self.states.next == NONE && self.next_exception == NONE;
        if ended { Ok(()) } else { Err(DecodeError::corrupt("a column goes on after the last subtree")) }
    }
}

const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");
const BEYOND_16_BITS: DecodeError = DecodeError::corrupt("a number beyond 16 bits");

/// The subtree that a stream is about next, which is at or after `from`; `NONE` at its end.
fn subtree_after(stream: &mut varint::Reader<'_>, from: usize) -> Result<usize, DecodeError> {
    if stream.is_empty() { Ok(NONE) } else { Ok(from.saturating_add(stream.read()? as usize)) }
}

fn read_long_extent(stream: &mut varint::Reader<'_>) -> Result<Extent, DecodeError> {
    Ok(Extent { bytes: stream.read()?, row: stream.read()?, column: stream.read()? })
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
    Ok(Shapes { rows, links, link_ends })
}

fn shape_row(shape: Shape) -> Row {
    let child_count = shape.child_count();
    let production_id = if child_count > 0 { shape.production() } else { 0 };
    let flags = shape.flags() & flags::SHIM;
    Row { symbol: shape.symbol(), production_id, flags, child_count, ..Row::default() }
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
