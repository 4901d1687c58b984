//! A read-only tree straight on the bytes: nothing is built, nothing is allocated per node.
//!
//! Records stand in pre-order, so the first child of a node is the record after its own, and its next
//! sibling the one after its last descendant's. A parent says where that is, or is so small that going
//! through it costs no more. Hidden subtrees are gone through as if their children were their parent's,
//! which is what tree-sitter shows.

mod cursor;
mod descendants;
mod fields;
mod labels;
mod navigate;
mod node;
mod path;
mod search;
mod sexp;
mod state;
mod table;
mod window;

use core::fmt;
use std::sync::OnceLock;

use tree_sitter::{Language, Range};

use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::grammar::Grammar;
use crate::header::Header;
use crate::layout::flags;
use crate::place::Place;
use crate::record::{At, Records};
use crate::shape::Shape;
use node::Above;
use table::Table;

pub use cursor::ViewCursor;
pub use descendants::Descendants;
pub use node::NodeView;

/// A tree that is read where its bytes lie. [`Bytecode::view`](crate::Bytecode::view) makes one.
///
/// Methods have the names that they have in [`tree_sitter::Tree`], and their results. It takes no memory but for a
/// table of some kilobytes, which its first walk or search makes.
#[derive(Clone)]
pub struct TreeView<'a> {
    records: Records<'a>,
    structure: &'a ArchivedStructure,
    parser_state: &'a ArchivedParserState,
    grammar: &'a Grammar,
    /// The numbers that users know symbols by.
    public_symbols: &'a [u16],
    /// What follows from a shape, worked out for all of them when a walk or a search first asks.
    table: OnceLock<Table>,
}

impl<'a> TreeView<'a> {
    pub(crate) fn new(
        header: &Header,
        (structure, parser_state): (&'a ArchivedStructure, &'a ArchivedParserState),
        grammar: &'a Grammar,
    ) -> Result<Self, DecodeError> {
        if header.grammar != grammar.id() {
            return Err(DecodeError::new(DecodeErrorKind::Grammar, "not the one given"));
        }
        let records = Records::of(structure);
        let root = records.record(At::default()).ok_or(DecodeError::corrupt("a tree without a root"))?;
        if root.shape.has(flags::HAS_CHANGES) {
            return Err(DecodeError::new(DecodeErrorKind::Edited, "not parsed again since"));
        }
        let public_symbols = grammar.public_symbols();
        Ok(Self { records, structure, parser_state, grammar, public_symbols, table: OnceLock::new() })
    }

    /// The root. Costs nothing that grows with the tree, but for one of a few nodes, which are gone through.
    #[must_use]
    pub fn root_node(&self) -> NodeView<'_> {
        // There is a root, as `new` has seen.
        let root = navigate::look(&self.records, At::default(), Place::default());
        let root = root.and_then(|root| navigate::visit(&self.records, &root)).unwrap_or_default();
        NodeView::new(self, At::default(), root, root.next.record, Above::UNKNOWN)
    }

    fn table(&self) -> &Table {
        self.table.get_or_init(|| Table::of(self))
    }

    /// The shape of this number.
    #[inline(always)]
    fn shape(&self, number: u32) -> Shape {
        Shape(self.records.shapes.get(number as usize).map_or(0, |shape| shape.to_native()))
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> &'a Language {
        self.grammar.language()
    }

    /// A cursor that starts at the root.
    #[must_use]
    pub fn walk(&self) -> ViewCursor<'_> {
        self.root_node().walk()
    }

    /// The ranges of text that the tree was parsed from.
    #[must_use]
    pub fn included_ranges(&self) -> Vec<Range> {
        let point = |row: u32, column: u32| tree_sitter::Point::new(row as usize, column as usize);
        let range = |range: &rkyv::Archived<[u32; 6]>| {
            let [start, end, start_row, start_column, end_row, end_column] =
                range.each_ref().map(|n| n.to_native());
            Range {
                start_byte: start as usize,
                end_byte: end as usize,
                start_point: point(start_row, start_column),
                end_point: point(end_row, end_column),
            }
        };
        self.structure.included_ranges.iter().map(range).collect()
    }
}

impl fmt::Debug for TreeView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeView").field("root", &self.root_node()).finish()
    }
}
