//! A small subtree, read once.
//!
//! The record of a small parent does not say where it ends, so its descendants are gone through to find out;
//! and those of each small parent in it again. A cursor, which comes to all of them, goes through them once
//! and keeps what it finds.

use crate::ffi::Extent;
use crate::record::add;
use crate::shape::extent;

use super::TreeView;
use super::navigate::Ahead;
use super::node::NodeView;

/// The visible nodes of a small subtree in pre-order.
#[derive(Clone, Default)]
pub(super) struct Region<'tree> {
    nodes: Vec<NodeView<'tree>>,
    open: Vec<Open>,
}

/// A parent whose children are being gone through.
#[derive(Clone)]
struct Open {
    missing: u32,
    /// Its place among the nodes; that of the next one, where it is hidden.
    node: u32,
    is_visible: bool,
}

impl<'tree> Region<'tree> {
    /// The node of this place.
    #[inline]
    pub(super) fn get(&self, i: usize) -> Option<&NodeView<'tree>> {
        self.nodes.get(i)
    }

    /// How many nodes there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Reads a visible subtree, if its record does not say where it ends. `limit` is where its parent's records
    /// end. False, and empty, if it is none.
    #[inline]
    pub(super) fn read(&mut self, tree: &'tree TreeView<'tree>, ahead: &Ahead, limit: u32) -> bool {
        self.nodes.clear();
        let shape = ahead.record.shape;
        // With one child it ends where that does, which may be large.
        if shape.is_leaf() || shape.extent_form() != extent::NONE || ahead.record.child_count == 1 {
            return false;
        }
        let is_read = self.go_through(tree, ahead).is_some();
        match self.nodes.first_mut() {
            Some(first) if is_read => {
                first.limit = limit;
                true
            }
            _ => {
                self.nodes.clear();
                false
            }
        }
    }

    fn go_through(&mut self, tree: &'tree TreeView<'tree>, first: &Ahead) -> Option<()> {
        let records = tree.records;
        let (mut at, mut record, mut position) = (first.at as usize, first.record, first.start);
        self.open.clear();
        loop {
            let shape = record.shape;
            let is_visible = shape.is_visible();
            let node = self.nodes.len() as u32;
            if !shape.is_leaf() {
                let inside = records.children(&record);
                if is_visible {
                    self.nodes.push(NodeView {
                        tree,
                        shape,
                        start: position,
                        end: position,
                        at: at as u32,
                        inside: inside as u32,
                        next: 0,
                        limit: 0,
                        descendants: 0,
                    });
                }
                self.open.push(Open { missing: record.child_count, node, is_visible });
                at = inside;
                record = records.record(at)?;
                position = add(position, record.padding);
                continue;
            }
            let leaf = records.leaf(&record)?;
            let start = position;
            position = add(position, leaf.size);
            let next = leaf.next as u32;
            if is_visible {
                self.nodes.push(NodeView {
                    tree,
                    shape,
                    start,
                    end: position,
                    at: at as u32,
                    inside: next,
                    next,
                    limit: 0,
                    descendants: 0,
                });
            }
            at = leaf.next;
            while let Some(parent) = self.open.last_mut() {
                parent.missing -= 1;
                if parent.missing > 0 {
                    break;
                }
                let (is_visible, node) = (parent.is_visible, parent.node as usize);
                self.open.pop();
                if is_visible {
                    self.finish(node, position, next);
                }
            }
            if self.open.is_empty() {
                return Some(());
            }
            record = records.record(at)?;
            position = add(position, record.padding);
        }
    }

    /// Says of a parent where it ends, and of its children where it does.
    fn finish(&mut self, parent: usize, end: Extent, next: u32) {
        let count = self.nodes.len();
        let mut child = parent + 1;
        while let Some(node) = self.nodes.get_mut(child) {
            node.limit = next;
            child += node.descendants as usize + 1;
        }
        if let Some(node) = self.nodes.get_mut(parent) {
            node.end = end;
            node.next = next;
            node.descendants = (count - parent - 1) as u32;
        }
    }
}
