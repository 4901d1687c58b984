//! [`ViewCursor`]: one step at a time.

use core::fmt;
use core::num::NonZeroU16;

use tree_sitter::Point;

use crate::ffi::Extent;

use super::navigate::Children;
use super::node::{NodeView, point};
use super::region::Region;

/// A place in a [`TreeView`](super::TreeView) that moves.
///
/// Methods have the names that they have in [`tree_sitter::TreeCursor`], and their results. It keeps the
/// ancestors of its node, and allocates for no other reason.
#[derive(Clone)]
pub struct ViewCursor<'tree> {
    /// Where it is now.
    node: NodeView<'tree>,
    /// How many nodes come before it, from where the cursor started.
    index: u32,
    /// The same of each ancestor of its node, from where the cursor started.
    ancestors: Vec<(NodeView<'tree>, u32)>,
    /// The small subtree last gone through, and the place of the node in it, if it is there.
    region: Region<'tree>,
    place: usize,
}

/// The place of a node that is not in the region.
const OUTSIDE: usize = usize::MAX;

impl<'tree> ViewCursor<'tree> {
    pub(super) fn new(node: NodeView<'tree>) -> Self {
        Self { node, index: 0, ancestors: Vec::new(), region: Region::default(), place: OUTSIDE }
    }

    /// Its node.
    #[must_use]
    #[inline]
    pub fn node(&self) -> NodeView<'tree> {
        self.node
    }

    /// The field that its node is in, in its parent; none where it started.
    #[must_use]
    #[inline]
    pub fn field_id(&self) -> Option<NonZeroU16> {
        if self.ancestors.is_empty() { None } else { self.node.field().and_then(NonZeroU16::new) }
    }

    /// The name of the field that its node is in.
    #[must_use]
    pub fn field_name(&self) -> Option<&'tree str> {
        self.node.language().field_name_for_id(self.field_id()?.get())
    }

    /// How far its node is below where it started.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.ancestors.len() as u32
    }

    /// How many nodes come before its node, from where it started.
    #[must_use]
    pub fn descendant_index(&self) -> usize {
        self.index as usize
    }

    /// Goes to the first child; false if there is none.
    #[inline]
    pub fn goto_first_child(&mut self) -> bool {
        if self.place != OUTSIDE {
            if self.node.descendants == 0 {
                return false;
            }
            self.ancestors.push((self.node, self.index));
            return self.go_to_place(self.place + 1, self.index + 1);
        }
        let mut children = Children::of(&self.node);
        let Some(child) = children.next_visible_into(&mut self.region) else { return self.stay() };
        self.ancestors.push((self.node, self.index));
        self.arrive(child, self.index + 1);
        true
    }

    /// Goes to a node of the region.
    #[inline]
    fn go_to_place(&mut self, place: usize, index: u32) -> bool {
        let Some(&node) = self.region.get(place) else { return false };
        (self.node, self.place, self.index) = (node, place, index);
        true
    }

    /// Goes to a node that was found, which is the first of the region if it was read to find it.
    #[inline]
    fn arrive(&mut self, node: NodeView<'tree>, index: u32) {
        let is_first = self.region.get(0).is_some_and(|first| first.at == node.at);
        (self.node, self.index) = (node, index);
        self.place = if is_first { 0 } else { OUTSIDE };
    }

    /// Stays where it is; what was in the region may be gone.
    fn stay(&mut self) -> bool {
        self.place = OUTSIDE;
        false
    }

    /// Goes to a node that was found without the region.
    fn leave_to(&mut self, node: NodeView<'tree>, index: u32) {
        (self.node, self.index, self.place) = (node, index, OUTSIDE);
    }

    /// Goes to the last child; false if there is none.
    pub fn goto_last_child(&mut self) -> bool {
        self.goto_child_before(u32::MAX)
    }

    fn goto_child_before(&mut self, limit: u32) -> bool {
        let Some((child, passed)) = self.node.last_before(limit, |_| true, |(visible, _)| visible) else {
            return false;
        };
        self.ancestors.push((self.node, self.index));
        self.leave_to(child, self.index + 1 + passed);
        true
    }

    /// Goes to the parent; false if it is where it started.
    #[inline]
    pub fn goto_parent(&mut self) -> bool {
        let Some((parent, index)) = self.ancestors.pop() else { return false };
        // Its parent is there too, unless it is the first.
        let distance = (self.index - index) as usize;
        let place = if self.place == OUTSIDE { OUTSIDE } else { self.place.wrapping_sub(distance) };
        (self.node, self.index) = (parent, index);
        self.place = if place < self.region.len() { place } else { OUTSIDE };
        true
    }

    /// Goes to the next sibling; false if there is none.
    #[inline]
    pub fn goto_next_sibling(&mut self) -> bool {
        if self.ancestors.is_empty() {
            return false;
        }
        let index = self.index + self.node.descendants + 1;
        if self.place != OUTSIDE && self.place > 0 {
            return self.node.next < self.node.limit
                && self.sibling_place().is_some_and(|place| self.go_to_place(place, index));
        }
        let Some(sibling) = Children::after(&self.node).next_visible_into(&mut self.region) else {
            return self.stay();
        };
        self.arrive(sibling, index);
        true
    }

    /// The place after those of the node's descendants, if a sibling is there.
    #[inline]
    fn sibling_place(&self) -> Option<usize> {
        let place = self.place + self.node.descendants as usize + 1;
        // What comes after the last child is no sibling: it lies beyond the parent's end.
        self.region.get(place).filter(|next| next.at < self.node.limit).map(|_| place)
    }

    /// Goes to the sibling before; false if there is none. Costs a look at each sibling before, but for those
    /// in long repetitions.
    pub fn goto_previous_sibling(&mut self) -> bool {
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
        let start = self.ancestors.first().map_or((self.node, self.index), |&first| first);
        if !holds(&start.0, start.1) {
            // As tree-sitter does.
            self.leave_to(start.0, start.1);
            self.ancestors.clear();
            return;
        }
        while !holds(&self.node, self.index) && self.goto_parent() {}
        while self.index < goal {
            if !self.goto_first_child() {
                return;
            }
            while !holds(&self.node, self.index) {
                if !self.goto_next_sibling() {
                    return;
                }
            }
        }
    }

    /// Goes to the first child that ends after a byte, and says which it is.
    pub fn goto_first_child_for_byte(&mut self, index: usize) -> Option<usize> {
        self.goto_first_child_after(|end| end.bytes as usize > index && point(end) > Point::new(0, 0))
    }

    /// Goes to the first child that ends after a point, and says which it is.
    pub fn goto_first_child_for_point(&mut self, goal: Point) -> Option<usize> {
        self.goto_first_child_after(|end| end.bytes > 0 && point(end) > goal)
    }

    /// tree-sitter's rules: once in a hidden subtree that ends after the goal, it does not look past that.
    fn goto_first_child_after(&mut self, is_after: impl Fn(Extent) -> bool) -> Option<usize> {
        let mut children = Children::of(&self.node);
        let mut number = 0;
        loop {
            let ahead = children.look()?;
            let visit = children.visit(&ahead)?;
            match (is_after(visit.end), visit.shape.is_visible()) {
                (true, true) => {
                    self.ancestors.push((self.node, self.index));
                    self.leave_to(children.node(ahead.at, visit), self.index + 1 + children.passed);
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
        self.leave_to(node, 0);
    }

    /// Goes where another cursor is, with where that one started.
    pub fn reset_to(&mut self, cursor: &Self) {
        self.ancestors.clone_from(&cursor.ancestors);
        self.leave_to(cursor.node, cursor.index);
    }
}

impl fmt::Debug for ViewCursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewCursor").field("node", &self.node).field("depth", &self.depth()).finish()
    }
}
