//! From record to record.

use crate::ffi::Extent;
use crate::record::{Record, Records, add};
use crate::shape::Shape;

use super::TreeView;
use super::node::NodeView;

/// A subtree, with where it begins and ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visit {
    pub(super) shape: Shape,
    pub(super) start: Extent,
    pub(super) end: Extent,
    /// Where the records of its children begin; where the next record begins, in a leaf.
    pub(super) inside: u32,
    /// Where the record after its last descendant's begins.
    pub(super) next: u32,
    /// Its visible descendants.
    pub(super) descendants: u32,
    /// Of a hidden parent: how many visible children it has, and named ones, where its record says so.
    pub(super) children: Option<(u32, u32)>,
}

/// The subtree whose record is at `at`, before which the text has come to `position`. Goes through it if
/// its record does not say where it ends; then it is small.
#[inline(always)]
pub(super) fn visit(records: &Records<'_>, at: u32, position: Extent) -> Option<Visit> {
    let record = records.record(at as usize)?;
    let shape = record.shape;
    let start = add(position, record.padding);
    if shape.is_leaf() {
        let leaf = records.leaf(&record)?;
        let next = leaf.next as u32;
        let end = add(start, leaf.size);
        return Some(Visit { shape, start, end, inside: next, next, descendants: 0, children: None });
    }
    let (span, inside) = records.span(&record)?;
    let inside = inside as u32;
    if let Some(span) = span {
        let children = (!shape.is_visible()).then_some((span.children, span.named_children));
        return Some(Visit {
            shape,
            start,
            end: add(start, span.size),
            inside,
            next: inside.checked_add(span.length)?,
            descendants: span.descendants,
            children,
        });
    }
    let (end, next, descendants) = go_through(records, &record, inside, start)?;
    Some(Visit { shape, start, end, inside, next, descendants, children: None })
}

/// Where a parent ends whose record does not say: its text, its records; and its visible descendants.
fn go_through(
    records: &Records<'_>,
    parent: &Record,
    inside: u32,
    start: Extent,
) -> Option<(Extent, u32, u32)> {
    let (mut at, mut position) = (inside as usize, start);
    let mut missing = u64::from(parent.child_count);
    let mut descendants = 0;
    while missing > 0 {
        let record = records.record(at)?;
        position = add(position, record.padding);
        descendants += u32::from(record.shape.is_visible());
        missing -= 1;
        if record.shape.is_leaf() {
            let leaf = records.leaf(&record)?;
            position = add(position, leaf.size);
            at = leaf.next;
        } else {
            let (span, children) = records.span(&record)?;
            at = children;
            match span {
                Some(span) => {
                    position = add(position, span.size);
                    at += span.length as usize;
                    descendants += span.descendants;
                }
                None => missing += u64::from(record.child_count),
            }
        }
    }
    Some((position, u32::try_from(at).ok()?, descendants))
}

/// Places among the children of a node, hidden ones opened.
#[derive(Clone, Copy)]
pub(super) struct Children<'tree> {
    tree: &'tree TreeView<'tree>,
    at: u32,
    /// Where the records of the node end.
    limit: u32,
    /// Where to stop, which is earlier within a hidden subtree.
    end: u32,
    position: Extent,
    /// Visible descendants of the node that were passed.
    pub(super) passed: u32,
}

impl<'tree> Children<'tree> {
    /// From the first child of `node` on.
    #[inline]
    pub(super) fn of(node: &NodeView<'tree>) -> Self {
        let limit = if node.is_leaf() { node.inside } else { node.next };
        Self { tree: node.tree, at: node.inside, limit, end: limit, position: node.start, passed: 0 }
    }

    /// From the first child of a hidden node on, which is in `outer`.
    pub(super) fn within(outer: &NodeView<'tree>, hidden: &NodeView<'tree>) -> Self {
        let limit = if outer.is_leaf() { outer.inside } else { outer.next };
        let end = if hidden.is_leaf() { hidden.inside } else { hidden.next };
        Self { tree: outer.tree, at: hidden.inside, limit, end, position: hidden.start, passed: 0 }
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
            passed: 0,
        }
    }

    /// The next visible child. Not `Iterator::next`, which would promise more than a cursor needs.
    #[inline]
    pub(super) fn next_visible(&mut self) -> Option<NodeView<'tree>> {
        loop {
            let (at, visit) = self.next_subtree()?;
            if visit.shape.is_visible() {
                self.skip(&visit);
                return Some(NodeView::new(self.tree, at, visit, self.limit));
            }
            self.enter_or_skip(&visit);
        }
    }

    /// The subtree that comes next, hidden or not; it is for the caller to go on, into it or past it.
    #[inline]
    pub(super) fn next_subtree(&self) -> Option<(u32, Visit)> {
        if self.at >= self.end {
            return None;
        }
        visit(&self.tree.records, self.at, self.position).map(|visit| (self.at, visit))
    }

    /// The node of a visible subtree that came next.
    pub(super) fn node(&self, at: u32, visit: Visit) -> NodeView<'tree> {
        NodeView::new(self.tree, at, visit, self.limit)
    }

    /// Goes on after the subtree.
    #[inline]
    pub(super) fn skip(&mut self, visit: &Visit) {
        self.passed += visit.descendants + u32::from(visit.shape.is_visible());
        // Always further, whatever the bytes, or a walk might never end.
        self.at = visit.next.max(self.at + 1);
        self.position = visit.end;
    }

    /// Goes on to the first child of a hidden subtree, or past it if it has none.
    #[inline]
    pub(super) fn enter_or_skip(&mut self, visit: &Visit) {
        if visit.shape.is_leaf() || visit.children.is_some_and(|(visible, _)| visible == 0) {
            self.skip(visit);
        } else {
            self.enter(visit);
        }
    }

    /// Goes on to the first child of a subtree.
    #[inline]
    pub(super) fn enter(&mut self, visit: &Visit) {
        self.at = visit.inside.max(self.at + 1);
        self.position = visit.start;
    }

    /// Goes on within a hidden subtree only.
    pub(super) fn enclose(&mut self, visit: &Visit) {
        self.enter(visit);
        self.end = self.end.min(visit.next);
    }
}
