//! Whether bytecode is laid out as a writer lays it out: then its columns say all of it.

use crate::columns::{ArchivedParserState, ArchivedStructure};
use crate::layout::{ALIGNMENT, HEADER_LENGTH};

pub(super) type Columns<'a> = (&'a ArchivedStructure, &'a ArchivedParserState);

/// Whether column stands behind column, each as near as its alignment allows, with zeros between.
pub(super) fn is_laid_out(bytes: &[u8], (structure, state): Columns<'_>) -> bool {
    let mut layout = Layout { bytes, at: HEADER_LENGTH };
    layout.has(&structure.shapes)
        && layout.has(&structure.names)
        && layout.has(&structure.numbers)
        && layout.has(&structure.operands)
        && layout.has(&structure.included_ranges)
        && layout.has(core::slice::from_ref(structure))
        && layout.align(ALIGNMENT)
        && layout.has(&state.shape_chains)
        && layout.has(&state.chains)
        && layout.has(&state.links)
        && layout.has(&state.precedences)
        && layout.has(&state.parse_states)
        && layout.has(&state.exceptions)
        && layout.has(&state.scanner_state_ids)
        && layout.has(&state.scanner_state_ends)
        && layout.has(&state.scanner_states)
        && layout.has(core::slice::from_ref(state))
        && layout.at == bytes.len()
}

struct Layout<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Layout<'_> {
    /// Whether a column comes next; goes on behind it.
    fn has<T>(&mut self, column: &[T]) -> bool {
        let is_here = self.align(align_of::<T>())
            && column.as_ptr().addr().checked_sub(self.bytes.as_ptr().addr()) == Some(self.at);
        self.at += size_of_val(column);
        is_here
    }

    /// Goes on to the next multiple; whether nothing but zeros is before it.
    fn align(&mut self, alignment: usize) -> bool {
        let start = self.at;
        self.at = start.next_multiple_of(alignment);
        self.bytes.get(start..self.at).is_some_and(|between| between.iter().all(|&byte| byte == 0))
    }
}
