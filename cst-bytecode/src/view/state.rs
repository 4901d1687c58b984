//! Parse states, which follow from all that comes before.

use crate::decode::{StateColumn, read_shapes};
use crate::ffi::{Memo, States};
use crate::layout::flags;
use crate::record::At;
use crate::shape::Shape;

use super::node::NodeView;

/// What tree-sitter says of a node that was not made by one reduction.
const NONE: u16 = u16::MAX;

impl NodeView<'_> {
    /// The parser's state when it came to this node; 65535 for none. Costs a walk over all that comes before
    /// it: states are not stored, they follow.
    #[must_use]
    pub fn parse_state(&self) -> u16 {
        self.tree.grammar.with_memo(|memo| self.find_state(memo)).flatten().unwrap_or(NONE)
    }

    /// The parser's state after this node; 65535 for none. Costs what [`NodeView::parse_state`] does.
    #[must_use]
    pub fn next_parse_state(&self) -> u16 {
        match self.parse_state() {
            NONE => NONE,
            // As in tree-sitter: no state follows where the symbol is an error. And none from what is not there, which earlier
            // releases of it do not look at.
            state => self.tree.grammar.with_memo(|memo| memo.next(state, self.grammar_id())).unwrap_or(NONE),
        }
    }

    fn find_state(&self, memo: &mut Memo) -> Option<u16> {
        let tree = self.tree;
        let shapes = read_shapes(tree.structure, tree.parser_state).ok()?;
        let mut own_states = StateColumn::new(tree.parser_state).ok()?;
        let mut states = States::new(memo)?;
        let (mut at, mut subtree) = (At::default(), 0);
        loop {
            let record = tree.records.record(at)?;
            let number = record.number as usize;
            let end = *shapes.link_ends.get(number)? as usize;
            let start = if number == 0 { 0 } else { shapes.link_ends[number - 1] as usize };
            for &link in shapes.links.get(start..end)? {
                let link = shapes.rows.get(link as usize)?;
                let own = own_states.read(subtree).ok()?;
                states.next(link.symbol, 1, link.flags, own)?;
                subtree += 1;
            }
            let own = own_states.read(subtree).ok()?;
            let shape: Shape = record.shape;
            let state = states.next(shape.symbol(), record.child_count, shape.flags() & flags::SHIM, own)?;
            subtree += 1;
            if at.record == self.at.record {
                return Some(state);
            }
            at = match record.child_count {
                0 => tree.records.leaf(&record)?.next,
                _ => tree.records.children(&record),
            };
        }
    }
}
