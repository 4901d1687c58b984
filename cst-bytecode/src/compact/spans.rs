//! Parents that say where they end, until that is known.

use super::pass::Pass;
use super::rare::KEPT_ERROR;
use crate::error::DecodeError;
use crate::ffi::Extent;
use crate::layout::flags;
use crate::place::Place;
use crate::record::{Span, length_place, span_form, write_span};
use crate::shape::{Shape, extent};

/// An open parent that says something about its descendants.
struct Open {
    floor: u64,
    shape: Shape,
    /// Where its extent stands, and where its text begins.
    at: usize,
    start: Place,
    /// What was counted up to it.
    visible: u32,
    errors: u32,
    children: u64,
    /// What is to be counted on with after it, if not with the same.
    outer: Option<(u64, u64)>,
}

/// Those that are open, the innermost last.
#[derive(Default)]
pub(super) struct Spans {
    open: Vec<Open>,
    /// The extent that is being written.
    bytes: Vec<u8>,
}

impl Spans {
    /// The floor of the innermost; that after the root if there is none.
    #[inline(always)]
    pub(super) fn floor(&self) -> u64 {
        self.open.last().map_or(0, |open| open.floor)
    }

    /// A parent begins, with its extent where the records have come to.
    pub(super) fn open(
        &mut self,
        shape: Shape,
        floor: u64,
        children: u64,
        outer: Option<(u64, u64)>,
        errors: u32,
        pass: &Pass,
    ) {
        let Pass { at, visible, .. } = *pass;
        self.open.push(Open { floor, shape, at, start: pass.place(), visible, errors, children, outer });
    }

    /// Writes the extents of the parents that are complete. Gives the floor of the next.
    #[inline(never)]
    pub(super) fn close(&mut self, pass: &mut Pass, errors: u32, out: &mut [u8]) -> Result<u64, DecodeError> {
        while let Some(parent) = self.open.pop_if(|open| open.floor == pass.missing) {
            if parent.shape.has(flags::HAS_ERROR) && errors == parent.errors {
                return Err(KEPT_ERROR);
            }
            if parent.shape.extent_form() != extent::NONE {
                self.write(&parent, pass, out)?;
            }
            if let Some(outer) = parent.outer {
                (pass.children, pass.inner) = outer;
            }
        }
        Ok(self.floor())
    }

    fn write(&mut self, parent: &Open, pass: &Pass, out: &mut [u8]) -> Result<(), DecodeError> {
        const NO_ROOM: DecodeError = DecodeError::corrupt("an extent that its form has no room for");
        let (shape, form) = (parent.shape, parent.shape.extent_form());
        let is_hidden = !shape.is_visible();
        let counted = if is_hidden { pass.children - parent.children } else { 0 };
        let inside = parent.at + shape.extent_width();
        let span = Span {
            size: between(parent.start, pass.place()),
            descendants: pass.visible - parent.visible,
            length: u32::try_from(pass.at - inside).map_err(|_| NO_ROOM)?,
            children: counted as u32,
            named_children: (counted >> 32) as u32,
        };
        let (offset, width) = length_place(form);
        if span_form(is_hidden, &span) > form || width == 2 && span.length > u32::from(u16::MAX) {
            return Err(NO_ROOM);
        }
        self.bytes.clear();
        write_span(&mut self.bytes, shape, &span);
        self.bytes[offset..offset + width].copy_from_slice(&span.length.to_le_bytes()[..width]);
        out.get_mut(parent.at..inside).ok_or(NO_ROOM)?.copy_from_slice(&self.bytes);
        Ok(())
    }
}

/// What comes between two places.
fn between(start: Place, end: Place) -> Extent {
    let row = end.row.wrapping_sub(start.row);
    let column = if row > 0 { end.column() } else { end.column().wrapping_sub(start.column()) };
    Extent { bytes: end.byte.wrapping_sub(start.byte), row, column }
}
