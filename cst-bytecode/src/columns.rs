//! The two sections: flat columns of little-endian integers, archived with rkyv.
//!
//! Only vectors of integers, nothing richer: their validation is a bounds check, and no bit pattern
//! of an integer is wrong. The format-control features of rkyv are global to a build, so what this
//! crate relies on is asserted below.

use rkyv::rancor::Failure;
use rkyv::{Archive, Serialize};

use crate::error::DecodeError;

/// What a view reads.
#[derive(Archive, Serialize, Default)]
pub(crate) struct Structure {
    /// Shapes (`shape.rs`), in the order they are met.
    pub(crate) shapes: Vec<u64>,
    /// Alias, and field with [`NAMED_ALIAS`](crate::layout::NAMED_ALIAS), that shapes name by number from 1 on.
    pub(crate) names: Vec<[u16; 2]>,
    /// A record for each subtree in pre-order, those in chains aside (`record.rs`): the number of its shape, or where that
    /// stands; and what follows.
    pub(crate) numbers: Vec<u8>,
    pub(crate) operands: Vec<u8>,
    /// Six numbers a range: start and end byte, start row and column, end row and column.
    pub(crate) included_ranges: Vec<[u32; 6]>,
}

/// What only the parser needs to go on from the tree.
#[derive(Archive, Serialize, Default)]
pub(crate) struct ParserState {
    /// Of each shape: the chain of hidden parents above it, with no other child; 0 for none.
    pub(crate) shape_chains: Vec<u8>,
    /// Chains, from 1 on: the chain above, 0 for none, and the link at the end.
    pub(crate) chains: Vec<[u16; 2]>,
    /// Shapes of the hidden parents in chains.
    pub(crate) links: Vec<u64>,
    /// What a shape, or after them a link, adds to the dynamic precedences of its children, if anything.
    pub(crate) precedences: Vec<(u32, i32)>,
    /// Parse states that do not follow from their place, as varints: distance in subtrees, state.
    pub(crate) parse_states: Vec<u8>,
    /// Derived fields that differ from what derives, as varints: distance in subtrees, which, values.
    pub(crate) exceptions: Vec<u8>,
    /// Of each external token: which scanner state, as a varint.
    pub(crate) scanner_state_ids: Vec<u8>,
    /// Where each distinct scanner state ends in `scanner_states`.
    pub(crate) scanner_state_ends: Vec<u32>,
    pub(crate) scanner_states: Vec<u8>,
}

impl Structure {
    /// What the columns take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.shapes.len() * 8
            + self.names.len() * 4
            + self.numbers.len()
            + self.operands.len()
            + self.included_ranges.len() * 24
    }
}

impl ParserState {
    /// What the columns take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.shape_chains.len()
            + self.chains.len() * 4
            + self.links.len() * 8
            + self.precedences.len() * 8
            + self.parse_states.len()
            + self.exceptions.len()
            + self.scanner_state_ids.len()
            + self.scanner_state_ends.len() * 4
            + self.scanner_states.len()
    }
}

// Five and nine columns of an offset and a length, four bytes each, aligned to four.
const _: () = {
    assert!(size_of::<ArchivedStructure>() == 5 * 8);
    assert!(align_of::<ArchivedStructure>() == 4);
    assert!(size_of::<ArchivedParserState>() == 9 * 8);
    assert!(align_of::<ArchivedParserState>() == 4);
    assert!(size_of::<rkyv::Archived<u64>>() == 8);
    assert!(align_of::<rkyv::Archived<u64>>() == 8);
    assert!(size_of::<rkyv::Archived<(u32, i32)>>() == 8);
    assert!(align_of::<rkyv::Archived<u16>>() == 2);
};

/// Finds the structure in its section. Checks that every column lies inside.
pub(crate) fn structure(section: &[u8]) -> Result<&ArchivedStructure, DecodeError> {
    rkyv::access::<ArchivedStructure, Failure>(section)
        .map_err(|Failure| DecodeError::corrupt("a column of the structure lies outside"))
}

/// Finds the parser's part in its section. Checks that every column lies inside.
pub(crate) fn parser_state(section: &[u8]) -> Result<&ArchivedParserState, DecodeError> {
    rkyv::access::<ArchivedParserState, Failure>(section)
        .map_err(|Failure| DecodeError::corrupt("a column of the parser's state lies outside"))
}
