//! The way down to a goal, in one pass over the records before it.
//!
//! A small parent does not say where it ends. To ask it costs going through it, and its children again if the goal
//! is in it. So records are read one after the other, into all parents but those that say that the goal is not in
//! them; and of the parents that are open, where each begins is kept.

use crate::place::Place;
use crate::record::{At, Records};
use crate::step::{RARE, VISIBLE};

use super::navigate::node_at;
use super::node::{Above, NodeView};
use super::table::Text;

/// What is looked for. Both are asked of subtrees in pre-order.
pub(super) trait Goal {
    /// Whether it is not in a subtree, which lies there, and after which the record `next` comes.
    fn is_after(&self, next: u32, start: Place, end: Place) -> bool;
    /// Whether a record is it. `end` is that of a leaf.
    fn is_at(&self, at: u32, start: Place, end: Option<Place>) -> bool;
}

/// How many visible parents may be open: few real trees are as deep.
const DEPTH: usize = 48;

/// A visible parent that is open.
#[derive(Clone, Copy, Default)]
struct Open {
    at: At,
    start: Place,
    /// How many subtrees are missing, of all parents together, once it is complete.
    floor: u32,
}

/// The visible parents from a node down to a goal, and the goal.
pub(super) struct Path<'tree> {
    from: NodeView<'tree>,
    open: [Open; DEPTH],
    /// How many there are, `from` not among them.
    depth: usize,
    /// The record that was looked for, where it begins, and where it ends, if it is a leaf.
    pub(super) goal: At,
    pub(super) goal_start: Place,
    pub(super) goal_end: Option<Place>,
    is_goal_visible: bool,
}

impl<'tree> Path<'tree> {
    /// The way from a node to a goal in it. `None` where that is too deep, or not there.
    pub(super) fn find(from: NodeView<'tree>, goal: &impl Goal) -> Option<Self> {
        let tree = from.tree;
        let (records, table) = (&tree.records, tree.table());
        let mut path = Self {
            from,
            open: [Open::default(); DEPTH],
            depth: 0,
            goal: At::default(),
            goal_start: from.start,
            goal_end: None,
            is_goal_visible: false,
        };
        let mut text = Text::at(from.start);
        let (mut at, stop) = (from.inside, from.next.record);
        let (mut missing, mut floor, mut depth) = (1_u32 << 31, 0, 0);
        while at.record < stop {
            let (entry, operand) = table.entry_at(records, at)?;
            let (next, start, end, child_count, is_past);
            if entry.step.has(RARE) {
                let rare = read(records, at, text.place())?;
                start = rare.start;
                is_past = rare.is_past && goal.is_after(rare.after.record, start, rare.end);
                child_count = if is_past { 0 } else { rare.child_count };
                next = if is_past { rare.after } else { rare.next };
                text = Text::at(if is_past || child_count == 0 { rare.end } else { start });
            } else {
                let operands = records.word(operand)?;
                text.pad(entry, operands);
                start = text.place();
                text.pass(entry, operands);
                next = At { record: at.record + 1, operand: entry.past(operand) };
                (child_count, is_past) = (entry.head.children, false);
            }
            end = text.place();
            let leaf_end = (child_count == 0).then_some(end);
            if !is_past && goal.is_at(at.record, start, leaf_end) {
                (path.depth, path.goal, path.goal_start, path.goal_end) = (depth, at, start, leaf_end);
                path.is_goal_visible = entry.step.has(VISIBLE);
                return Some(path);
            }
            missing = missing.wrapping_sub(1);
            if entry.step.has(VISIBLE) && child_count > 0 {
                *path.open.get_mut(depth)? = Open { at, start, floor: missing };
                (floor, depth) = (missing, depth + 1);
            }
            missing = missing.wrapping_add(child_count);
            while missing == floor && depth > 0 {
                depth -= 1;
                floor = if depth == 0 { 0 } else { path.open.get(depth - 1)?.floor };
            }
            at = next;
        }
        None
    }

    /// The parent that is so far down: 0 is the node that it started from.
    pub(super) fn node(&self, depth: usize) -> Option<NodeView<'tree>> {
        let Some(above) = depth.checked_sub(1) else { return Some(self.from) };
        let Open { at, start, .. } = *self.open.get(above)?;
        self.node_at((at, start), above)
    }

    /// How far down the goal's parent is.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The goal, if it is visible.
    pub(super) fn goal(&self) -> Option<NodeView<'tree>> {
        if !self.is_goal_visible {
            return None;
        }
        self.node_at((self.goal, self.goal_start), self.depth)
    }

    /// The node that is there, whose parent is so far down. It does not know where that one ends: to find out is left to who
    /// asks for siblings.
    fn node_at(&self, place: (At, Place), depth: usize) -> Option<NodeView<'tree>> {
        let above = match depth.checked_sub(1) {
            None => self.from.as_above(),
            Some(parent) => {
                let Open { at, start, .. } = *self.open.get(parent)?;
                Above { at, start, limit: NodeView::NO_LIMIT }
            }
        };
        node_at(self.from.tree, place, NodeView::NO_LIMIT, above)
    }

    /// How far down the last parent is that begins at a byte, or before it.
    pub(super) fn depth_at(&self, byte: usize) -> usize {
        let steps = self.open.get(..self.depth).unwrap_or_default();
        steps.iter().rposition(|step| step.start.byte as usize <= byte).map_or(0, |place| place + 1)
    }
}

/// A record of a rare form.
struct Rare {
    start: Place,
    /// Where a leaf ends, or a parent that says so; and the record after that.
    end: Place,
    after: At,
    is_past: bool,
    child_count: u32,
    /// Where the next record is.
    next: At,
}

#[inline(always)]
fn read(records: &Records<'_>, at: At, position: Place) -> Option<Rare> {
    let record = records.record(at)?;
    let start = position.after(record.padding);
    if record.shape.is_leaf() {
        let leaf = records.leaf(&record)?;
        let end = start.after(leaf.size);
        return Some(Rare {
            start,
            end,
            after: At::default(),
            is_past: false,
            child_count: 0,
            next: leaf.next,
        });
    }
    let (span, next) = records.span(&record)?;
    let child_count = record.child_count;
    Some(match span {
        Some(span) => {
            let after = next.past(&span)?;
            Rare { start, end: start.after(span.size), after, is_past: true, child_count, next }
        }
        None => Rare { start, end: start, after: At::default(), is_past: false, child_count, next },
    })
}
