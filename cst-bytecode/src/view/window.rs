//! A stretch of the tree, read at once.
//!
//! The record of a small parent does not say where it ends, so it is known only after its descendants. A cursor
//! reads records ahead of where it is, each once, and goes from node to node among what it read.
//!
//! That takes two passes, both nearly without branches, for what comes next is hard to foresee for a processor: forth, each
//! record is read, and back, each parent takes the end of its last child.

use crate::place::Place;
use crate::record::{At, Records};
use crate::step::SPAN;

use super::TreeView;
use super::labels::Label;
use super::node::{Above, NodeView};
use super::table::{Table, Text};

/// A record that was read.
#[derive(Clone, Copy, Default)]
pub(super) struct Row {
    head: Head,
    /// Where its text begins, and where the text has come to after what is its own, as in [`Text`].
    start: u64,
    after: u64,
    line: u32,
    line_after: u32,
    /// Where its operands begin.
    operand: u32,
    /// How many visible rows come before it.
    pub(super) rank: u32,
}

/// What a row has of its shape, to be copied in one piece.
#[derive(Clone, Copy, Default)]
pub(super) struct Head {
    /// What the shape says to users; and its number.
    pub(super) label: Label,
    pub(super) number: u32,
    pub(super) children: u32,
    /// The last row of its subtree, once that is known. If it is not in the window, [`BEYOND`] and the row that ends where this
    /// one does, and says where that is.
    pub(super) last: u32,
}

/// No row of a window has this number, nor a higher one.
const BEYOND: u32 = 1 << 31;
/// After all records: where those go on that damaged ones say nothing of.
const NOWHERE: At = At { record: u32::MAX, operand: u32::MAX };
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
    /// The first record that was read, and where they end; and where the text has come to there.
    from: u32,
    to: At,
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
    pub(super) fn to(&self) -> At {
        self.to
    }

    /// Where the text has come to there.
    pub(super) fn position(&self) -> Place {
        self.position
    }

    pub(super) fn clear(&mut self) {
        (self.count, self.from, self.to) = (0, 0, At::default());
    }

    /// The place of the first node from a record on, if the record was read, or is the next to be.
    pub(super) fn find(&self, at: u32) -> Option<u32> {
        let nodes = self.nodes.get(..self.count as usize)?;
        let row = at.checked_sub(self.from).filter(|_| at <= self.to.record)?;
        Some(nodes.partition_point(|&node| node < row) as u32)
    }

    /// Reads so many records from one on, where the text has come to `position`; fewer where not all of the last ones can be
    /// known, more where none can. None from `stop` on.
    pub(super) fn read(
        &mut self,
        tree: &TreeView<'_>,
        (at, position): (At, Place),
        stop: u32,
        wanted: usize,
    ) -> Option<()> {
        self.clear();
        let mut reading = Reading { at, position, count: 0, rows: 0 };
        let mut wanted = wanted;
        loop {
            self.make_room(wanted + 1);
            reading.forth(tree, stop, self.rows.get_mut(..=wanted)?, &mut self.nodes)?;
            let known = self.back(tree.table(), reading.rows)?;
            let end = *self.rows.get(known)?;
            let to = At { record: at.record + known as u32, operand: end.operand };
            if end.rank > 0 || to.record >= stop {
                self.position =
                    known.checked_sub(1).and_then(|last| self.rows.get(last)).map_or(position, Row::after);
                (self.count, self.from, self.to) = (end.rank, at.record, to);
                return Some(());
            }
            if reading.at.record >= stop || wanted >= BEYOND as usize / 2 {
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
    fn back(&mut self, table: &Table, count: usize) -> Option<usize> {
        let (mut known, mut waiting) = (count, 0_usize);
        let rows = self.rows.get_mut(..count)?;
        // Counted down by hand: else each number is worked out from where the row lies.
        let mut at = count as u32;
        for row in rows.iter_mut().rev() {
            at -= 1;
            let children = row.head.children as usize;
            let left = waiting.wrapping_sub(children);
            let of_last_child = self.stack.get(left).copied().unwrap_or(UNKNOWN);
            let mut last = if children > 0 { of_last_child } else { at };
            if last >= BEYOND {
                let has_all = children <= waiting;
                waiting = if has_all { left } else { 0 };
                if table.get(row.head.number)?.step.has(SPAN) {
                    last = BEYOND + at;
                } else if last == UNKNOWN {
                    known = at as usize;
                }
            } else {
                waiting = left;
            }
            *self.stack.get_mut(waiting)? = last;
            waiting += 1;
            row.head.last = last;
        }
        Some(known)
    }
}

/// How far reading has come.
struct Reading {
    at: At,
    position: Place,
    /// Nodes, and rows.
    count: u32,
    rows: usize,
}

impl Reading {
    /// Fills rows until there is one left for the end.
    fn forth(&mut self, tree: &TreeView<'_>, stop: u32, rows: &mut [Row], nodes: &mut [u32]) -> Option<()> {
        let (records, table) = (&tree.records, tree.table());
        let Self { at: At { record: from, mut operand }, position, mut count, rows: begun } = *self;
        let mut text = Text::at(position);
        let numbers = records.numbers.get(from as usize..stop as usize)?;
        let (last, free) = rows.split_last_mut()?;
        let mut filled = begun;
        for (next, &number) in free.get_mut(begun..)?.iter_mut().zip(numbers) {
            (next.operand, next.rank) = (operand, count);
            // In the place of a hidden one comes the next.
            *nodes.get_mut(count as usize)? = filled as u32;
            let (entry, start) = table.entry(number, records.operands, operand)?;
            next.head = entry.head;
            if entry.is_long() {
                let at = At { record: from + (filled - begun) as u32, operand };
                (operand, text) = next.read(records, at, text.place())?;
            } else {
                let operands = records.word(start)?;
                text.pad(entry, operands);
                (next.start, next.line) = (text.position, text.line);
                text.pass(entry, operands);
                operand = entry.past(start);
            }
            (next.after, next.line_after) = (text.position, text.line);
            count += entry.visible();
            filled += 1;
        }
        let at = At { record: from + (filled - begun) as u32, operand };
        *self = Self { at, position: text.place(), count, rows: filled };
        let end = free.get_mut(filled).unwrap_or(last);
        (end.operand, end.rank) = (operand, count);
        Some(())
    }
}

impl Row {
    /// Reads a record with long operands. Where the next ones begin, and where the text has come to.
    #[inline(never)]
    fn read(&mut self, records: &Records<'_>, at: At, position: Place) -> Option<(u32, Text)> {
        let record = records.record(at)?;
        let start = position.after(record.padding);
        Text { position: self.start, line: self.line } = Text::at(start);
        self.head.children = record.child_count;
        if record.shape.is_leaf() {
            let leaf = records.leaf(&record)?;
            return Some((leaf.next.operand, Text::at(start.after(leaf.size))));
        }
        Some((records.children(&record).operand, Text::at(start)))
    }

    #[inline(always)]
    fn start(&self) -> Place {
        Text { position: self.start, line: self.line }.place()
    }

    #[inline(always)]
    fn after(&self) -> Place {
        Text { position: self.after, line: self.line_after }.place()
    }
}

/// The end of a node that is not wholly in a window.
struct Beyond {
    end: Place,
    next: At,
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
    /// Where its record is.
    #[inline(always)]
    pub(super) fn at(&self) -> At {
        At { record: self.record(), operand: self.row.operand }
    }

    #[inline(always)]
    pub(super) fn record(&self) -> u32 {
        self.window.from + self.spot.row
    }

    #[inline(always)]
    pub(super) fn start(&self) -> Place {
        self.row.start()
    }

    #[inline(always)]
    fn last_row(&self) -> Option<&Row> {
        self.window.rows.get(self.row.head.last as usize)
    }

    #[inline(always)]
    pub(super) fn is_leaf(&self) -> bool {
        self.row.head.children == 0
    }

    /// The row after its last descendant's, if that is in the window.
    #[inline(always)]
    pub(super) fn following(&self) -> Option<&'w Row> {
        self.window.rows.get(self.row.head.last as usize + 1)
    }

    #[inline(always)]
    fn end(&self, records: &Records<'_>) -> Place {
        match self.last_row() {
            Some(last) => last.after(),
            None => self.beyond(records).map_or(self.row.after(), |end| end.end),
        }
    }

    /// Where the record after its last descendant's is.
    #[inline(always)]
    pub(super) fn next(&self, records: &Records<'_>) -> At {
        match self.following() {
            Some(following) => At { record: self.following_record(), operand: following.operand },
            None => self.beyond(records).map_or(NOWHERE, |end| end.next),
        }
    }

    /// Which that is, if it is in the window.
    #[inline(always)]
    pub(super) fn following_record(&self) -> u32 {
        self.window.from + self.row.head.last + 1
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
        let ending = self.row.head.last.checked_sub(BEYOND)? as usize;
        let row = self.window.rows.get(ending)?;
        let (span, inside) = records
            .span(&records.record(At { record: self.window.from + ending as u32, operand: row.operand })?)?;
        let span = span?;
        // It is the last row of this one's subtree in the window, or this one itself.
        let before = self.window.rows.get(ending + 1)?.rank.wrapping_sub(self.spot.place + 1);
        Some(Beyond {
            end: row.start().after(span.size),
            next: inside.past(&span)?,
            descendants: before.wrapping_add(span.descendants),
        })
    }

    /// Where its children's records begin.
    #[inline(always)]
    fn inside(&self) -> At {
        let operand = self.window.rows.get(self.spot.row as usize + 1).map_or(0, |row| row.operand);
        At { record: self.record() + 1, operand }
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
            number: self.row.head.number,
            label: self.row.head.label,
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
        self.row.head.label
    }
}
