//! The two sections: flat columns of little-endian integers, archived with rkyv.
//!
//! Only vectors of integers, nothing richer: their validation is a bounds check, and no bit pattern
//! of an integer is wrong. The format-control features of rkyv are global to a build, so what this
//! crate relies on is asserted below.

use rkyv::rancor::Failure;
use rkyv::{Archive, Serialize};

use crate::error::DecodeError;

/// What a view reads.
///
/// A *shape* is what subtrees have in common: symbol, production, flags, child count, own dynamic
/// precedence and, for leaves, lookahead. A file has a few hundred of them, so a subtree is one byte.
#[derive(Archive, Serialize, Default)]
pub(crate) struct Structure {
    /// Shapes, the most used first. All `shape_*` columns have one length.
    pub(crate) shape_symbols: Vec<u16>,
    pub(crate) shape_productions: Vec<u16>,
    pub(crate) shape_flags: Vec<u16>,
    pub(crate) shape_child_counts: Vec<u32>,
    pub(crate) shape_precedences: Vec<i32>,
    /// Lookahead bytes of a leaf; `ESCAPE` when they do not fit. Zero for parents, who derive theirs.
    pub(crate) shape_lookaheads: Vec<u8>,
    /// Shape of each subtree in pre-order; `ESCAPE` for those of `rare_shapes`.
    pub(crate) shapes: Vec<u8>,
    /// Shapes numbered `ESCAPE` and above, in the order they are met.
    pub(crate) rare_shapes: Vec<u32>,
    /// Of each leaf: white space before it, when it is bytes on one line; else `ESCAPE`.
    pub(crate) paddings: Vec<u8>,
    /// Of each leaf: its size, when it is bytes on one line; else `ESCAPE`.
    pub(crate) sizes: Vec<u8>,
    /// What was escaped, leaf by leaf, as varints.
    pub(crate) long_values: Vec<u8>,
    /// Six numbers a range: start and end byte, start row and column, end row and column.
    pub(crate) included_ranges: Vec<[u32; 6]>,
}

/// What only the parser needs to go on from the tree.
#[derive(Archive, Serialize, Default)]
pub(crate) struct ParserState {
    /// Parse state of each subtree in pre-order.
    pub(crate) parse_states: Vec<u16>,
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
        self.shape_symbols.len() * (2 + 2 + 2 + 4 + 4 + 1)
            + self.shapes.len()
            + self.rare_shapes.len() * 4
            + self.paddings.len()
            + self.sizes.len()
            + self.long_values.len()
            + self.included_ranges.len() * 24
    }
}

impl ParserState {
    /// What the columns take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.parse_states.len() * 2
            + self.exceptions.len()
            + self.scanner_state_ids.len()
            + self.scanner_state_ends.len() * 4
            + self.scanner_states.len()
    }
}

// Twelve and five columns of an offset and a length, four bytes each, aligned to four.
const _: () = {
    assert!(size_of::<ArchivedStructure>() == 12 * 8);
    assert!(align_of::<ArchivedStructure>() == 4);
    assert!(size_of::<ArchivedParserState>() == 5 * 8);
    assert!(align_of::<ArchivedParserState>() == 4);
    assert!(size_of::<rkyv::Archived<u32>>() == 4);
    assert!(align_of::<rkyv::Archived<u16>>() == 2);
};

/// Finds the structure in its section. Checks that every column lies inside.
pub(crate) fn structure(section: &[u8]) -> Result<&ArchivedStructure, DecodeError> {
    let structure = rkyv::access::<ArchivedStructure, Failure>(section)
        .map_err(|Failure| DecodeError::corrupt("a column of the structure lies outside"))?;
    let shapes = structure.shape_symbols.len();
    let same = [
        structure.shape_productions.len(),
        structure.shape_flags.len(),
        structure.shape_child_counts.len(),
        structure.shape_precedences.len(),
        structure.shape_lookaheads.len(),
    ];
    if same != [shapes; 5] || structure.paddings.len() != structure.sizes.len() {
        return Err(DecodeError::corrupt("columns that belong together differ in length"));
    }
    Ok(structure)
}

/// Finds the parser's part in its section. Checks that every column lies inside.
pub(crate) fn parser_state(section: &[u8]) -> Result<&ArchivedParserState, DecodeError> {
    rkyv::access::<ArchivedParserState, Failure>(section)
        .map_err(|Failure| DecodeError::corrupt("a column of the parser's state lies outside"))
}
