//! [`ViewCursor`]: one step at a time.

use core::fmt;
use core::num::NonZeroU16;

use tree_sitter::Point;

use crate::place::Place;
use crate::record::At;

use super::navigate::Children;
use super::node::{Above, NodeView, point};
use super::window::{Entry, Spot, Window};

/// A place in a [`TreeView`](super::TreeView) that moves.
///
/// Methods have the names that they have in [`tree_sitter::TreeCursor`], and their results. It reads some nodes
/// ahead, and keeps them and the ancestors of its node; it allocates for no other reason.
#[derive(Clone)]
pub struct ViewCursor<'tree> {
    window: Window,
    /// Its node in the window, or [`Spot::OUTSIDE`], and where the records of that one's parent end.
    spot: Spot,
    limit: u32,
    /// The same of its ancestors in the window, the highest first.
    path: Vec<(Spot, u32)>,
    /// Of the window's first node: how many come before it, from where the cursor started.
    first: u32,
    /// Its node, if that is not in the window, and how many come before it.
    node: NodeView<'tree>,
    index: u32,
    /// The same of each ancestor that is not in the window.
    ancestors: Vec<(NodeView<'tree>, u32)>,
    /// How many records to read next.
    wanted: usize,
}

/// How many records to read first: a cursor may be asked for a step only.
const FEWEST: usize = 8;
/// The most to read at once: they stay in the nearest cache.
const MOST: usize = 256;

impl<'tree> ViewCursor<'tree> {
    pub(super) fn new(node: NodeView<'tree>) -> Self {
        let (window, path, ancestors) = (Window::default(), Vec::new(), Vec::new());
        Self {
            window,
            spot: Spot::OUTSIDE,
            limit: 0,
            path,
            first: 0,
            node,
            index: 0,
            ancestors,
            wanted: FEWEST,
        }
    }

    /// Its node in the window.
    #[inline(always)]
    fn entry(&self) -> Option<Entry<'_>> {
        self.window.get(self.spot)
    }

    /// What its node knows of its parent, if that is in the window.
    #[inline(always)]
    fn above(&self) -> Above {
        match self.path.last().and_then(|&(parent, limit)| Some((self.window.get(parent)?, limit))) {
            Some((parent, limit)) => Above { at: parent.at(), start: parent.start(), limit },
            None => self.ancestors.last().map_or(Above::UNKNOWN, |(parent, _)| parent.as_above()),
        }
    }

    /// Its node.
    #[must_use]
    #[inline(always)]
    pub fn node(&self) -> NodeView<'tree> {
        match self.entry() {
            Some(entry) => entry.node(self.node.tree, self.limit, self.above()),
            None => self.node,
        }
    }

    #[inline(always)]
    fn is_outside(&self) -> bool {
        self.spot == Spot::OUTSIDE
    }

    /// How many nodes come before its node.
    #[inline]
    fn index(&self) -> u32 {
        if self.is_outside() { self.index } else { self.first.wrapping_add(self.spot.place) }
    }

    /// The field that its node is in, in its parent; none where it started.
    #[must_use]
    #[inline(always)]
    pub fn field_id(&self) -> Option<NonZeroU16> {
        match self.entry() {
            Some(entry) => entry.label().field_id,
            None if self.ancestors.is_empty() => None,
            None => self.node.label.field_id,
        }
    }

    /// The name of the field that its node is in.
    #[must_use]
    pub fn field_name(&self) -> Option<&'tree str> {
        self.node.language().field_name_for_id(self.field_id()?.get())
    }

    /// How far its node is below where it started.
    #[must_use]
    pub fn depth(&self) -> u32 {
        (self.ancestors.len() + self.path.len()) as u32
    }

    /// How many nodes come before its node, from where it started.
    #[must_use]
    pub fn descendant_index(&self) -> usize {
        self.index() as usize
    }

    /// Goes to the first child; false if there is none.
    #[inline(always)]
    pub fn goto_first_child(&mut self) -> bool {
        let Some(entry) = self.entry() else { return self.enter() };
        if entry.is_leaf() {
            return false;
        }
        let next = entry.next(&self.node.tree.records).record;
        let Some(child) = self.window.spot(self.spot.place + 1) else { return self.enter() };
        let is_child = self.window.get(child).is_some_and(|child| child.record() < next);
        if is_child {
            self.path.push((self.spot, self.limit));
            (self.spot, self.limit) = (child, next);
        }
        is_child
    }

    /// Goes to the first child, which is not in the window.
    #[inline(never)]
    fn enter(&mut self) -> bool {
        self.step_out();
        let (node, index) = (self.node, self.index);
        if node.descendants == 0 {
            return false;
        }
        if node.inside != self.window.to() {
            self.wanted = FEWEST;
        }
        self.ancestors.push((node, index));
        let is_there = self.read((node.inside, node.start), index.wrapping_add(1), node.next.record);
        if !is_there {
            // Only wrong bytes say that there is a child where there is none.
            self.ancestors.pop();
        }
        is_there
    }

    /// Leaves the window, which is to be filled anew, without leaving its node.
    fn step_out(&mut self) {
        if self.is_outside() {
            return;
        }
        (self.node, self.index) = (self.node(), self.index());
        for &(spot, limit) in &self.path {
            let Some(ancestor) = self.window.get(spot) else { break };
            // Those above it are among the others by now.
            let above = self.ancestors.last().map_or(Above::UNKNOWN, |(parent, _)| parent.as_above());
            let node = ancestor.node(self.node.tree, limit, above);
            self.ancestors.push((node, self.first.wrapping_add(spot.place)));
        }
        self.path.clear();
        self.spot = Spot::OUTSIDE;
    }

    /// Fills the window from a record on, and goes to its first node if that begins before `limit`.
    fn read(&mut self, from: (At, Place), first: u32, limit: u32) -> bool {
        let tree = self.node.tree;
        let stop = self.ancestors.first().map_or(0, |(start, _)| start.next.record);
        if self.window.read(tree, from, stop, self.wanted).is_none() {
            self.window.clear();
        }
        self.wanted = (self.wanted * 4).min(MOST);
        self.first = first;
        self.go_to_place(0, limit)
    }

    /// Goes to a node of the window, if it begins before `limit`.
    fn go_to_place(&mut self, place: u32, limit: u32) -> bool {
        let Some(spot) = self.window.spot(place) else { return false };
        let is_there = self.window.get(spot).is_some_and(|entry| entry.record() < limit);
        if is_there {
            (self.spot, self.limit) = (spot, limit);
        }
        is_there
    }

    /// Goes to a node that was found without the window.
    fn leave_to(&mut self, node: NodeView<'tree>, index: u32) {
        (self.node, self.index, self.spot, self.wanted) = (node, index, Spot::OUTSIDE, FEWEST);
    }

    /// Goes to the last child; false if there is none.
    pub fn goto_last_child(&mut self) -> bool {
        self.goto_child_before(u32::MAX)
    }

    fn goto_child_before(&mut self, limit: u32) -> bool {
        let Some((child, passed)) = self.node().last_before(limit, |_| true, |(visible, _)| visible) else {
            return false;
        };
        self.go_down_to(child, passed);
        true
    }

    /// Goes to a child before which so many others and their descendants come.
    fn go_down_to(&mut self, child: NodeView<'tree>, passed: u32) {
        self.step_out();
        let index = self.index.wrapping_add(1).wrapping_add(passed);
        self.ancestors.push((self.node, self.index));
        self.leave_to(child, index);
    }

    /// Goes to the parent; false if it is where it started.
    #[inline(always)]
    pub fn goto_parent(&mut self) -> bool {
        if let Some((parent, limit)) = self.path.pop() {
            (self.spot, self.limit) = (parent, limit);
            return true;
        }
        let Some((parent, index)) = self.ancestors.pop() else { return false };
        (self.node, self.index, self.spot) = (parent, index, Spot::OUTSIDE);
        true
    }

    /// Goes to the next sibling; false if there is none.
    #[inline(always)]
    pub fn goto_next_sibling(&mut self) -> bool {
        let Some((following, record)) =
            self.entry().and_then(|entry| Some((entry.following()?, entry.following_record())))
        else {
            return self.pass();
        };
        let limit = self.limit;
        if record >= limit {
            return false;
        }
        let Some(next) = self.window.spot(following.rank) else { return self.pass() };
        // There may be nothing but hidden leaves up to there.
        let is_sibling = self.window.get(next).is_some_and(|next| next.record() < limit);
        if is_sibling {
            self.spot = next;
        }
        is_sibling
    }

    /// Goes to the next sibling, which may not be in the window.
    #[inline(never)]
    fn pass(&mut self) -> bool {
        let node = self.node();
        let has_parent = !self.is_outside() || !self.ancestors.is_empty();
        if !has_parent || node.next.record >= node.limit {
            return false;
        }
        let index = self.index().wrapping_add(node.descendants).wrapping_add(1);
        if self.is_outside()
            && let Some(place) = self.window.find(node.next.record)
            && self.first.wrapping_add(place) == index
            && self.window.spot(place).is_some()
        {
            return self.go_to_place(place, node.limit);
        }
        if node.next != self.window.to() {
            self.wanted = FEWEST;
        }
        self.step_out();
        self.read((node.next, node.end), index, node.limit)
    }

    /// Goes to the sibling before; false if there is none. Costs a look at each sibling before, but for those
    /// in long repetitions.
    pub fn goto_previous_sibling(&mut self) -> bool {
        self.step_out();
        let Some(&(parent, index)) = self.ancestors.last() else { return false };
        let before = parent.last_before(self.node.at.record, |_| true, |(visible, _)| visible);
        let Some((sibling, passed)) = before else { return false };
        self.leave_to(sibling, index.wrapping_add(1).wrapping_add(passed));
        true
    }

    /// Goes to the node that so many come before, from where it started; stays where there is none.
    pub fn goto_descendant(&mut self, descendant_index: usize) {
        let Ok(goal) = u32::try_from(descendant_index) else { return };
        let holds = |node: &NodeView<'_>, index: u32| index <= goal && goal - index <= node.descendants;
        self.step_out();
        let start = self.ancestors.first().map_or((self.node, self.index), |&first| first);
        if !holds(&start.0, start.1) {
            // As tree-sitter does.
            self.leave_to(start.0, start.1);
            self.ancestors.clear();
            return;
        }
        while !holds(&self.node(), self.index()) && self.goto_parent() {}
        while self.index() < goal {
            if !self.goto_first_child() {
                return;
            }
            while !holds(&self.node(), self.index()) {
                if !self.goto_next_sibling() {
                    return;
                }
            }
        }
    }

    /// Goes to the first child that ends after a byte, and says which it is.
    pub fn goto_first_child_for_byte(&mut self, index: usize) -> Option<usize> {
        self.goto_first_child_after(|end| end.byte as usize > index && point(end) > Point::new(0, 0))
    }

    /// Goes to the first child that ends after a point, and says which it is.
    pub fn goto_first_child_for_point(&mut self, goal: Point) -> Option<usize> {
        self.goto_first_child_after(|end| end.byte > 0 && point(end) > goal)
    }

    /// tree-sitter's rules: once in a hidden subtree that ends after the goal, it does not look past that.
    fn goto_first_child_after(&mut self, is_after: impl Fn(Place) -> bool) -> Option<usize> {
        let mut children = Children::of(&self.node());
        let mut number = 0;
        loop {
            let ahead = children.look()?;
            let visit = children.visit(&ahead)?;
            match (is_after(visit.end), visit.shape.is_visible()) {
                (true, true) => {
                    self.go_down_to(children.node(ahead.at, visit), children.passed);
                    return Some(number);
                }
                (true, false) if visit.descendants > 0 => children.enclose(&visit),
                (true, false) => children.skip(&visit),
                (false, true) => {
                    number += 1;
                    children.skip(&visit);
                }
                (false, false) => match visit.children {
                    Some((visible, _)) => {
                        number += visible as usize;
                        children.skip(&visit);
                    }
                    None => children.open(&ahead)?,
                },
            }
        }
    }

    /// Starts anew from a node.
    pub fn reset(&mut self, node: NodeView<'tree>) {
        self.ancestors.clear();
        self.path.clear();
        self.window.clear();
        self.leave_to(node, 0);
    }

    /// Goes where another cursor is, with where that one started.
    pub fn reset_to(&mut self, cursor: &Self) {
        self.clone_from(cursor);
    }
}

impl fmt::Debug for ViewCursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewCursor").field("node", &self.node()).field("depth", &self.depth()).finish()
    }
}
