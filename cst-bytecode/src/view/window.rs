//! A stretch of the tree, read at once.
//!
//! The record of a small parent does not say where it ends, so it is known only after its descendants. A cursor
//! reads records ahead of where it is, each once, and goes from node to node among what it read.
//!
//! That takes two passes, both nearly without branches, for what comes next is hard to foresee for a processor: forth, each
//! record is read, and back, each parent takes the end of its last child.

use crate::place::Place;
use crate::record::Records;
use crate::step::{LONG, SPAN, Step, VISIBLE};

use super::TreeView;
use super::labels::Label;
use super::node::{Above, NodeView};

/// A record that was read.
#[derive(Clone, Copy, Default)]
pub(super) struct Row {
    /// Where it begins.
    pub(super) at: u32,
    /// Of its shape; and what that says to users.
    number: u32,
    label: Label,
    children: u32,
    /// The last row of its subtree. If that is not in the window, [`BEYOND`] and the row that ends where this one does, and
    /// says where that is.
    last: u32,
    /// How many visible rows come before it.
    pub(super) rank: u32,
    /// Where its text begins, and where the text has come to after what is its own.
    start: Place,
    after: Place,
}

/// No row of a window has this number, nor a higher one.
const BEYOND: u32 = 1 << 31;
/// That of a subtree whose end is not known.
const UNKNOWN: u32 = u32::MAX;

/// A node in a window: its place among them, and its row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) place: u32,
    row: u32,
}

impl Spot {
    /// That of a node that is in no window.
    pub(super) const OUTSIDE: Self = Self { place: u32::MAX, row: u32::MAX };
}

/// Visible nodes in pre-order, none between them left out.
#[derive(Clone, Default)]
pub(super) struct Window {
    /// What was read, in the order of the bytecode; one more says where that ends.
    rows: Vec<Row>,
    /// The rows that are nodes; the first `count` have their place here.
    nodes: Vec<u32>,
    count: u32,
    /// On the way back, the last row of each subtree that no parent has taken yet.
    stack: Vec<u32>,
    /// Where the records begin that were read, and end; and where the text has come to there.
    from: u32,
    to: u32,
    position: Place,
}

impl Window {
    /// The node of this place; nothing where there are not so many.
    #[inline(always)]
    pub(super) fn spot(&self, place: u32) -> Option<Spot> {
        if place >= self.count {
            return None;
        }
        Some(Spot { place, row: *self.nodes.get(place as usize)? })
    }

    #[inline(always)]
    pub(super) fn get(&self, spot: Spot) -> Option<Entry<'_>> {
        Some(Entry { window: self, spot, row: self.rows.get(spot.row as usize)? })
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.count
    }

    /// Where the records that were read end.
    pub(super) fn to(&self) -> u32 {
        self.to
    }

    /// Where the text has come to there.
    pub(super) fn position(&self) -> Place {
        self.position
    }

    pub(super) fn clear(&mut self) {
        (self.count, self.from, self.to) = (0, 0, 0);
    }

    /// The place of the first node from a record on, if the record was read, or is the next to be.
    pub(super) fn find(&self, at: u32) -> Option<u32> {
        let nodes = self.nodes.get(..self.count as usize)?;
        let is_before = |&row: &u32| self.rows.get(row as usize).is_some_and(|row| row.at < at);
        let is_known = self.from <= at && at <= self.to;
        is_known.then(|| nodes.partition_point(is_before) as u32)
    }

    /// Reads so many records from one on, where the text has come to `position`; fewer where not all of the last ones can be
    /// known, more where none can. None from `stop` on.
    pub(super) fn read(
        &mut self,
        tree: &TreeView<'_>,
        (at, position): (u32, Place),
        stop: u32,
        wanted: usize,
    ) -> Option<()> {
        self.clear();
        let mut reading = Reading { at: at as usize, position, count: 0, rows: 0 };
        let mut wanted = wanted;
        loop {
            self.make_room(wanted + 1);
            reading.forth(tree, stop as usize, self.rows.get_mut(..=wanted)?, &mut self.nodes)?;
            let known = self.back(&tree.table().steps, reading.rows)?;
            let end = *self.rows.get(known)?;
            if end.rank > 0 || end.at >= stop {
                self.position = known
                    .checked_sub(1)
                    .and_then(|last| self.rows.get(last))
                    .map_or(position, |last| last.after);
                (self.count, self.from, self.to) = (end.rank, at, end.at);
                return Some(());
            }
            if reading.at >= stop as usize || wanted >= BEYOND as usize / 2 {
                return None;
            }
            wanted *= 2;
        }
    }

    fn make_room(&mut self, rows: usize) {
        if self.rows.len() < rows {
            self.rows.resize(rows, Row::default());
            self.nodes.resize(rows, 0);
            self.stack.resize(rows, 0);
        }
    }

    /// Gives each row the last one of its subtree. Returns how many rows are known wholly.
    fn back(&mut self, steps: &[Step], count: usize) -> Option<usize> {
        let (mut known, mut waiting) = (count, 0_usize);
        let rows = self.rows.get_mut(..count)?;
        for (at, row) in rows.iter_mut().enumerate().rev() {
            let children = row.children as usize;
            let left = waiting.wrapping_sub(children);
            let of_last_child = self.stack.get(left).copied().unwrap_or(UNKNOWN);
            let mut last = if children > 0 { of_last_child } else { at as u32 };
            if last >= BEYOND {
                let has_all = children <= waiting;
                waiting = if has_all { left } else { 0 };
                if steps.get(row.number as usize)?.has(SPAN) {
                    last = BEYOND + at as u32;
                } else if last == UNKNOWN {
                    known = at;
                }
            } else {
                waiting = left;
            }
            *self.stack.get_mut(waiting)? = last;
            waiting += 1;
            row.last = last;
        }
        Some(known)
    }
}

/// How far reading has come.
struct Reading {
    at: usize,
    position: Place,
    /// Nodes, and rows.
    count: u32,
    rows: usize,
}

impl Reading {
    /// Fills rows until there is one left for the end.
    fn forth(&mut self, tree: &TreeView<'_>, stop: usize, rows: &mut [Row], nodes: &mut [u32]) -> Option<()> {
        let (records, table) = (&tree.records, tree.table());
        let bytes = records.bytes;
        // Numbers by themselves: a place that lies in memory is written in three and read in one, which takes long.
        let Self { mut at, position: Place { mut byte, mut row, mut line }, mut count, rows: begun } = *self;
        let mut filled = begun;
        let (last, free) = rows.split_last_mut()?;
        for next in free.get_mut(begun..)? {
            if at >= stop {
                break;
            }
            let (number, operands, end) = table.head(bytes, at)?;
            let step = *table.steps.get(number)?;
            (next.at, next.number, next.rank) = (at as u32, number as u32, count);
            next.label = *table.labels.get(number)?;
            // In the place of a hidden one comes the next.
            *nodes.get_mut(count as usize)? = filled as u32;
            if step.has(LONG) {
                (at, Place { byte, row, line }) = next.read(records, Place { byte, row, line })?;
            } else {
                let rows = step.padding_rows();
                line = if rows == 0 { line } else { byte.wrapping_add(1) };
                row = row.wrapping_add(rows);
                byte = byte.wrapping_add(step.padding(operands));
                (next.start.byte, next.start.row, next.start.line) = (byte, row, line);
                byte = byte.wrapping_add(step.size(operands));
                next.children = step.child_count();
                at = end;
            }
            (next.after.byte, next.after.row, next.after.line) = (byte, row, line);
            count += u32::from(step.has(VISIBLE));
            filled += 1;
        }
        *self = Self { at, position: Place { byte, row, line }, count, rows: filled };
        let end = free.get_mut(filled).unwrap_or(last);
        (end.at, end.rank) = (at as u32, count);
        Some(())
    }
}

impl Row {
    /// Reads a record with long operands. Where the next begins, and where the text has come to.
    #[inline(never)]
    fn read(&mut self, records: &Records<'_>, position: Place) -> Option<(usize, Place)> {
        let record = records.record(self.at as usize)?;
        self.start = position.after(record.padding);
        self.children = record.child_count;
        if record.shape.is_leaf() {
            let leaf = records.leaf(&record)?;
            return Some((leaf.next, self.start.after(leaf.size)));
        }
        Some((records.children(&record), self.start))
    }
}

/// The end of a node that is not wholly in a window.
struct Beyond {
    end: Place,
    next: u32,
    descendants: u32,
}

/// A visible node in a window.
#[derive(Clone, Copy)]
pub(super) struct Entry<'w> {
    window: &'w Window,
    spot: Spot,
    row: &'w Row,
}

impl<'w> Entry<'w> {
    /// Where its record begins.
    #[inline(always)]
    pub(super) fn at(&self) -> u32 {
        self.row.at
    }

    #[inline(always)]
    pub(super) fn start(&self) -> Place {
        self.row.start
    }

    #[inline(always)]
    fn last_row(&self) -> Option<&Row> {
        self.window.rows.get(self.row.last as usize)
    }

    #[inline(always)]
    pub(super) fn is_leaf(&self) -> bool {
        self.row.children == 0
    }

    /// The row after its last descendant's, if that is in the window.
    #[inline(always)]
    pub(super) fn following(&self) -> Option<&'w Row> {
        self.window.rows.get(self.row.last as usize + 1)
    }

    #[inline(always)]
    fn end(&self, records: &Records<'_>) -> Place {
        match self.last_row() {
            Some(last) => last.after,
            None => self.beyond(records).map_or(self.row.after, |end| end.end),
        }
    }

    /// Where the record after its last descendant's begins.
    #[inline(always)]
    pub(super) fn next(&self, records: &Records<'_>) -> u32 {
        match self.following() {
            Some(following) => following.at,
            None => self.beyond(records).map_or(0, |end| end.next),
        }
    }

    #[inline(always)]
    pub(super) fn descendants(&self, records: &Records<'_>) -> u32 {
        match self.following() {
            Some(following) => following.rank.wrapping_sub(self.spot.place + 1),
            None => self.beyond(records).map_or(0, |end| end.descendants),
        }
    }

    /// Where it ends, if that is not in the window.
    #[inline(never)]
    fn beyond(&self, records: &Records<'_>) -> Option<Beyond> {
        let ending = self.row.last.checked_sub(BEYOND)? as usize;
        let row = self.window.rows.get(ending)?;
        let (span, inside) = records.span(&records.record(row.at as usize)?)?;
        let span = span?;
        // It is the last row of this one's subtree in the window, or this one itself.
        let before = self.window.rows.get(ending + 1)?.rank.wrapping_sub(self.spot.place + 1);
        Some(Beyond {
            end: row.start.after(span.size),
            next: (inside as u32).checked_add(span.length)?,
            descendants: before.wrapping_add(span.descendants),
        })
    }

    /// Where its children's records begin.
    #[inline(always)]
    fn inside(&self) -> u32 {
        self.window.rows.get(self.spot.row as usize + 1).map_or(0, |row| row.at)
    }

    /// The node; its parent's records end at `limit`.
    #[inline(always)]
    pub(super) fn node<'tree>(
        &self,
        tree: &'tree TreeView<'tree>,
        limit: u32,
        above: Above,
    ) -> NodeView<'tree> {
        NodeView {
            tree,
            number: self.row.number,
            label: self.row.label,
            start: self.start(),
            end: self.end(&tree.records),
            at: self.at(),
            inside: self.inside(),
            next: self.next(&tree.records),
            limit,
            descendants: self.descendants(&tree.records),
            above,
        }
    }

    #[inline(always)]
    pub(super) fn label(&self) -> Label {
        self.row.label
    }
}
