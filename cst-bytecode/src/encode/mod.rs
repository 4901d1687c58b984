//! A tree to bytecode: walk every subtree, sort its fields into columns, archive the columns.

mod shapes;

use hashbrown::HashMap;
use rkyv::rancor::Failure;
use rkyv::util::AlignedVec;
use tree_sitter::{Range, Tree};

use crate::aligned::AlignedBytes;
use crate::columns::{ParserState, Structure};
use crate::error::EncodeError;
use crate::ffi::{self, Extent, Row, Walk};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{
    ALIGNMENT, ERROR_SYMBOL, ESCAPE, HEADER_LENGTH, SECTIONS, TREE_SITTER_RELEASE, flags, stored,
};
use crate::source::SourceId;
use crate::varint;
use shapes::{Shape, ShapeTable};

/// Rows to ask for at a time: few enough to stay in the nearest cache.
const CHUNK: usize = 64;

pub(crate) fn encode(tree: &Tree, source: &SourceId, grammar: &Grammar) -> Result<AlignedBytes, EncodeError> {
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

    let mut columns = Columns::with_capacity(root.descendant_count());
    let mut walk = Walk::new(tree)?;
    let mut rows = [Row::default(); CHUNK];
    loop {
        let count = walk.next(&mut rows)?;
        if count == 0 {
            break;
        }
        let rows = &rows[..count];
        columns.parser_state.parse_states.extend(rows.iter().map(|row| row.parse_state));
        rows.iter().try_for_each(|row| columns.push(row))?;
    }
    let subtree_count = columns.subtree_count;
    let (structure, parser_state) = columns.finish(&ffi::included_ranges(tree))?;
    let header = Header {
        tree_sitter_release: TREE_SITTER_RELEASE,
        grammar: grammar.id(),
        source: *source,
        live_bytes: walk.live_bytes(),
        subtree_count,
    };
    assemble(&header, &structure, &parser_state)
}

/// The columns while they grow.
struct Columns<'tree> {
    structure: Structure,
    parser_state: ParserState,
    shapes: ShapeTable,
    scanner_states: HashMap<&'tree [u8], u32>,
    subtree_count: u32,
    /// The subtree after the one that the last exception was about.
    after_exception: u32,
}

impl<'tree> Columns<'tree> {
    /// Empty columns with room for a tree of so many visible nodes.
    fn with_capacity(visible: usize) -> Self {
        // Hidden subtrees are 20 to 65 in a hundred of all.
        let subtrees = visible.saturating_mul(2);
        let mut columns = Self {
            structure: Structure::default(),
            parser_state: ParserState::default(),
            shapes: ShapeTable::with_capacity(subtrees),
            scanner_states: HashMap::new(),
            subtree_count: 0,
            after_exception: 0,
        };
        columns.parser_state.parse_states.reserve(subtrees);
        columns.structure.paddings.reserve(visible);
        columns.structure.sizes.reserve(visible);
        columns
    }

    fn push(&mut self, row: &Row<'tree>) -> Result<(), EncodeError> {
        let is_leaf = row.child_count == 0;
        let (flags, lookahead) =
            if is_leaf { (row.flags, short(row.lookahead_bytes)) } else { (row.flags & !flags::DERIVED, 0) };
        self.shapes.push(Shape::new(row, flags, lookahead));
        if is_leaf {
            self.push_leaf(row);
        }
        if row.stored != 0 {
            self.push_exception(row);
        }
        self.subtree_count = self.subtree_count.checked_add(1).ok_or(EncodeError::TooLarge)?;
        Ok(())
    }

    fn push_leaf(&mut self, row: &Row<'tree>) {
        let long_values = &mut self.structure.long_values;
        if short(row.lookahead_bytes) == ESCAPE {
            varint::write(long_values, row.lookahead_bytes);
        }
        for (extent, column) in
            [(row.padding, &mut self.structure.paddings), (row.size, &mut self.structure.sizes)]
        {
            let one_line = extent.row == 0 && extent.column == extent.bytes;
            let value = if one_line { short(extent.bytes) } else { ESCAPE };
            column.push(value);
            if value == ESCAPE {
                write_extent(long_values, extent);
            }
        }
        if row.symbol == ERROR_SYMBOL {
            varint::write_signed(long_values, row.lookahead_char);
        }
        if row.flags & flags::EXTERNAL_TOKENS != 0 {
            let id = self.scanner_state_id(row.scanner_state());
            varint::write(&mut self.parser_state.scanner_state_ids, id);
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

    fn push_exception(&mut self, row: &Row<'_>) {
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
        self.shapes.write(&mut self.structure);
        self.structure.included_ranges = ranges.iter().map(range_numbers).collect::<Result<_, _>>()?;
        let longest = [
            self.structure.long_values.len(),
            self.parser_state.exceptions.len(),
            self.parser_state.scanner_states.len(),
        ];
        if longest.into_iter().any(|length| u32::try_from(length).is_err()) {
            return Err(EncodeError::TooLarge);
        }
        Ok((self.structure, self.parser_state))
    }
}

/// A value for a one-byte column.
fn short(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(ESCAPE)
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

/// What alignment and the archives' roots take beside the columns, rounded up.
const SLACK: usize = 512;

/// Archives the sections one after the other and puts the header before them.
fn assemble(
    header: &Header,
    structure: &Structure,
    parser_state: &ParserState,
) -> Result<AlignedBytes, EncodeError> {
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
        .map_err(|Failure| EncodeError::TooLarge)?;
        let position = |value: usize| u32::try_from(value).map_err(|_| EncodeError::TooLarge);
        *section = (position(offset)?, position(bytes.len() - offset)?);
    }
    header.write(&mut bytes, &sections);
    Ok(AlignedBytes(bytes))
}
