//! A pass over the records of a tree: how far it has come, what was counted, and the open parents that say something
//! about what is in them. Who makes it reads the records, or writes them.
//!
//! No stack of all open parents is kept, only of those, and how many subtrees are missing of the innermost: it is
//! complete when none is.

use core::hint::select_unpredictable;

use crate::advance::{Advance, Paddings, Sums};
use crate::error::DecodeError;
use crate::family::Family;
use crate::ffi::Extent;
use crate::layout::{GROUP_OF_ERRORS, flags};
use crate::place::Place;
use crate::shape::Shape;
use crate::span::Span;
use crate::step::{ERROR, LINE_END, SPAN};

pub(crate) const FEWER: DecodeError = DecodeError::corrupt("fewer records than children");
pub(crate) const MORE: DecodeError = DecodeError::corrupt("a record after the last subtree");
const PADDED_TWICE: DecodeError = DecodeError::corrupt("a padding in two places");
const KEPT_ERROR: DecodeError = DecodeError::corrupt("a parent that keeps an error to itself");

/// Room for open parents: few trees need more.
const DEPTH: usize = 32;

/// How far a pass has come.
pub(crate) struct Pass {
    /// Which record comes next, and where its operands begin.
    pub(crate) record: usize,
    pub(crate) operand: usize,
    /// Where the text has come to. In 64 bits, so that one look at the end tells whether it went beyond 32.
    bytes: u64,
    rows: u64,
    line: u32,
    /// Visible subtrees.
    visible: u32,
    /// How many errors there were.
    errors: u32,
    paddings: Paddings,
    family: Family,
    open: Vec<Open>,
}

/// An open parent that says something about what is in it: where it ends, or that there is an error.
struct Open {
    shape: Shape,
    /// Its first child's record, and where that one's operands begin.
    record: u32,
    operand: u32,
    start: Place,
    /// What was counted up to it.
    visible: u32,
    errors: u32,
    /// The subtrees that it is one of, as if it were complete, but for those that it has in common with them.
    family: Family,
    /// Whether its children are theirs, too.
    is_transparent: bool,
}

/// Records in a row, none of an open parent, none with long operands and none about an error. All that a loop has to
/// keep, so that it keeps it in registers.
pub(crate) struct Stretch {
    pub(crate) records: usize,
    sums: Sums,
    /// What they were before the last line end.
    line_end: Sums,
    paddings: Paddings,
    family: Family,
}

/// A subtree, as its record says.
pub(crate) struct Subtree {
    pub(crate) shape: Shape,
    pub(crate) padding: Extent,
    /// 0 of a leaf.
    pub(crate) child_count: u32,
    /// Of a leaf.
    pub(crate) size: Extent,
}

/// A parent that is complete.
pub(crate) struct Closed {
    pub(crate) shape: Shape,
    /// Where the operands of its extent end.
    pub(crate) operand: usize,
    /// What these have to say.
    pub(crate) span: Span,
}

impl Stretch {
    /// Goes past a record; `text` is what was read of its operands, if it was. Whether one is missing yet. To be called
    /// [`Sums::MOST`] times.
    #[inline(always)]
    pub(crate) fn add<const ERRORS: bool>(&mut self, advance: &Advance, text: u32) -> bool {
        self.records += 1;
        self.line_end = select_unpredictable(advance.has(LINE_END), self.sums, self.line_end);
        self.sums.add(advance.sums, text);
        self.paddings.go_past(advance);
        self.family.count::<ERRORS>(advance);
        self.family.missing > 0
    }

    /// Bytes of operands before the last line end, and of all.
    #[inline(always)]
    pub(crate) fn lengths(&self) -> (usize, usize) {
        (self.line_end.length(), self.sums.length())
    }
}

impl Closed {
    /// Where the operands of its extent begin.
    #[inline(always)]
    pub(crate) fn extent(&self) -> usize {
        self.operand - self.shape.extent_width()
    }
}

impl Pass {
    pub(crate) fn new() -> Self {
        Self {
            record: 0,
            operand: 0,
            bytes: 0,
            rows: 0,
            line: 0,
            visible: 0,
            errors: 0,
            paddings: Paddings::default(),
            family: Family::of(1),
            open: Vec::with_capacity(DEPTH),
        }
    }

    #[inline(always)]
    pub(crate) fn is_missing(&self) -> bool {
        self.family.missing > 0
    }

    /// Begins to go past records in a row.
    #[inline(always)]
    pub(crate) fn stretch(&self) -> Stretch {
        Stretch {
            records: 0,
            sums: Sums::default(),
            line_end: Sums::default(),
            paddings: self.paddings,
            family: self.family,
        }
    }

    /// Has gone past them, with so much text in the operands before the last line end, and in all, that was not added
    /// yet.
    #[inline(always)]
    pub(crate) fn take_stretch(&mut self, stretch: &Stretch, (before, text): (u64, u64)) {
        let Stretch { records, sums, line_end, paddings, family } = *stretch;
        let line = (self.bytes + line_end.text() + before) as u32;
        self.line = select_unpredictable(sums.line_ends() > 0, line.wrapping_add(1), self.line);
        self.bytes += sums.text() + text;
        self.rows += sums.line_ends();
        self.visible += sums.visible();
        self.record += records;
        self.operand += sums.length();
        (self.paddings, self.family) = (paddings, family);
    }

    /// Goes past a record without long operands that is not about an error, with so much text in its operands.
    #[inline(always)]
    pub(crate) fn take<const ERRORS: bool>(&mut self, shape: Shape, advance: &Advance, text: u32) {
        self.go_past(advance, text);
        if advance.has(SPAN) {
            self.open::<ERRORS>(shape, advance, advance.more.wrapping_add(1));
        } else {
            self.family.count::<ERRORS>(advance);
        }
    }

    #[inline(always)]
    fn go_past(&mut self, advance: &Advance, text: u32) {
        let sums = advance.sums;
        let line = (self.bytes as u32).wrapping_add(1);
        self.line = select_unpredictable(advance.has(LINE_END), line, self.line);
        self.bytes += sums.text() + u64::from(text);
        self.rows += sums.line_ends();
        self.visible += sums.visible();
        self.record += 1;
        self.operand += sums.length();
        self.paddings.go_past(advance);
    }

    /// Goes past a record of any form, whose operands were gone past.
    pub(crate) fn take_rare(&mut self, advance: &Advance, subtree: &Subtree) -> Result<(), DecodeError> {
        let Subtree { shape, padding, child_count, size } = *subtree;
        let is_error = advance.has(ERROR) && self.is_error(shape)?;
        self.record += 1;
        self.visible += advance.sums.visible();
        self.paddings.go_past(advance);
        self.extend(padding);
        if child_count > 0 && (advance.has(SPAN) || shape.has(flags::HAS_ERROR)) {
            self.open::<true>(shape, advance, child_count.into());
        } else {
            self.extend(size);
            self.family.count_long::<true>(advance, child_count.into());
        }
        self.errors += u32::from(is_error);
        Ok(())
    }

    /// Whether a subtree is an error. All parents that it is in tell of it, and so do all that an error is in; whether
    /// there is one is seen when they end.
    fn is_error(&self, shape: Shape) -> Result<bool, DecodeError> {
        let tells = !shape.is_leaf() && shape.has(flags::HAS_ERROR);
        let is_error =
            if shape.is_leaf() { shape.has(flags::MISSING) } else { shape.symbol() >= GROUP_OF_ERRORS };
        if !tells && !is_error {
            return Ok(false);
        }
        let is_told = match self.open.last() {
            Some(parent) => parent.shape.has(flags::HAS_ERROR) && self.family.next_is_own(),
            None => self.record == 0,
        };
        if is_told && (tells || shape.is_leaf()) { Ok(is_error) } else { Err(KEPT_ERROR) }
    }

    /// Begins a parent that says something, after its record was gone past.
    #[inline(always)]
    fn open<const ERRORS: bool>(&mut self, shape: Shape, advance: &Advance, child_count: u64) {
        let mut family = self.family;
        family.count_whole::<ERRORS>(advance);
        self.open.push(Open {
            shape,
            record: self.record as u32,
            operand: self.operand as u32,
            start: self.place(),
            visible: self.visible,
            errors: self.errors,
            family,
            is_transparent: self.family.next_is_child() & !shape.is_visible(),
        });
        self.family = Family::of(child_count);
    }

    /// Ends the innermost open parent, of which none is missing; `None` at the end of the tree.
    #[inline(always)]
    pub(crate) fn close(&mut self) -> Result<Option<Closed>, DecodeError> {
        let Some(parent) = self.open.pop() else { return Ok(None) };
        let shape = parent.shape;
        if shape.has(flags::HAS_ERROR) && self.errors == parent.errors {
            return Err(KEPT_ERROR);
        }
        let children = self.family.children;
        let counted = select_unpredictable(shape.is_visible(), 0, children);
        // No column has more bytes than 32 bits count, so it does no harm here if these do.
        let span = Span {
            size: parent.start.until(self.place()),
            descendants: self.visible.wrapping_sub(parent.visible),
            records: (self.record as u32).wrapping_sub(parent.record),
            operands: (self.operand as u32).wrapping_sub(parent.operand),
            children: counted as u32,
            named_children: (counted >> 32) as u32,
        };
        self.family = parent.family;
        self.family.children += select_unpredictable(parent.is_transparent, children, 0);
        Ok(Some(Closed { shape, operand: parent.operand as usize, span }))
    }

    fn extend(&mut self, text: Extent) {
        self.line = self.place().after(text).line;
        self.bytes += u64::from(text.bytes);
        self.rows += u64::from(text.row);
    }

    fn place(&self) -> Place {
        Place { byte: self.bytes as u32, row: self.rows as u32, line: self.line }
    }

    /// Refuses a padding in two places.
    pub(crate) fn check_paddings(&self) -> Result<(), DecodeError> {
        if self.paddings.were_two() { Err(PADDED_TWICE) } else { Ok(()) }
    }

    /// Refuses what is only known when the last record was gone past.
    pub(crate) fn check_end(&self) -> Result<(), DecodeError> {
        self.check_paddings()?;
        let is_counted = self.bytes.max(self.rows) <= u32::MAX.into();
        if is_counted { Ok(()) } else { Err(DecodeError::corrupt("text beyond 32 bits")) }
    }
}
