//! A tree to bytecode: walk every subtree, write its record, keep what does not follow.

mod shapes;

use hashbrown::HashMap;
use rkyv::rancor::Failure;
use rkyv::util::AlignedVec;
use tree_sitter::{Range, Tree};

use crate::aligned::AlignedBytes;
use crate::columns::{ParserState, Structure};
use crate::error::EncodeError;
use crate::ffi::{self, Extent, Memo, Row, Status, Walk};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::{
    ALIGNMENT, ESCAPE, HEADER_LENGTH, RECORDS_TAIL, SECTIONS, TREE_SITTER_RELEASE, flags, stored,
};
use crate::record::{Span, length_place, span_form, write_span};
use crate::shape::{self, LONG, Shape, extent, padding};
use crate::source::SourceId;
use crate::varint;
use shapes::{Key, Shapes};

/// Rows to ask for at a time: few enough to stay in the nearest cache.
const CHUNK: usize = 64;

/// Parents with fewer visible descendants and less text than this are gone through when their extent is asked
/// for: to write it down would take a third of the bytecode, and saves little.
const SMALL_DESCENDANTS: u32 = 16;
const SMALL_BYTES: u32 = 256;

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
    let written = grammar.with_memo(|memo| match write_tree(tree, source, grammar, memo, Extents::Fitting) {
        // Some subtree has little text, but much in it.
        Err(Stopped::Outgrown) => write_tree(tree, source, grammar, memo, Extents::Long),
        done => done,
    });
    let written = written.ok_or(EncodeError::from(Status::OUT_OF_MEMORY))?;
    written.map_err(|stopped| match stopped {
        Stopped::Outgrown => EncodeError::TooLarge,
        Stopped::Error(error) => error,
    })
}

/// How extents of parents are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extents {
    /// As short as they are.
    Fitting,
    Long,
}

enum Stopped {
    /// The records of a subtree are longer than the form of its extent has room for.
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
    extents: Extents,
) -> Result<AlignedBytes, Stopped> {
    let root = tree.root_node();
    let mut columns = Columns::with_capacity(root.descendant_count(), root.has_changes(), extents);
    let mut walk = Walk::new(tree, grammar.names(), memo)?;
    let mut rows = [Row::default(); CHUNK];
    loop {
        let count = walk.next(&mut rows)?;
        if count == 0 {
            break;
        }
        rows[..count].iter().try_for_each(|row| columns.push(row))?;
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
    Ok(assemble(&header, &structure, &parser_state)?)
}

/// The columns while they grow.
struct Columns<'tree> {
    records: Vec<u8>,
    parser_state: ParserState,
    shapes: Shapes,
    scanner_states: HashMap<&'tree [u8], u32>,
    subtree_count: u32,
    /// The subtree after the one that the last exception, and the last parse state, was about.
    after_exception: u32,
    after_state: u32,
    /// Parents whose children are still coming.
    open: Vec<Open>,
    /// The chain above the next record.
    chain: u8,
    /// Whether no record has the padding of the next leaf yet.
    at_padding: bool,
    /// An edited tree says of no parent where it ends: that does not follow from its leaves.
    is_edited: bool,
    extents: Extents,
}

/// A parent whose children are still coming.
struct Open {
    missing: u32,
    /// Where the form of its extent leaves room for its length; and where its children's records begin.
    form: u8,
    extent: usize,
    children: usize,
}

impl<'tree> Columns<'tree> {
    /// Empty columns with room for a tree of so many visible nodes.
    fn with_capacity(visible: usize, is_edited: bool, extents: Extents) -> Self {
        Self {
            // Hidden subtrees are 20 to 65 in a hundred of all, and most of them in chains.
            records: Vec::with_capacity(visible.saturating_mul(4)),
            parser_state: ParserState::default(),
            shapes: Shapes::new(),
            scanner_states: HashMap::new(),
            subtree_count: 0,
            after_exception: 0,
            after_state: 0,
            open: Vec::new(),
            chain: 0,
            at_padding: true,
            is_edited,
            extents,
        }
    }

    #[inline(always)]
    fn push(&mut self, row: &Row<'tree>) -> Result<(), Stopped> {
        if row.flags & flags::OTHER_STATE != 0 {
            varint::write(&mut self.parser_state.parse_states, self.subtree_count - self.after_state);
            varint::write(&mut self.parser_state.parse_states, row.parse_state.into());
            self.after_state = self.subtree_count + 1;
        }
        if row.stored != 0 {
            self.push_exception(row);
        }
        self.subtree_count = self.subtree_count.checked_add(1).ok_or(EncodeError::TooLarge)?;
        let flags = row.flags & flags::SHIM | if row.name as u16 == 0 { 0 } else { flags::RENAMED };
        if row.child_count == 0 {
            return self.push_leaf(row, flags);
        }
        let shape = Shape::parent(row.symbol, row.production_id, flags, row.child_count);
        if is_link(row)
            && !self.open.is_empty()
            && let Some(chain) = self.shapes.link(self.chain, shape, row.dynamic_precedence)
        {
            self.chain = chain;
            return Ok(());
        }
        self.push_parent(row, shape)
    }

    fn push_leaf(&mut self, row: &Row<'tree>, flags: u16) -> Result<(), Stopped> {
        let size_form = shape::size_form(row.size, flags);
        let mut shape = Shape::leaf(row.symbol, row.lookahead_bytes, flags).with_extent(size_form);
        if size_form == extent::NONE {
            shape = shape.with_size(row.size.bytes);
        }
        let shape = self.push_head(row, shape, true)?;
        if row.lookahead_bytes >= LONG {
            self.records.extend_from_slice(&row.lookahead_bytes.to_le_bytes());
        }
        match size_form {
            extent::NONE => {}
            extent::LINE => self.records.push(row.size.bytes as u8),
            extent::SHORT => write_short(&mut self.records, row.size),
            _ => write_long(&mut self.records, row.size),
        }
        if shape.is_error() {
            self.records.extend_from_slice(&row.lookahead_char.to_le_bytes());
        }
        if flags & flags::EXTERNAL_TOKENS != 0 {
            let id = self.scanner_state_id(row.scanner_state());
            varint::write(&mut self.parser_state.scanner_state_ids, id);
        }
        self.at_padding = true;
        self.close()
    }

    fn push_parent(&mut self, row: &Row<'tree>, shape: Shape) -> Result<(), Stopped> {
        let span = Span {
            size: row.size,
            descendants: row.visible_descendant_count,
            length: 0,
            children: row.visible_child_count,
            named_children: row.named_child_count,
        };
        let is_small = span.descendants < SMALL_DESCENDANTS && span.size.bytes < SMALL_BYTES;
        let form = if row.child_count == 1 || is_small || self.is_edited {
            extent::NONE
        } else if self.extents == Extents::Long {
            extent::LONG
        } else {
            span_form(!shape.is_visible(), &span)
        };
        // The padding of an edited tree's parent is not always its first leaf's; and of a hidden parent with one
        // child nobody asks where it begins.
        let is_lone_link = is_hidden_unary(row) && !self.open.is_empty();
        let shape = self.push_head(row, shape.with_extent(form), !self.is_edited && !is_lone_link)?;
        if row.child_count >= LONG {
            self.records.extend_from_slice(&row.child_count.to_le_bytes());
        }
        let extent = self.records.len();
        write_span(&mut self.records, shape, &span);
        self.open.push(Open { missing: row.child_count, form, extent, children: self.records.len() });
        Ok(())
    }

    /// Writes the number of the shape and the padding.
    #[inline(always)]
    fn push_head(&mut self, row: &Row<'tree>, shape: Shape, with_padding: bool) -> Result<Shape, Stopped> {
        let form = if self.at_padding && with_padding {
            self.at_padding = false;
            shape::padding_form(row.padding)
        } else {
            padding::NONE
        };
        let shape = shape.with_padding(form);
        let key = Key { shape, name: row.name, chain: self.chain, precedence: row.dynamic_precedence };
        let (shape, number) = self.shapes.number(key)?;
        self.chain = 0;
        if number < ESCAPE.into() {
            self.records.push(number as u8);
        } else {
            let [low, high] = (number as u16).to_le_bytes();
            self.records.extend_from_slice(&[ESCAPE, low, high]);
        }
        match form {
            padding::NONE | padding::SPACE => {}
            padding::LINE => self.records.push(row.padding.bytes as u8),
            padding::NEWLINE => self.records.push(row.padding.column as u8),
            padding::SHORT => write_short(&mut self.records, row.padding),
            _ => write_long(&mut self.records, row.padding),
        }
        Ok(shape)
    }

    /// Closes the parents that the leaf just written completes.
    #[inline(always)]
    fn close(&mut self) -> Result<(), Stopped> {
        while let Some(parent) = self.open.last_mut() {
            parent.missing -= 1;
            if parent.missing > 0 {
                break;
            }
            if parent.form != extent::NONE {
                let length = self.records.len() - parent.children;
                let length = u32::try_from(length).map_err(|_| EncodeError::TooLarge)?;
                let (offset, width) = length_place(parent.form);
                if width == 2 && length > u32::from(u16::MAX) {
                    return Err(Stopped::Outgrown);
                }
                let place = parent.extent + offset;
                self.records[place..place + width].copy_from_slice(&length.to_le_bytes()[..width]);
            }
            self.open.pop();
        }
        Ok(())
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
        self.records.extend_from_slice(&[0; RECORDS_TAIL]);
        let mut structure = Structure { records: self.records, ..Structure::default() };
        self.shapes.write(&mut structure, &mut self.parser_state);
        structure.included_ranges = ranges.iter().map(range_numbers).collect::<Result<_, _>>()?;
        let longest = [
            structure.records.len(),
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

/// Whether a parent is hidden, has one child, and is no extra.
#[inline(always)]
fn is_hidden_unary(row: &Row<'_>) -> bool {
    row.child_count == 1 && row.flags & (flags::VISIBLE | flags::EXTRA) == 0 && row.name as u16 == 0
}

/// Whether a parent can be a link of a chain: if it is in a field of its own, someone may ask for that.
#[inline(always)]
fn is_link(row: &Row<'_>) -> bool {
    is_hidden_unary(row) && row.flags & flags::OTHER_FIELD == 0
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
