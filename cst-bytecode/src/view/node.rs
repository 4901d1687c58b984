//! [`NodeView`]: what a node is.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU16;
use core::ops;
use core::str::Utf8Error;

use tree_sitter::{Language, Point, Range};

use crate::layout::{ERROR_SYMBOL, flags};
use crate::place::Place;
use crate::record::At;
use crate::shape::Shape;

use super::TreeView;
use super::cursor::ViewCursor;
use super::descendants::Descendants;
use super::labels::Label;
use super::navigate::Visit;
use super::sexp;

/// A node of a [`TreeView`].
///
/// Methods have the names that they have in [`tree_sitter::Node`], and their results. `Copy`, without
/// allocation. Where no cost is said it is constant, but for the few descendants of a small node.
#[derive(Clone, Copy)]
pub struct NodeView<'tree> {
    pub(super) tree: &'tree TreeView<'tree>,
    /// Of its shape; and what that says to users.
    pub(super) number: u32,
    pub(super) label: Label,
    pub(super) start: Place,
    pub(super) end: Place,
    /// Where its record is, where its children's begin, and where the next after its descendants' is.
    pub(super) at: At,
    pub(super) inside: At,
    pub(super) next: At,
    /// Where the records of its parent end; [`NodeView::NO_LIMIT`] where nothing is known of that.
    pub(super) limit: u32,
    pub(super) descendants: u32,
    pub(super) above: Above,
}

/// What a node knows of its parent, if it was found by way of it: enough to go there.
#[derive(Clone, Copy)]
pub(super) struct Above {
    /// Where its record is; [`Above::UNKNOWN`]'s where nothing is known.
    pub(super) at: At,
    pub(super) start: Place,
    /// Where the records of its own parent end.
    pub(super) limit: u32,
}

impl Above {
    pub(super) const UNKNOWN: Self =
        Self { at: At { record: u32::MAX, operand: 0 }, start: Place { byte: 0, row: 0, line: 0 }, limit: 0 };
}

impl<'tree> NodeView<'tree> {
    /// No node's records end before they begin.
    pub(super) const NO_LIMIT: u32 = 0;

    #[inline(always)]
    pub(super) fn new(tree: &'tree TreeView<'tree>, at: At, visit: Visit, limit: u32, above: Above) -> Self {
        let Visit { number, shape, start, end, inside, next, descendants, .. } = visit;
        let label = tree.label(shape);
        Self { tree, number, label, start, end, at, inside, next, limit, descendants, above }
    }

    /// What its children know of it.
    #[inline]
    pub(super) fn as_above(&self) -> Above {
        Above { at: self.at, start: self.start, limit: self.limit }
    }

    #[inline]
    pub(super) fn is_leaf(&self) -> bool {
        self.shape().is_leaf()
    }

    #[inline(always)]
    pub(super) fn shape(&self) -> Shape {
        self.tree.shape(self.number)
    }

    fn symbol(&self) -> u16 {
        self.tree.symbol(self.shape())
    }

    /// A number that no other node of the tree has.
    #[must_use]
    pub fn id(&self) -> usize {
        self.at.record as usize
    }

    /// The kind as a number.
    #[must_use]
    #[inline]
    pub fn kind_id(&self) -> u16 {
        self.label.kind_id
    }

    /// The kind as a number, whatever its parent calls it.
    #[must_use]
    pub fn grammar_id(&self) -> u16 {
        self.shape().symbol()
    }

    /// The kind; empty for a symbol that the grammar does not have, which only damaged bytes name.
    #[must_use]
    pub fn kind(&self) -> &'tree str {
        self.tree.grammar.symbol_name(self.symbol())
    }

    /// The kind, whatever its parent calls it.
    #[must_use]
    pub fn grammar_name(&self) -> &'tree str {
        self.tree.grammar.symbol_name(self.shape().symbol())
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> &'tree Language {
        self.tree.grammar.language()
    }

    /// Whether it is named in the grammar, and no literal.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.tree.records.is_named(self.shape())
    }

    /// Whether it may stand anywhere, as comments do.
    #[must_use]
    pub fn is_extra(&self) -> bool {
        self.shape().has(flags::EXTRA)
    }

    /// Whether it was edited: never, for an edited tree has no view.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.shape().has(flags::HAS_CHANGES)
    }

    /// Whether an error is in it.
    #[must_use]
    pub fn has_error(&self) -> bool {
        // One bit in leaves, another in parents.
        if self.is_leaf() { self.is_missing() } else { self.shape().has(flags::HAS_ERROR) }
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.symbol() == ERROR_SYMBOL
    }

    /// Whether the parser put it there for want of it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.is_leaf() && self.shape().has(flags::MISSING)
    }

    /// Where it begins, in bytes.
    #[must_use]
    #[inline]
    pub fn start_byte(&self) -> usize {
        self.start.byte as usize
    }

    /// Where it ends, in bytes.
    #[must_use]
    #[inline]
    pub fn end_byte(&self) -> usize {
        self.end.byte as usize
    }

    /// Where it lies, in bytes.
    #[must_use]
    pub fn byte_range(&self) -> ops::Range<usize> {
        self.start_byte()..self.end_byte()
    }

    /// Where it lies, in bytes, rows and columns.
    #[must_use]
    pub fn range(&self) -> Range {
        Range {
            start_byte: self.start_byte(),
            end_byte: self.end_byte(),
            start_point: self.start_position(),
            end_point: self.end_position(),
        }
    }

    /// Where it begins, in rows and columns.
    #[must_use]
    pub fn start_position(&self) -> Point {
        point(self.start)
    }

    /// Where it ends, in rows and columns.
    #[must_use]
    pub fn end_position(&self) -> Point {
        point(self.end)
    }

    /// How many nodes there are in it, itself included.
    #[must_use]
    pub fn descendant_count(&self) -> usize {
        self.descendants as usize + 1
    }

    /// An S-expression of it. Costs a walk through it.
    #[must_use]
    pub fn to_sexp(&self) -> String {
        sexp::of(self)
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// [`Utf8Error`], where it is no UTF-8.
    ///
    /// # Panics
    ///
    /// Where `source` is shorter than the text that the tree was parsed from, as it may seem where bytes were made to deceive:
    /// [`NodeView::byte_range`] and `get` tell.
    pub fn utf8_text<'a>(&self, source: &'a [u8]) -> Result<&'a str, Utf8Error> {
        core::str::from_utf8(&source[self.byte_range()])
    }

    /// Its text, of a tree that was parsed from UTF-16.
    ///
    /// # Panics
    ///
    /// Where `source` is shorter than the text that the tree was parsed from.
    #[must_use]
    pub fn utf16_text<'a>(&self, source: &'a [u16]) -> &'a [u16] {
        &source[self.start_byte() / 2..self.end_byte() / 2]
    }

    /// A cursor that starts here, and never leaves this node.
    #[must_use]
    pub fn walk(&self) -> ViewCursor<'tree> {
        ViewCursor::new(*self)
    }

    /// The node and all that are in it, parents before their children. The fastest way to see all of them: half the time
    /// that a cursor takes.
    #[must_use]
    pub fn descendants(&self) -> Descendants<'tree> {
        Descendants::of(self)
    }

    /// The field that it is in, in its parent: what a cursor from the root says.
    #[must_use]
    #[inline]
    pub fn field_id(&self) -> Option<NonZeroU16> {
        self.label.field_id
    }

    /// The name of that field.
    #[must_use]
    pub fn field_name(&self) -> Option<&'tree str> {
        self.language().field_name_for_id(self.field_id()?.get())
    }
}

pub(super) fn point(place: Place) -> Point {
    Point::new(place.row as usize, place.column() as usize)
}

/// Two nodes are one where they are of one tree and have one place in it.
impl PartialEq for NodeView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at.record == other.at.record && core::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for NodeView<'_> {}

impl Hash for NodeView<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.at.record.hash(state);
    }
}

impl fmt::Debug for NodeView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{NodeView {} {} - {}}}", self.kind(), self.start_position(), self.end_position())
    }
}
