//! From node to node: children, siblings, parents, and what lies where.

use tree_sitter::Point;

use crate::place::Place;
use crate::shape::Shape;

use super::cursor::ViewCursor;
use super::navigate::{Children, Visit, node_at};
use super::node::{Above, NodeView, point};
use super::path::{Goal, Path};

/// A record, by its number.
struct Record(u32);

impl Goal for Record {
    #[inline(always)]
    fn is_after(&self, next: u32, _: Place, _: Place) -> bool {
        next <= self.0
    }

    #[inline(always)]
    fn is_at(&self, at: u32, _: Place, _: Option<Place>) -> bool {
        at >= self.0
    }
}

/// The first leaf that ends after a range's start, and not before its end.
struct Bytes(usize, usize);

impl Goal for Bytes {
    #[inline(always)]
    fn is_after(&self, _: u32, start: Place, end: Place) -> bool {
        self.is_before(start, end)
    }

    #[inline(always)]
    fn is_at(&self, _: u32, start: Place, end: Option<Place>) -> bool {
        end.is_some_and(|end| !self.is_before(start, end))
    }
}

impl Bytes {
    #[inline(always)]
    fn is_before(&self, start: Place, end: Place) -> bool {
        let to = end.byte as usize;
        to < self.1 || if start.byte == end.byte { to < self.0 } else { to <= self.0 }
    }
}

impl<'tree> NodeView<'tree> {
    /// How many children it has. Costs a look at each, but for those in long repetitions.
    #[must_use]
    pub fn child_count(&self) -> u32 {
        self.count(|_| true, |(visible, _)| visible)
    }

    /// How many named children it has.
    #[must_use]
    pub fn named_child_count(&self) -> usize {
        self.count(|shape| self.tree.records.is_named(shape), |(_, named)| named) as usize
    }

    fn count(&self, counts: impl Fn(Shape) -> bool, of_hidden: impl Fn((u32, u32)) -> u32) -> u32 {
        let mut children = Children::of(self);
        let mut count = 0_u32;
        while let Some(ahead) = children.look() {
            let shape = ahead.record.shape;
            let known = if shape.is_visible() {
                Some(u32::from(counts(shape)))
            } else {
                children.counts(&ahead).map(&of_hidden)
            };
            let is_past = match known {
                Some(known) => {
                    count = count.saturating_add(known);
                    children.visit(&ahead).map(|visit| children.skip(&visit))
                }
                None => children.open(&ahead),
            };
            if is_past.is_none() {
                break;
            }
        }
        // No more than there could be: whoever makes room for them relies on it, also where records were not checked.
        count.min(self.tree.records.numbers.len() as u32)
    }

    /// The child of this number, from 0 on. Costs a look at each before it, but for those in long repetitions.
    #[must_use]
    pub fn child(&self, i: u32) -> Option<Self> {
        self.nth(i, |_| true, |(visible, _)| visible)
    }

    /// The named child of this number, from 0 on.
    #[must_use]
    pub fn named_child(&self, i: u32) -> Option<Self> {
        self.nth(i, |shape| self.tree.records.is_named(shape), |(_, named)| named)
    }

    fn nth(
        &self,
        mut left: u32,
        counts: impl Fn(Shape) -> bool,
        of_hidden: impl Fn((u32, u32)) -> u32,
    ) -> Option<Self> {
        let mut children = Children::of(self);
        loop {
            let ahead = children.look()?;
            let shape = ahead.record.shape;
            if shape.is_visible() {
                let visit = children.visit(&ahead)?;
                if counts(shape) {
                    if left == 0 {
                        return Some(children.node(ahead.at, visit));
                    }
                    left -= 1;
                }
                children.skip(&visit);
                continue;
            }
            match children.counts(&ahead).map(&of_hidden) {
                Some(count) if count <= left => {
                    left -= count;
                    children.skip(&children.visit(&ahead)?);
                }
                _ => children.open(&ahead)?,
            }
        }
    }

    /// Its children. `cursor` is set to it and then to each of them.
    pub fn children<'cursor>(
        &self,
        cursor: &'cursor mut ViewCursor<'tree>,
    ) -> impl ExactSizeIterator<Item = Self> + 'cursor {
        cursor.reset(*self);
        cursor.goto_first_child();
        (0..self.child_count() as usize).map(move |_| {
            let node = cursor.node();
            cursor.goto_next_sibling();
            node
        })
    }

    /// Its named children. `cursor` is set to it and then to each of its children.
    pub fn named_children<'cursor>(
        &self,
        cursor: &'cursor mut ViewCursor<'tree>,
    ) -> impl ExactSizeIterator<Item = Self> + 'cursor {
        cursor.reset(*self);
        cursor.goto_first_child();
        (0..self.named_child_count()).map(move |_| {
            while !cursor.node().is_named() && cursor.goto_next_sibling() {}
            let node = cursor.node();
            cursor.goto_next_sibling();
            node
        })
    }

    /// Its parent. Costs nothing more where it was found by way of it: with a cursor, as a child or sibling, or by its place
    /// in the text. Else a look at the elder siblings of each of its ancestors, as in tree-sitter, but for those in long
    /// repetitions.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let mut parent = self.tree.root_node();
        if parent.at.record == self.at.record {
            return None;
        }
        let Above { at, start, limit } = self.above;
        if at.record != Above::UNKNOWN.at.record {
            return node_at(self.tree, (at, start), limit, Above::UNKNOWN);
        }
        if let Some(path) = Path::find(parent, &Record(self.at.record)) {
            return path.node(path.depth());
        }
        loop {
            match parent.child_with_descendant(*self)? {
                child if child.at.record == self.at.record => return Some(parent),
                child => parent = child,
            }
        }
    }

    /// The child that `descendant` is, or is in.
    #[must_use]
    pub fn child_with_descendant(&self, descendant: Self) -> Option<Self> {
        let mut children = Children::of(self);
        loop {
            let ahead = children.look()?;
            if ahead.at.record > descendant.at.record {
                return None;
            }
            let is_visible = ahead.record.shape.is_visible();
            if !is_visible && children.counts(&ahead).is_none() {
                children.open(&ahead)?;
                continue;
            }
            let visit = children.visit(&ahead)?;
            if descendant.at.record >= visit.next.record {
                children.skip(&visit);
            } else if is_visible {
                return Some(children.node(ahead.at, visit));
            } else {
                children.enter(&visit);
            }
        }
    }

    /// The node, which knows where its parent ends; nothing where it has no parent.
    fn beside(&self) -> Option<Self> {
        if self.limit != Self::NO_LIMIT {
            return Some(*self);
        }
        let parent = self.parent()?;
        Some(Self { limit: parent.next.record, above: parent.as_above(), ..*self })
    }

    /// The node after it, with the same parent. Costs what [`NodeView::parent`] does where it was found by neither cursor, child
    /// nor sibling.
    #[must_use]
    pub fn next_sibling(&self) -> Option<Self> {
        Children::after(&self.beside()?).next_visible()
    }

    /// The named node after it, with the same parent.
    #[must_use]
    pub fn next_named_sibling(&self) -> Option<Self> {
        let mut children = Children::after(&self.beside()?);
        core::iter::from_fn(|| children.next_visible()).find(NodeView::is_named)
    }

    /// The node before it, with the same parent. Costs what [`NodeView::parent`] does, and a look at each of
    /// its elder siblings, but for those in long repetitions.
    #[must_use]
    pub fn prev_sibling(&self) -> Option<Self> {
        self.parent()?.last_before(self.at.record, |_| true, |(visible, _)| visible).map(|(node, _)| node)
    }

    /// The named node before it, with the same parent. Costs what [`NodeView::prev_sibling`] does.
    #[must_use]
    pub fn prev_named_sibling(&self) -> Option<Self> {
        let is_named = |shape| self.tree.records.is_named(shape);
        self.parent()?.last_before(self.at.record, is_named, |(_, named)| named).map(|(node, _)| node)
    }

    /// Its last child whose record begins before `limit`, and how many visible descendants are before that.
    pub(super) fn last_before(
        &self,
        limit: u32,
        counts: impl Fn(Shape) -> bool,
        of_hidden: impl Fn((u32, u32)) -> u32,
    ) -> Option<(Self, u32)> {
        let mut children = Children::of(self);
        // The last that counts, and the last hidden one that has some that do.
        let (mut last, mut within) = (None, None);
        loop {
            let Some(ahead) = children.look().filter(|ahead| ahead.at.record < limit) else {
                match within.take() {
                    // Those in it come after the last.
                    Some((before, visit)) => {
                        children = before;
                        children.enclose(&visit);
                        continue;
                    }
                    None => {
                        let (at, visit, passed) = last?;
                        return Some((children.node(at, visit), passed));
                    }
                }
            };
            let shape = ahead.record.shape;
            if shape.is_visible() {
                let visit = children.visit(&ahead)?;
                if counts(shape) {
                    (last, within) = (Some((ahead.at, visit, children.passed)), None);
                }
                children.skip(&visit);
                continue;
            }
            let known = match children.counts(&ahead) {
                Some(known) => Some((known, children.visit(&ahead)?)),
                None => None,
            };
            match known.filter(|(_, visit)| visit.next.record <= limit) {
                Some((known, visit)) => {
                    if of_hidden(known) > 0 {
                        within = Some((children, visit));
                    }
                    children.skip(&visit);
                }
                None => children.open(&ahead)?,
            }
        }
    }

    /// The first child that ends after a byte. tree-sitter does not find it where a hidden subtree before it
    /// has none that does.
    #[must_use]
    pub fn first_child_for_byte(&self, byte: usize) -> Option<Self> {
        self.first_child_after(byte, |_| true)
    }

    /// The first named child that ends after a byte. As with [`NodeView::first_child_for_byte`], tree-sitter
    /// finds fewer.
    #[must_use]
    pub fn first_named_child_for_byte(&self, byte: usize) -> Option<Self> {
        self.first_child_after(byte, NodeView::is_named)
    }

    fn first_child_after(&self, byte: usize, counts: impl Fn(&Self) -> bool) -> Option<Self> {
        let mut children = Children::of(self);
        loop {
            let ahead = children.look()?;
            let is_visible = ahead.record.shape.is_visible();
            if !is_visible && children.counts(&ahead).is_none() {
                children.open(&ahead)?;
                continue;
            }
            let visit = children.visit(&ahead)?;
            let ends_after = visit.end.byte as usize > byte;
            if ends_after && !is_visible {
                children.enter(&visit);
                continue;
            }
            let node = children.node(ahead.at, visit);
            if ends_after && counts(&node) {
                return Some(node);
            }
            children.skip(&visit);
        }
    }

    /// The smallest node within it that spans a range of bytes.
    #[must_use]
    pub fn descendant_for_byte_range(&self, start: usize, end: usize) -> Option<Self> {
        self.smallest_of_bytes(start, end, |_| true)
    }

    /// The smallest named node within it that spans a range of bytes.
    #[must_use]
    pub fn named_descendant_for_byte_range(&self, start: usize, end: usize) -> Option<Self> {
        self.smallest_of_bytes(start, end, NodeView::is_named)
    }

    fn smallest_of_bytes(&self, start: usize, end: usize, counts: impl Fn(&Self) -> bool) -> Option<Self> {
        if start > end {
            return None;
        }
        let path = Path::find(*self, &Bytes(start, end));
        // Of nodes without text where the range begins, which one it is depends on where their parents end.
        if let Some(path) = &path
            && path.goal_end.is_some_and(|end| end.byte as usize > start)
        {
            let leaf = path.goal().filter(|leaf| leaf.start_byte() <= start && counts(leaf));
            let depths = || (1..=path.depth_at(start)).rev();
            let parent = || depths().filter_map(|depth| path.node(depth)).find(&counts);
            return leaf.or_else(parent).or(Some(*self));
        }
        let lies = |visit: &Visit| (visit.start.byte as usize, visit.end.byte as usize);
        self.smallest(start, end, lies, counts)
    }

    /// The smallest node within it that spans a range of points.
    #[must_use]
    pub fn descendant_for_point_range(&self, start: Point, end: Point) -> Option<Self> {
        self.smallest(start, end, |visit| (point(visit.start), point(visit.end)), |_| true)
    }

    /// The smallest named node within it that spans a range of points.
    #[must_use]
    pub fn named_descendant_for_point_range(&self, start: Point, end: Point) -> Option<Self> {
        self.smallest(start, end, |visit| (point(visit.start), point(visit.end)), NodeView::is_named)
    }

    /// tree-sitter's rules: down into the first subtree that reaches the end of the range and passes its
    /// start, as long as it does not begin after the start.
    fn smallest<P: Ord + Copy>(
        &self,
        start: P,
        end: P,
        lies: impl Fn(&Visit) -> (P, P),
        counts: impl Fn(&Self) -> bool,
    ) -> Option<Self> {
        if start > end {
            return None;
        }
        let mut smallest = *self;
        let mut children = Children::of(self);
        while let Some(ahead) = children.look() {
            let is_visible = ahead.record.shape.is_visible();
            let visit = children.visit(&ahead)?;
            let (from, to) = lies(&visit);
            let is_before = to < end || if from == to { to < start } else { to <= start };
            if is_before {
                children.skip(&visit);
                continue;
            }
            if start < from {
                break;
            }
            if is_visible {
                let node = children.node(ahead.at, visit);
                if counts(&node) {
                    smallest = node;
                }
                children = Children::of(&node);
            } else if visit.shape.is_leaf() {
                break;
            } else {
                children.enclose(&visit);
            }
        }
        Some(smallest)
    }
}
