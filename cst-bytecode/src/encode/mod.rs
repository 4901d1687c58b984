//! A tree to bytecode: walk every subtree, write its record, keep what does not follow.

mod shapes;

use hashbrown::HashMap;
use tree_sitter::{Range, Tree};

use crate::assemble::assemble;
use crate::bytecode::Bytecode;
use crate::columns::{ParserState, Structure};
use crate::error::EncodeError;
use crate::ffi::{self, Extent, Memo, Status, Visit, Walk};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{OPERANDS_TAIL, TREE_SITTER_RELEASE, flags, stored};
use crate::number::{self, Written};
use crate::shape::{self, LONG, Shape, extent, padding};
use crate::source::SourceId;
use crate::span::{self, Span};
use crate::varint;
use shapes::{Key, Shapes};

/// Visits to ask for at a time: few enough to stay in the nearest cache.
const CHUNK: usize = 128;

/// Parents with fewer visible descendants and less text than this are gone through when their extent is asked
/// for: to write it down would take a third of the bytecode, and saves little.
const SMALL_DESCENDANTS: u32 = 16;
const SMALL_BYTES: u32 = 256;

pub(crate) fn encode(tree: &Tree, source: &SourceId, grammar: &Grammar) -> Result<Bytecode, EncodeError> {
    if *tree.language() != *grammar.language() {
        return Err(EncodeError::WrongLanguage);
    }
    if source.length > u64::from(u32::MAX) {
        return Err(EncodeError::TooLarge);
    }
    let root = tree.root_node();
    // The end of an edited tree says nothing about the text it was parsed from.
    if !root.has_changes() && root.end_byte() as u64 > source.length {
        return Err(EncodeError::WrongSource {
            tree_end: root.end_byte() as u64,
            source_length: source.length,
        });
    }
    let written = grammar.with_memo(|memo| {
        let mut written = Err(Stopped::Outgrown);
        for shortest in [extent::LINE, extent::SHORT, extent::LONG] {
            written = write_tree(tree, source, grammar, memo, shortest);
            // Some subtree has little text, but much in it.
            if !matches!(written, Err(Stopped::Outgrown)) {
                break;
            }
        }
        written
    });
    let written = written.ok_or(EncodeError::from(Status::OUT_OF_MEMORY))?;
    written.map_err(|stopped| match stopped {
        Stopped::Outgrown => EncodeError::TooLarge,
        Stopped::Error(error) => error,
    })
}

enum Stopped {
    /// A subtree has more records or operands than the form of its extent has room for.
    Outgrown,
    Error(EncodeError),
}

impl<E: Into<EncodeError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

fn write_tree(
    tree: &Tree,
    source: &SourceId,
    grammar: &Grammar,
    memo: &mut Memo,
    shortest: u8,
) -> Result<Bytecode, Stopped> {
    let root = tree.root_node();
    let mut columns = Columns::with_capacity(root.descendant_count(), root.has_changes(), shortest);
    let mut walk = Walk::new(tree, grammar.names(), memo)?;
    let mut visits = [Visit::default(); CHUNK];
    loop {
        let count = walk.next(&mut visits)?;
        if count == 0 {
            break;
        }
        visits[..count].iter().try_for_each(|visit| columns.push(visit))?;
    }
    columns.close(0)?;
    let subtree_count = columns.subtree_count;
    let (structure, parser_state) = columns.finish(&ffi::included_ranges(tree))?;
    let header = Header {
        tree_sitter_release: TREE_SITTER_RELEASE,
        grammar: grammar.id(),
        source: *source,
        live_bytes: walk.live_bytes(),
        subtree_count,
    };
    let assembled = assemble(&header, &structure, &parser_state);
    let (bytes, sections) = assembled.ok_or(EncodeError::TooLarge)?;
    Ok(Bytecode::of_sound(bytes, header, sections))
}

/// The columns while they grow.
struct Columns<'tree> {
    numbers: Vec<u8>,
    operands: Vec<u8>,
    parser_state: ParserState,
    shapes: Shapes,
    scanner_states: HashMap<&'tree [u8], u32>,
    subtree_count: u32,
    /// The subtree after the one that the last exception, and the last parse state, was about.
    after_exception: u32,
    after_state: u32,
    /// Parents with an extent whose descendants are still coming; and how deep their children are, for the last, or 0.
    open: Vec<Open>,
    open_depth: u32,
    /// The chain above the next record.
    chain: u8,
    /// Whether no record has the padding of the next leaf yet.
    at_padding: bool,
    /// An edited tree says of no parent where it ends: that does not follow from its leaves.
    is_edited: bool,
    /// The shortest form that an extent may have.
    shortest: u8,
}

/// A parent with an extent whose descendants are still coming.
struct Open {
    /// How deep its children are.
    depth: u32,
    /// The form of its extent, and where that stands.
    form: u8,
    extent: usize,
    /// Where the records of its children begin, and their operands.
    records: usize,
    operands: usize,
}

impl<'tree> Columns<'tree> {
    /// Empty columns with room for a tree of so many visible nodes.
    fn with_capacity(visible: usize, is_edited: bool, shortest: u8) -> Self {
        Self {
            // Hidden subtrees are 20 to 65 in a hundred of all, and most of them in chains.
            numbers: Vec::with_capacity(visible.saturating_mul(2)),
            operands: Vec::with_capacity(visible.saturating_mul(2)),
            parser_state: ParserState::default(),
            shapes: Shapes::new(),
            scanner_states: HashMap::new(),
            subtree_count: 0,
            after_exception: 0,
            after_state: 0,
            open: Vec::new(),
            open_depth: 0,
            chain: 0,
            at_padding: true,
            is_edited,
            shortest,
        }
    }

    #[inline(always)]
    fn push(&mut self, visit: &Visit<'tree>) -> Result<(), Stopped> {
        if visit.depth < self.open_depth {
            self.close(visit.depth)?;
        }
        if visit.is_special() {
            self.push_special(visit);
        }
        self.subtree_count = self.subtree_count.checked_add(1).ok_or(EncodeError::TooLarge)?;
        if visit.child_count == 0 {
            return self.push_leaf(visit);
        }
        if visit.is_link()
            && let Some(chain) = self.shapes.link(self.chain, Shape(visit.shape), visit.dynamic_precedence)
        {
            self.chain = chain;
            return Ok(());
        }
        self.push_parent(visit)
    }

    #[inline(always)]
    fn push_leaf(&mut self, visit: &Visit<'tree>) -> Result<(), Stopped> {
        let shape = Shape(visit.shape);
        let size_form = shape::size_form(visit.size, shape);
        let in_shape = if size_form == extent::NONE { visit.size.bytes } else { 0 };
        let padding_form = if self.at_padding { shape::padding_form(visit.padding) } else { padding::NONE };
        self.at_padding = true;
        let shape = shape.with_extent(size_form).with_size(in_shape).with_padding(padding_form);
        let number = self.number(visit, shape)?;
        if shape.has_long_head() || shape.has_long_leaf() {
            self.write_number(number);
            self.write_padding(padding_form, visit.padding);
            self.write_leaf(visit, shape);
        } else {
            // All operands at once; which there are is hard to foresee. On one line there are as many columns as bytes.
            let Written { byte, operands, length } = number::write(number as u16);
            let [has_padding, has_size] =
                [padding_form >= padding::LINE, size_form == extent::LINE].map(u32::from);
            let padding = (visit.padding.column & 0xff) * has_padding;
            let size = (visit.size.bytes & 0xff) * has_size;
            let text = padding | size << (8 * has_padding);
            let word = u64::from(operands) | u64::from(text) << (8 * length);
            let end = self.operands.len() + usize::from(length) + (has_padding + has_size) as usize;
            self.numbers.push(byte);
            self.operands.extend_from_slice(&word.to_le_bytes());
            self.operands.truncate(end);
        }
        if shape.has(flags::EXTERNAL_TOKENS) {
            let id = self.scanner_state_id(visit.scanner_state());
            varint::write(&mut self.parser_state.scanner_state_ids, id);
        }
        Ok(())
    }

    /// Writes the operands of a leaf but for its padding.
    #[cold]
    fn write_leaf(&mut self, visit: &Visit<'_>, shape: Shape) {
        if visit.lookahead_bytes >= LONG {
            self.operands.extend_from_slice(&visit.lookahead_bytes.to_le_bytes());
        }
        match shape.extent_form() {
            extent::NONE => {}
            extent::LINE => self.operands.push(visit.size.bytes as u8),
            extent::SHORT => write_short(&mut self.operands, visit.size),
            _ => write_long(&mut self.operands, visit.size),
        }
        if shape.is_error() {
            self.operands.extend_from_slice(&visit.lookahead_char.to_le_bytes());
        }
    }

    fn push_parent(&mut self, visit: &Visit<'tree>) -> Result<(), Stopped> {
        let shape = Shape(visit.shape);
        let form = self.extent_form(visit);
        // The padding of an edited tree's parent is not always its first leaf's; and of a hidden parent with one
        // child nobody asks where it begins.
        let padding_form = if self.at_padding && !self.is_edited && !visit.is_unary() {
            self.at_padding = false;
            shape::padding_form(visit.padding)
        } else {
            padding::NONE
        };
        let shape = shape.with_extent(form).with_padding(padding_form);
        let number = self.number(visit, shape)?;
        self.write_number(number);
        self.write_padding(padding_form, visit.padding);
        if visit.child_count >= LONG {
            self.operands.extend_from_slice(&visit.child_count.to_le_bytes());
        }
        if form != extent::NONE {
            let extent = self.operands.len();
            span(visit).write(shape, &mut self.operands);
            self.open_depth = visit.depth + 1;
            let (records, operands) = (self.numbers.len(), self.operands.len());
            self.open.push(Open { depth: self.open_depth, form, extent, records, operands });
        }
        Ok(())
    }

    #[inline(always)]
    fn extent_form(&self, visit: &Visit<'_>) -> u8 {
        let is_small = visit.visible_descendant_count < SMALL_DESCENDANTS && visit.size.bytes < SMALL_BYTES;
        if visit.child_count == 1 || is_small || self.is_edited {
            extent::NONE
        } else {
            span(visit).form().max(self.shortest)
        }
    }

    /// The number of a shape here, below the chain so far.
    #[inline(always)]
    fn number(&mut self, visit: &Visit<'_>, shape: Shape) -> Result<u32, EncodeError> {
        let key = Key { shape, name: visit.name, chain: self.chain, precedence: visit.dynamic_precedence };
        self.chain = 0;
        self.shapes.number(key)
    }

    #[inline(always)]
    fn write_number(&mut self, number: u32) {
        // As many as 16 bits count.
        let Written { byte, operands, length } = number::write(number as u16);
        self.numbers.push(byte);
        if length > 0 {
            self.operands.extend_from_slice(&operands.to_le_bytes()[..length.into()]);
        }
    }

    #[inline(always)]
    fn write_padding(&mut self, form: u8, padding: Extent) {
        match form {
            padding::NONE | padding::SPACE => {}
            padding::LINE | padding::NEWLINE => self.operands.push(padding.column as u8),
            padding::SHORT => write_short(&mut self.operands, padding),
            _ => write_long(&mut self.operands, padding),
        }
    }

    /// Closes the parents whose children are deeper than what comes next.
    #[cold]
    fn close(&mut self, depth: u32) -> Result<(), Stopped> {
        while let Some(parent) = self.open.pop_if(|parent| parent.depth > depth) {
            let count = |length: usize| u32::try_from(length).map_err(|_| EncodeError::TooLarge);
            let records = count(self.numbers.len() - parent.records)?;
            let operands = count(self.operands.len() - parent.operands)?;
            let extent = &mut self.operands[parent.extent..parent.operands];
            if !span::complete(extent, parent.form, records, operands) {
                return Err(Stopped::Outgrown);
            }
        }
        self.open_depth = self.open.last().map_or(0, |parent| parent.depth);
        Ok(())
    }

    /// Keeps what does not follow from a subtree's place and children.
    #[cold]
    fn push_special(&mut self, visit: &Visit<'_>) {
        if visit.has_other_state() {
            varint::write(&mut self.parser_state.parse_states, self.subtree_count - self.after_state);
            varint::write(&mut self.parser_state.parse_states, visit.parse_state.into());
            self.after_state = self.subtree_count + 1;
        }
        if visit.has_stored() {
            self.push_exception(visit);
        }
    }

    /// The number of a scanner state; each distinct one is kept once.
    fn scanner_state_id(&mut self, state: &'tree [u8]) -> u32 {
        let ParserState { scanner_states, scanner_state_ends, .. } = &mut self.parser_state;
        let next = scanner_state_ends.len() as u32;
        *self.scanner_states.entry(state).or_insert_with(|| {
            scanner_states.extend_from_slice(state);
            // Checked against 32 bits as a whole when the columns are finished.
            scanner_state_ends.push(scanner_states.len() as u32);
            next
        })
    }

    fn push_exception(&mut self, row: &Visit<'_>) {
        let out = &mut self.parser_state.exceptions;
        varint::write(out, self.subtree_count - self.after_exception);
        self.after_exception = self.subtree_count + 1;
        varint::write(out, row.stored.into());
        let has = |bit: u16| row.stored & bit != 0;
        if has(stored::PADDING) {
            write_extent(out, row.padding);
        }
        if has(stored::SIZE) {
            write_extent(out, row.size);
        }
        for (bit, value) in [
            (stored::LOOKAHEAD, row.lookahead_bytes),
            (stored::ERROR_COST, row.error_cost),
            (stored::VISIBLE_CHILD_COUNT, row.visible_child_count),
            (stored::NAMED_CHILD_COUNT, row.named_child_count),
            (stored::VISIBLE_DESCENDANT_COUNT, row.visible_descendant_count),
            (stored::REPEAT_DEPTH, row.repeat_depth.into()),
            (stored::FIRST_LEAF, row.first_leaf_symbol.into()),
            (stored::FIRST_LEAF, row.first_leaf_parse_state.into()),
            (stored::DEPENDS_ON_COLUMN, (row.flags & flags::DEPENDS_ON_COLUMN != 0).into()),
            (stored::SCANNER_STATE_CHANGE, (row.flags & flags::SCANNER_STATE_CHANGE != 0).into()),
        ] {
            if has(bit) {
                varint::write(out, value);
            }
        }
    }

    fn finish(mut self, ranges: &[Range]) -> Result<(Structure, ParserState), EncodeError> {
        self.operands.extend_from_slice(&[0; OPERANDS_TAIL]);
        let mut structure =
            Structure { numbers: self.numbers, operands: self.operands, ..Structure::default() };
        self.shapes.write(&mut structure, &mut self.parser_state);
        structure.included_ranges = ranges.iter().map(range_numbers).collect::<Result<_, _>>()?;
        let longest = [
            structure.numbers.len(),
            structure.operands.len(),
            self.parser_state.parse_states.len(),
            self.parser_state.exceptions.len(),
            self.parser_state.scanner_states.len(),
        ];
        if longest.into_iter().any(|length| u32::try_from(length).is_err()) {
            return Err(EncodeError::TooLarge);
        }
        Ok((structure, self.parser_state))
    }
}

fn span(visit: &Visit<'_>) -> Span {
    Span {
        size: visit.size,
        descendants: visit.visible_descendant_count,
        records: 0,
        operands: 0,
        children: visit.visible_child_count,
        named_children: visit.named_child_count,
    }
}

fn write_short(out: &mut Vec<u8>, extent: Extent) {
    let [low, high] = (extent.bytes as u16).to_le_bytes();
    out.extend_from_slice(&[low, high, extent.row as u8, extent.column as u8]);
}

fn write_long(out: &mut Vec<u8>, extent: Extent) {
    for value in [extent.bytes, extent.row, extent.column] {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn write_extent(out: &mut Vec<u8>, extent: Extent) {
    for value in [extent.bytes, extent.row, extent.column] {
        varint::write(out, value);
    }
}

fn range_numbers(range: &Range) -> Result<[u32; 6], EncodeError> {
    let number = |value: usize| u32::try_from(value).map_err(|_| EncodeError::TooLarge);
    Ok([
        number(range.start_byte)?,
        number(range.end_byte)?,
        number(range.start_point.row)?,
        number(range.start_point.column)?,
        number(range.end_point.row)?,
        number(range.end_point.column)?,
    ])
}
