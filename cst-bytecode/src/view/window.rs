//! A stretch of the tree, read at once.
//!
//! The record of a small parent does not say where it ends, so it is known only after its descendants. A cursor
//! reads records ahead of where it is, each once, and goes from node to node among what it read.

use crate::place::Place;
use crate::record::Records;
use crate::shape::Shape;
use crate::step::{RARE, Step, VISIBLE, head};

use super::TreeView;
use super::node::{Above, NodeView};

/// A visible node.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    /// Of its shape.
    pub(super) number: u32,
    pub(super) start: Place,
    pub(super) end: Place,
    /// As in [`NodeView`].
    pub(super) at: u32,
    pub(super) inside: u32,
    pub(super) next: u32,
    pub(super) descendants: u32,
    /// The place of its parent in the window, or [`OUTSIDE`].
    pub(super) parent: u32,
    /// How many subtrees are missing, of all parents together, once that is complete.
    floor: u32,
}

/// The place of a node that is not in the window.
pub(super) const OUTSIDE: u32 = u32::MAX;

/// Visible nodes in pre-order, none between them left out.
#[derive(Clone, Default)]
pub(super) struct Window {
    /// The first `count` are filled.
    entries: Vec<Entry>,
    count: usize,
    /// Where the records begin that were read, and end.
    from: u32,
    to: u32,
}

/// How many subtrees are missing where a window begins: any number that is far from both ends.
const START: u32 = 1 << 31;

impl Window {
    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&Entry> {
        self.entries.get(place as usize)
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.count as u32
    }

    /// Where the records that were read end.
    pub(super) fn to(&self) -> u32 {
        self.to
    }

    pub(super) fn clear(&mut self) {
        (self.count, self.from, self.to) = (0, 0, 0);
    }

    /// The place of the first node from a record on, if the record was read, or is the next to be.
    pub(super) fn find(&self, at: u32) -> Option<u32> {
        let entries = self.entries.get(..self.count)?;
        let is_known = self.from <= at && at <= self.to;
        is_known.then(|| entries.partition_point(|entry| entry.at < at) as u32)
    }

    /// Reads nodes from a record on, where the text has come to `position`: `wanted` of them, and as many more as
    /// it takes to know where all of them end. None from `stop` on.
    pub(super) fn read(
        &mut self,
        tree: &TreeView<'_>,
        (at, position): (u32, Place),
        stop: u32,
        wanted: usize,
    ) -> Option<()> {
        self.clear();
        (self.from, self.to) = (at, at);
        let (records, steps) = (tree.records, tree.steps());
        let mut walk =
            Walk { at: at as usize, position, missing: START, floor: 0, parent: OUTSIDE, unknown: u32::MAX };
        let mut count = 0;
        loop {
            if count >= self.entries.len() {
                self.entries.resize((count * 2).max(16), Entry::default());
            }
            count = walk.fill(&mut self.entries, count, &records, steps, stop as usize, wanted)?;
            if count < self.entries.len() {
                (self.count, self.to) = (count, walk.at as u32);
                return Some(());
            }
        }
    }
}

/// How far reading has come.
struct Walk {
    at: usize,
    position: Place,
    missing: u32,
    /// Of the innermost open parent: its place, and how many subtrees are missing once it is complete.
    parent: u32,
    floor: u32,
    /// The floor of the outermost one that is open and does not say where it ends.
    unknown: u32,
}

impl Walk {
    /// Fills entries from `count` on, until there are enough, or no more fit. Gives how many there are then.
    fn fill(
        &mut self,
        entries: &mut [Entry],
        mut count: usize,
        records: &Records<'_>,
        steps: &[Step],
        stop: usize,
        wanted: usize,
    ) -> Option<usize> {
        // Numbers by themselves: a place that lies in memory is written in three and read in one, which takes long.
        let Self { mut at, position: Place { mut byte, mut row, mut line }, mut missing, .. } = *self;
        let Self { mut parent, mut floor, mut unknown, .. } = *self;
        let bytes = records.bytes;
        while at < stop && (count < wanted || missing > unknown) {
            let Some(entry) = entries.get_mut(count) else { break };
            (entry.at, entry.parent, entry.floor) = (at as u32, parent, floor);
            entry.descendants = 0;
            let (number, operands, start) = head(bytes, at)?;
            let step = *steps.get(number)?;
            entry.number = number as u32;
            // It is complete when one less is missing than before it.
            missing = missing.wrapping_sub(1);
            let own_floor = missing;
            let is_parent;
            if step.has(RARE) {
                let rare = entry.read(records, Place { byte, row, line })?;
                at = rare.next;
                Place { byte, row, line } = rare.position;
                is_parent = step.has(VISIBLE) & (rare.child_count > 0);
                missing = missing.wrapping_add(rare.child_count);
                if rare.has_span {
                    end_unary(entries, count, own_floor, step.has(VISIBLE))?;
                    unknown = if unknown == own_floor { u32::MAX } else { unknown };
                } else if is_parent & (unknown == u32::MAX) {
                    unknown = own_floor;
                }
            } else {
                let rows = step.padding_rows();
                line = if rows == 0 { line } else { byte.wrapping_add(1) };
                row = row.wrapping_add(rows);
                byte = byte.wrapping_add(step.padding(operands));
                (entry.start.byte, entry.start.row, entry.start.line) = (byte, row, line);
                byte = byte.wrapping_add(step.size(operands));
                at = start + step.length();
                (entry.end.byte, entry.end.row, entry.end.line) = (byte, row, line);
                (entry.inside, entry.next) = (at as u32, at as u32);
                is_parent = step.has(VISIBLE) & (step.child_count() > 0);
                missing = missing.wrapping_add(step.child_count());
                unknown = if is_parent & (unknown == u32::MAX) { own_floor } else { unknown };
            }
            parent = if is_parent { count as u32 } else { parent };
            floor = if is_parent { own_floor } else { floor };
            count += usize::from(step.has(VISIBLE));
            while missing == floor {
                let entry = entries.get_mut(parent as usize)?;
                (entry.end.byte, entry.end.row, entry.end.line) = (byte, row, line);
                entry.next = at as u32;
                entry.descendants = count as u32 - parent - 1;
                unknown = if unknown == floor { u32::MAX } else { unknown };
                (parent, floor) = (entry.parent, entry.floor);
            }
        }
        *self = Self { at, position: Place { byte, row, line }, missing, parent, floor, unknown };
        Some(count)
    }
}

/// A parent with one child ends where that does, which says so and comes next.
fn end_unary(entries: &mut [Entry], child: usize, floor: u32, is_visible: bool) -> Option<()> {
    let Entry { mut parent, floor: mut above, end, next, descendants, .. } = *entries.get(child)?;
    let last = (child as u32).wrapping_add(descendants).wrapping_add(u32::from(is_visible));
    while above == floor {
        let entry = entries.get_mut(parent as usize)?;
        (entry.next, entry.end) = (next, end);
        entry.descendants = last.wrapping_sub(parent + 1);
        (parent, above) = (entry.parent, entry.floor);
    }
    Some(())
}

/// Where a record of a rare form leads.
struct Rare {
    child_count: u32,
    /// The next record, and where the text has come to.
    next: usize,
    position: Place,
    has_span: bool,
}

impl Entry {
    /// Reads a record with long operands, or of a parent that says where it ends.
    #[inline(never)]
    fn read(&mut self, records: &Records<'_>, position: Place) -> Option<Rare> {
        let record = records.record(self.at as usize)?;
        self.start = position.after(record.padding);
        self.end = self.start;
        let mut span = None;
        let next = if record.shape.is_leaf() {
            let leaf = records.leaf(&record)?;
            self.end = self.start.after(leaf.size);
            leaf.next
        } else {
            let (known, inside) = records.span(&record)?;
            span = known;
            inside
        };
        let position = self.end;
        (self.inside, self.next) = (next as u32, next as u32);
        if let Some(span) = span {
            self.end = self.start.after(span.size);
            self.next = self.inside.checked_add(span.length)?;
            self.descendants = span.descendants;
        }
        Some(Rare { child_count: record.child_count, next, position, has_span: span.is_some() })
    }

    /// The node; its parent's records end at `limit`.
    #[inline(always)]
    pub(super) fn node<'tree>(
        &self,
        tree: &'tree TreeView<'tree>,
        limit: u32,
        above: Above,
    ) -> NodeView<'tree> {
        let Self { start, end, at, inside, next, descendants, .. } = *self;
        NodeView { tree, shape: self.shape(tree), start, end, at, inside, next, limit, descendants, above }
    }

    #[inline(always)]
    pub(super) fn shape(&self, tree: &TreeView<'_>) -> Shape {
        Shape(tree.records.shapes.get(self.number as usize).map_or(0, |shape| shape.to_native()))
    }
}
