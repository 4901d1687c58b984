//! [`ViewCursor`]: one step at a time.

use core::fmt;
use core::num::NonZeroU16;

use tree_sitter::Point;

use crate::place::Place;

use super::navigate::Children;
use super::node::{Above, NodeView, point};
use super::window::{Entry, OUTSIDE, Window};

/// A place in a [`TreeView`](super::TreeView) that moves.
///
/// Methods have the names that they have in [`tree_sitter::TreeCursor`], and their results. It reads some nodes
/// ahead, and keeps them and the ancestors of its node; it allocates for no other reason.
#[derive(Clone)]
pub struct ViewCursor<'tree> {
    window: Window,
    /// The place of its node in the window, if it is there.
    place: u32,
    /// Of the window's first node: how many come before it, from where the cursor started.
    first: u32,
    /// Its node, if that is not in the window, and how many come before it.
    node: NodeView<'tree>,
    index: u32,
    /// The same of each ancestor that is not in the window.
    ancestors: Vec<(NodeView<'tree>, u32)>,
    /// How many nodes to read next.
    wanted: usize,
}

/// The most nodes to read at once: they stay in the nearest cache.
const MOST: usize = 128;

impl<'tree> ViewCursor<'tree> {
    pub(super) fn new(node: NodeView<'tree>) -> Self {
        let window = Window::default();
        Self { window, place: OUTSIDE, first: 0, node, index: 0, ancestors: Vec::new(), wanted: 1 }
    }

    /// Its node in the window.
    #[inline(always)]
    fn entry(&self) -> Option<&Entry> {
        if self.place == OUTSIDE { None } else { self.window.get(self.place) }
    }

    /// Where the records of an entry's parent end.
    #[inline(always)]
    fn limit(&self, entry: &Entry) -> u32 {
        match self.window.get(entry.parent) {
            Some(parent) => parent.next,
            None => self.ancestors.last().map_or(0, |(parent, _)| parent.next),
        }
    }

    /// What an entry's node knows of its parent.
    #[inline(always)]
    fn above(&self, entry: &Entry) -> Above {
        match self.window.get(entry.parent) {
            Some(parent) => Above { at: parent.at, start: parent.start, limit: self.limit(parent) },
            None => self.ancestors.last().map_or(Above::UNKNOWN, |(parent, _)| parent.as_above()),
        }
    }

    /// Its node.
    #[must_use]
    #[inline]
    pub fn node(&self) -> NodeView<'tree> {
        match self.entry() {
            Some(entry) => entry.node(self.node.tree, self.limit(entry), self.above(entry)),
            None => self.node,
        }
    }

    /// How many nodes come before its node.
    #[inline]
    fn index(&self) -> u32 {
        if self.place == OUTSIDE { self.index } else { self.first.wrapping_add(self.place) }
    }

    /// The field that its node is in, in its parent; none where it started.
    #[must_use]
    #[inline]
    pub fn field_id(&self) -> Option<NonZeroU16> {
        let shape = match self.entry() {
            Some(entry) => entry.shape(self.node.tree),
            None if self.ancestors.is_empty() => return None,
            None => self.node.shape,
        };
        NonZeroU16::new(self.node.tree.records.name(shape).field)
    }

    /// The name of the field that its node is in.
    #[must_use]
    pub fn field_name(&self) -> Option<&'tree str> {
        self.node.language().field_name_for_id(self.field_id()?.get())
    }

    /// How far its node is below where it started. Costs a look at some of its ancestors.
    #[must_use]
    pub fn depth(&self) -> u32 {
        (self.ancestors.len() + self.places().count()) as u32
    }

    /// The places of its ancestors in the window, from the nearest on.
    fn places(&self) -> impl Iterator<Item = u32> {
        let parent =
            |&place: &u32| self.window.get(place).map(|entry| entry.parent).filter(|&p| p != OUTSIDE);
        let first = Some(self.place).filter(|&place| place != OUTSIDE);
        core::iter::successors(first, parent).skip(1)
    }

    /// How many nodes come before its node, from where it started.
    #[must_use]
    pub fn descendant_index(&self) -> usize {
        self.index() as usize
    }

    /// Goes to the first child; false if there is none.
    #[inline]
    pub fn goto_first_child(&mut self) -> bool {
        if let Some(entry) = self.entry() {
            if entry.descendants == 0 {
                return false;
            }
            if self.place + 1 < self.window.len() {
                self.place += 1;
                return true;
            }
        }
        self.enter()
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
            self.wanted = 1;
        }
        self.ancestors.push((node, index));
        let is_there = self.read((node.inside, node.start), index + 1, node.next);
        if !is_there {
            // Only wrong bytes say that there is a child where there is none.
            self.ancestors.pop();
        }
        is_there
    }

    /// Leaves the window, which is to be filled anew, without leaving its node.
    fn step_out(&mut self) {
        if self.place == OUTSIDE {
            return;
        }
        (self.node, self.index) = (self.node(), self.index());
        let outer = self.ancestors.len();
        let mut place = self.window.get(self.place).map_or(OUTSIDE, |entry| entry.parent);
        while let Some(&entry) = self.window.get(place) {
            let node = entry.node(self.node.tree, 0, Above::UNKNOWN);
            self.ancestors.push((node, self.first.wrapping_add(place)));
            place = entry.parent;
        }
        // The nearest stands last. Each limits those in it.
        self.ancestors[outer..].reverse();
        for i in outer.max(1)..self.ancestors.len() {
            let parent = self.ancestors[i - 1].0;
            self.ancestors[i].0.limit = parent.next;
            self.ancestors[i].0.above = parent.as_above();
        }
        self.place = OUTSIDE;
    }

    /// Fills the window from a record on, and goes to its first node if that begins before `limit`.
    fn read(&mut self, from: (u32, Place), first: u32, limit: u32) -> bool {
        let tree = self.node.tree;
        let stop = self.ancestors.first().map_or(0, |(start, _)| start.next);
        if self.window.read(tree, from, stop, self.wanted).is_none() {
            self.window.clear();
        }
        self.wanted = (self.wanted * 4).min(MOST);
        self.first = first;
        self.go_to_place(0, limit)
    }

    /// Goes to a node of the window, if it begins before `limit`.
    fn go_to_place(&mut self, place: u32, limit: u32) -> bool {
        let is_there = place < self.window.len()
            && self.window.get(place).is_some_and(|entry| entry.at < limit && entry.parent == OUTSIDE);
        if is_there {
            self.place = place;
        }
        is_there
    }

    /// Goes to a node that was found without the window.
    fn leave_to(&mut self, node: NodeView<'tree>, index: u32) {
        (self.node, self.index, self.place, self.wanted) = (node, index, OUTSIDE, 1);
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
        let index = self.index + 1 + passed;
        self.ancestors.push((self.node, self.index));
        self.leave_to(child, index);
    }

    /// Goes to the parent; false if it is where it started.
    #[inline]
    pub fn goto_parent(&mut self) -> bool {
        if let Some(entry) = self.entry()
            && entry.parent != OUTSIDE
        {
            self.place = entry.parent;
            return true;
        }
        let Some((parent, index)) = self.ancestors.pop() else { return false };
        (self.node, self.index, self.place) = (parent, index, OUTSIDE);
        true
    }

    /// Goes to the next sibling; false if there is none.
    #[inline]
    pub fn goto_next_sibling(&mut self) -> bool {
        let Some(entry) = self.entry() else { return self.pass() };
        let place = self.place + entry.descendants + 1;
        if place >= self.window.len() {
            return self.pass();
        }
        // After the last child comes a sibling of its parent, or of that one's.
        let is_sibling = self.window.get(place).is_some_and(|next| {
            next.parent == entry.parent && (next.parent != OUTSIDE || next.at < self.limit(entry))
        });
        if is_sibling {
            self.place = place;
        }
        is_sibling
    }

    /// Goes to the next sibling, which may not be in the window.
    #[inline(never)]
    fn pass(&mut self) -> bool {
        let node = self.node();
        let has_parent = self.place != OUTSIDE || !self.ancestors.is_empty();
        if !has_parent || node.next >= node.limit {
            return false;
        }
        let index = self.index() + node.descendants + 1;
        if self.place == OUTSIDE
            && let Some(place) = self.window.find(node.next)
            && place < self.window.len()
        {
            let next = self.window.get(place).filter(|entry| entry.at < node.limit);
            let Some(next) = next else { return false };
            if next.parent == OUTSIDE && self.first.wrapping_add(place) == index {
                self.place = place;
                return true;
            }
        }
        if node.next != self.window.to() {
            self.wanted = 1;
        }
        self.step_out();
        self.read((node.next, node.end), index, node.limit)
    }

    /// Goes to the sibling before; false if there is none. Costs a look at each sibling before, but for those
    /// in long repetitions.
    pub fn goto_previous_sibling(&mut self) -> bool {
        self.step_out();
        let Some(&(parent, index)) = self.ancestors.last() else { return false };
        let before = parent.last_before(self.node.at, |_| true, |(visible, _)| visible);
        let Some((sibling, passed)) = before else { return false };
        self.leave_to(sibling, index + 1 + passed);
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
