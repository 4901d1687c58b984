//! From record to record.

use crate::place::Place;
use crate::record::{At, Record, Records};
use crate::shape::{Shape, extent};

use super::TreeView;
use super::node::{Above, NodeView};

/// A subtree, with where it begins and ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visit {
    /// Its number.
    pub(super) number: u32,
    pub(super) shape: Shape,
    pub(super) start: Place,
    pub(super) end: Place,
    /// Where the records of its children begin; where the next record is, in a leaf.
    pub(super) inside: At,
    /// Where the record after its last descendant's is.
    pub(super) next: At,
    /// Its visible descendants.
    pub(super) descendants: u32,
    /// Of a hidden parent: how many visible children it has, and named ones, where its record says so.
    pub(super) children: Option<(u32, u32)>,
}

/// A record, and where the text of its subtree begins.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    pub(super) at: At,
    pub(super) start: Place,
    pub(super) record: Record,
}

/// The record at `at`, before which the text has come to `position`.
#[inline(always)]
pub(super) fn look(records: &Records<'_>, at: At, position: Place) -> Option<Ahead> {
    let record = records.record(at)?;
    Some(Ahead { at, start: position.after(record.padding), record })
}

/// The record at `at`, whose text begins at `start`.
pub(super) fn look_from(records: &Records<'_>, at: At, start: Place) -> Option<Ahead> {
    Some(Ahead { at, start, record: records.record(at)? })
}

/// The node at `at`, whose text begins at `start`.
pub(super) fn node_at<'tree>(
    tree: &'tree TreeView<'tree>,
    (at, start): (At, Place),
    limit: u32,
    above: Above,
) -> Option<NodeView<'tree>> {
    let visit = visit(&tree.records, &look_from(&tree.records, at, start)?)?;
    Some(NodeView::new(tree, at, visit, limit, above))
}

/// The subtree of a record. Goes through it if its record does not say where it ends; then it is small.
#[inline(always)]
pub(super) fn visit(records: &Records<'_>, ahead: &Ahead) -> Option<Visit> {
    let Ahead { start, ref record, .. } = *ahead;
    let (shape, number) = (record.shape, record.number);
    if shape.is_leaf() {
        let leaf = records.leaf(record)?;
        let next = leaf.next;
        let end = start.after(leaf.size);
        return Some(Visit { number, shape, start, end, inside: next, next, descendants: 0, children: None });
    }
    let (span, inside) = records.span(record)?;
    if let Some(span) = span {
        let children = (!shape.is_visible()).then_some((span.children, span.named_children));
        return Some(Visit {
            number,
            shape,
            start,
            end: start.after(span.size),
            inside,
            next: inside.past(&span)?,
            descendants: span.descendants,
            children,
        });
    }
    let (end, next, descendants) = go_through(records, record.child_count, inside, start)?;
    Some(Visit { number, shape, start, end, inside, next, descendants, children: None })
}

/// Where a parent ends whose record does not say: its text, its records; and its visible descendants.
fn go_through(records: &Records<'_>, child_count: u32, inside: At, start: Place) -> Option<(Place, At, u32)> {
    let (mut at, mut position) = (inside, start);
    let mut missing = u64::from(child_count);
    let mut descendants = 0_u32;
    while missing > 0 {
        let record = records.record(at)?;
        position = position.after(record.padding);
        descendants = descendants.wrapping_add(record.shape.is_visible().into());
        missing -= 1;
        if record.shape.is_leaf() {
            let leaf = records.leaf(&record)?;
            position = position.after(leaf.size);
            at = leaf.next;
            continue;
        }
        let (span, children) = records.span(&record)?;
        at = children;
        match span {
            Some(span) => {
                position = position.after(span.size);
                at = children.past(&span)?;
                descendants = descendants.wrapping_add(span.descendants);
            }
            None => missing += u64::from(record.child_count),
        }
    }
    Some((position, at, descendants))
}

/// Places among the children of a node, hidden ones opened.
#[derive(Clone, Copy)]
pub(super) struct Children<'tree> {
    tree: &'tree TreeView<'tree>,
    at: At,
    /// Where the records of the node end.
    limit: u32,
    /// Where to stop, which is earlier within a hidden subtree.
    end: u32,
    position: Place,
    /// What they know of the node.
    above: Above,
    /// Visible descendants of the node that were passed.
    pub(super) passed: u32,
}

impl<'tree> Children<'tree> {
    /// From the first child of `node` on.
    #[inline]
    pub(super) fn of(node: &NodeView<'tree>) -> Self {
        let limit = node.next.record;
        Self {
            tree: node.tree,
            at: node.inside,
            limit,
            end: limit,
            position: node.start,
            above: node.as_above(),
            passed: 0,
        }
    }

    /// From the first child of a hidden node on, which is in `outer`.
    pub(super) fn within(outer: &NodeView<'tree>, hidden: &NodeView<'tree>) -> Self {
        let (limit, end) = (outer.next.record, hidden.next.record);
        Self {
            tree: outer.tree,
            at: hidden.inside,
            limit,
            end,
            position: hidden.start,
            above: outer.as_above(),
            passed: 0,
        }
    }

    /// From the sibling after `node` on.
    #[inline]
    pub(super) fn after(node: &NodeView<'tree>) -> Self {
        Self {
            tree: node.tree,
            at: node.next,
            limit: node.limit,
            end: node.limit,
            position: node.end,
            above: node.above,
            passed: 0,
        }
    }

    /// The next visible child. Not `Iterator::next`, which would promise more than a cursor needs.
    #[inline(always)]
    pub(super) fn next_visible(&mut self) -> Option<NodeView<'tree>> {
        let ahead = self.look_visible()?;
        let visit = self.visit(&ahead)?;
        self.skip(&visit);
        Some(self.node(ahead.at, visit))
    }

    /// The record that comes next, hidden or not; it is for the caller to go on, into it or past it.
    #[inline(always)]
    pub(super) fn look(&self) -> Option<Ahead> {
        if self.at.record >= self.end {
            return None;
        }
        look(&self.tree.records, self.at, self.position)
    }

    /// The record of the next visible child.
    #[inline(always)]
    pub(super) fn look_visible(&mut self) -> Option<Ahead> {
        loop {
            let ahead = self.look()?;
            if ahead.record.shape.is_visible() {
                return Some(ahead);
            }
            self.open(&ahead)?;
        }
    }

    /// The subtree of a record that came next.
    #[inline(always)]
    pub(super) fn visit(&self, ahead: &Ahead) -> Option<Visit> {
        visit(&self.tree.records, ahead)
    }

    /// Goes on to the first child of a hidden subtree, or past it if it has none.
    #[inline(always)]
    pub(super) fn open(&mut self, ahead: &Ahead) -> Option<()> {
        let records = &self.tree.records;
        if ahead.record.shape.is_leaf() {
            let leaf = records.leaf(&ahead.record)?;
            self.at = leaf.next;
            self.position = ahead.start.after(leaf.size);
        } else {
            self.at = records.children(&ahead.record);
            self.position = ahead.start;
        }
        Some(())
    }

    /// How many visible children a hidden subtree has, and named ones, where its record says so.
    #[inline]
    pub(super) fn counts(&self, ahead: &Ahead) -> Option<(u32, u32)> {
        let has_span = !ahead.record.shape.is_leaf() && ahead.record.shape.extent_form() != extent::NONE;
        if has_span { self.visit(ahead)?.children } else { None }
    }

    /// The node of a visible subtree that came next.
    #[inline(always)]
    pub(super) fn node(&self, at: At, visit: Visit) -> NodeView<'tree> {
        NodeView::new(self.tree, at, visit, self.limit, self.above)
    }

    /// Goes on after the subtree.
    #[inline(always)]
    pub(super) fn skip(&mut self, visit: &Visit) {
        // Only records that nobody has checked say that there are so many.
        self.passed =
            self.passed.wrapping_add(visit.descendants).wrapping_add(visit.shape.is_visible().into());
        self.at = visit.next;
        self.position = visit.end;
    }

    /// Goes on to the first child of a subtree.
    #[inline]
    pub(super) fn enter(&mut self, visit: &Visit) {
        self.at = visit.inside;
        self.position = visit.start;
    }

    /// Goes on within a hidden subtree only.
    pub(super) fn enclose(&mut self, visit: &Visit) {
        self.enter(visit);
        self.end = self.end.min(visit.next.record);
    }
}
