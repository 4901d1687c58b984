//! All nodes of a subtree, one after the other.

use core::fmt;
use core::iter::FusedIterator;

use crate::place::Place;
use crate::record::At;

use super::TreeView;
use super::node::{Above, NodeView};
use super::window::Window;

/// A node and all that are in it, parents before their children. [`NodeView::descendants`] makes one.
///
/// It reads ahead as a cursor does, but need not find out which nodes are siblings.
#[derive(Clone)]
pub struct Descendants<'tree> {
    tree: &'tree TreeView<'tree>,
    window: Window,
    /// The place of the next node in the window.
    place: u32,
    /// Where to read on, and where to stop.
    at: At,
    position: Place,
    stop: u32,
    /// The node that it begins with, and whether that was given.
    start: NodeView<'tree>,
    is_begun: bool,
    /// How many nodes are behind the window's first.
    passed: u32,
    all: u32,
}

/// How many records to read at once: they stay in the nearest cache.
const ROWS: usize = 512;

impl<'tree> Descendants<'tree> {
    pub(super) fn of(node: &NodeView<'tree>) -> Self {
        // Whoever makes room for all of them relies on it, also where records were not checked.
        let most = node.tree.records.numbers.len() as u32;
        Self {
            tree: node.tree,
            window: Window::default(),
            place: 0,
            at: node.inside,
            position: node.start,
            stop: node.next.record,
            start: *node,
            is_begun: false,
            passed: 0,
            all: node.descendants.min(most).saturating_add(1),
        }
    }

    /// Reads the next window; false where there is none.
    #[inline(never)]
    fn read_on(&mut self) -> bool {
        self.passed = self.passed.wrapping_add(self.window.len());
        self.place = 0;
        let from = (self.at, self.position);
        let rows = ROWS.min(self.stop.saturating_sub(self.at.record) as usize);
        if rows == 0 || self.window.read(self.tree, from, self.stop, rows).is_none() {
            self.window.clear();
            (self.at.record, self.passed) = (self.stop, self.all);
            return false;
        }
        (self.at, self.position) = (self.window.to(), self.window.position());
        true
    }
}

impl<'tree> Iterator for Descendants<'tree> {
    type Item = NodeView<'tree>;

    // Where only a few fields are asked for, the others are not even worked out.
    #[inline(always)]
    fn next(&mut self) -> Option<NodeView<'tree>> {
        loop {
            if let Some(entry) = self.window.spot(self.place).and_then(|spot| self.window.get(spot)) {
                self.place += 1;
                return Some(entry.node(self.tree, NodeView::NO_LIMIT, Above::UNKNOWN));
            }
            if !self.is_begun {
                (self.is_begun, self.passed) = (true, 1);
                return Some(self.start);
            }
            if !self.read_on() {
                return None;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.all.saturating_sub(self.passed.wrapping_add(self.place)) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Descendants<'_> {}

impl FusedIterator for Descendants<'_> {}

impl fmt::Debug for Descendants<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descendants").field("left", &self.len()).finish_non_exhaustive()
    }
}
