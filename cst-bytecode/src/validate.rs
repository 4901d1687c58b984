//! Whether the records of a tree are what they say: checked once, when bytes come in.
//!
//! After it a view finds a record wherever it looks for one, and every parent ends where it says, with the
//! counts it says. Reading is checked all the same, so this is about right answers, not about safety.
//!
//! No stack of all open parents is kept, only how many subtrees are missing, of all of them together: a parent is
//! complete when one less is missing than before it. That number is its **floor**.

use crate::columns::ArchivedStructure;
use crate::error::DecodeError;
use crate::layout::{GROUP_OF_ERRORS, flags};
use crate::place::Place;
use crate::record::{Records, Span};
use crate::shape::{Shape, padding};
use crate::step::{ERROR, NAMED, PADDED, RARE, Step, VISIBLE, head};

/// Checks the structure in one pass over its records.
pub(crate) fn validate(structure: &ArchivedStructure) -> Result<(), DecodeError> {
    let records = Records::of(structure);
    let check = |shape: &rkyv::Archived<u64>| {
        let shape = Shape(shape.to_native());
        check_shape(structure, &records, shape).map(|()| Step::of(&records, shape))
    };
    let steps = records.shapes.iter().map(check).collect::<Result<Vec<_>, _>>()?;
    let mut pass = Pass { records, missing: 1, inner: u64::MAX, clean: u64::MAX, ..Pass::default() };
    pass.read(&steps)?;
    let (at, end) = (pass.at, records.end());
    if pass.missing > 0 {
        return Err(DecodeError::corrupt("fewer records than children"));
    }
    if at < end {
        return Err(DecodeError::corrupt("a record after the last subtree"));
    }
    if at != end || records.bytes[at..].iter().any(|&byte| byte != 0) {
        return Err(NO_RECORD);
    }
    if pass.bytes.max(pass.rows) > u64::from(u32::MAX) { Err(BEYOND_32_BITS) } else { Ok(()) }
}

const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");
const BEYOND_32_BITS: DecodeError = DecodeError::corrupt("text beyond 32 bits");
const KEPT_ERROR: DecodeError = DecodeError::corrupt("a parent that keeps an error to itself");

fn check_shape(
    structure: &ArchivedStructure,
    records: &Records<'_>,
    shape: Shape,
) -> Result<(), DecodeError> {
    if shape.name() > structure.names.len() {
        return Err(DecodeError::corrupt("a name that is not there"));
    }
    if shape.padding_form() > padding::LONG {
        return Err(NO_RECORD);
    }
    if (records.name(shape).alias != 0) != shape.has(flags::RENAMED) {
        return Err(DecodeError::corrupt("an alias that is not there"));
    }
    Ok(())
}

/// How far the records were gone through, and what was counted.
#[derive(Default)]
struct Pass<'a> {
    records: Records<'a>,
    at: usize,
    /// Subtrees that were promised and have not come.
    missing: u64,
    /// Where the text has come to. In 64 bits, so that one look at the end tells whether it went beyond 32.
    bytes: u64,
    rows: u64,
    line: u32,
    visible: u32,
    /// Visible children, and named ones in the upper half, of the innermost hidden parent that says how many it has.
    children: u64,
    /// The floor of the last of them, whose descendants do not count.
    inner: u64,
    /// The floor of the outermost open parent in which there is to be no error.
    clean: u64,
    /// How many errors there were.
    errors: u32,
    /// Whether a record since the last leaf has its padding.
    is_padded: bool,
    open: Vec<Open>,
}

/// An open parent that says something about its descendants.
struct Open {
    floor: u64,
    shape: Shape,
    start: Place,
    /// Where its children's records begin.
    inside: usize,
    span: Option<Span>,
    /// What was counted up to it.
    visible: u32,
    errors: u32,
    children: u64,
    /// What is to be counted on with after it, if not with the same.
    outer: Option<(u64, u64)>,
}

impl Pass<'_> {
    /// Goes through the records until none is missing.
    fn read(&mut self, steps: &[Step]) -> Result<(), DecodeError> {
        let bytes = self.records.bytes;
        let end = self.records.end();
        // The floor of the innermost open parent that says something; none is missing after the root.
        let mut floor = 0;
        let Self { mut at, mut missing, bytes: mut byte, mut rows, mut line, mut visible, .. } = *self;
        let Self { mut children, mut inner, mut clean, mut is_padded, .. } = *self;
        let mut is_padded_twice = false;
        while at < end {
            let (number, operands, start) = head(bytes, at).ok_or(NO_RECORD)?;
            let step = *steps.get(number).ok_or(NO_RECORD)?;
            if step.has(RARE | ERROR) {
                (self.at, self.missing, self.bytes, self.rows, self.line) = (at, missing, byte, rows, line);
                (self.visible, self.children, self.inner, self.clean) = (visible, children, inner, clean);
                self.is_padded = is_padded;
                self.read_rare(step)?;
                Self {
                    at,
                    missing,
                    bytes: byte,
                    rows,
                    line,
                    visible,
                    children,
                    inner,
                    clean,
                    is_padded,
                    ..
                } = *self;
                floor = self.open.last().map_or(0, |open| open.floor);
            } else {
                let is_leaf = step.child_count() == 0;
                is_padded_twice |= is_padded & step.has(PADDED);
                is_padded = (is_padded | step.has(PADDED)) & !is_leaf;
                let line_ends = step.padding_rows();
                line = if line_ends == 0 { line } else { (byte as u32).wrapping_add(1) };
                rows += u64::from(line_ends);
                byte += u64::from(step.padding(operands) + step.size(operands));
                at = start + step.length();
                let own = missing - 1;
                visible += u32::from(step.bits() & VISIBLE);
                (children, inner) = count(step, (children, inner), missing);
                clean = if missing > clean {
                    clean
                } else if is_leaf {
                    u64::MAX
                } else {
                    own
                };
                missing = own + u64::from(step.child_count());
            }
            if missing == floor {
                if is_padded_twice {
                    return Err(PADDED_TWICE);
                }
                (self.at, self.bytes, self.rows, self.line) = (at, byte, rows, line);
                (self.visible, self.children, self.inner) = (visible, children, inner);
                floor = self.close(missing)?;
                (children, inner) = (self.children, self.inner);
                if missing == 0 {
                    break;
                }
            }
        }
        (self.at, self.missing, self.bytes, self.rows) = (at, missing, byte, rows);
        if is_padded_twice { Err(PADDED_TWICE) } else { Ok(()) }
    }

    /// A record with long operands, of a parent that says something, or about an error.
    #[inline(never)]
    fn read_rare(&mut self, step: Step) -> Result<(), DecodeError> {
        let record = self.records.record(self.at).ok_or(NO_RECORD)?;
        let shape = record.shape;
        if self.is_padded && step.has(PADDED) {
            return Err(PADDED_TWICE);
        }
        self.is_padded |= step.has(PADDED);
        self.extend(record.padding);
        self.visible += u32::from(step.bits() & VISIBLE);
        let (missing, own) = (self.missing, self.missing - 1);
        let is_in_clean = missing > self.clean;
        let is_source =
            if shape.is_leaf() { shape.has(flags::MISSING) } else { shape.symbol() >= GROUP_OF_ERRORS };
        if is_source && is_in_clean {
            return Err(KEPT_ERROR);
        }
        let errors = self.errors;
        self.errors += u32::from(is_source);
        if shape.is_leaf() {
            let leaf = self.records.leaf(&record).ok_or(NO_RECORD)?;
            self.extend(leaf.size);
            self.at = leaf.next;
            self.is_padded = false;
            self.missing = own;
            (self.children, self.inner) = count(step, (self.children, self.inner), missing);
            return Ok(());
        }
        let has_error = shape.has(flags::HAS_ERROR);
        if is_source && !has_error {
            return Err(KEPT_ERROR);
        }
        if !is_in_clean {
            self.clean = if has_error { u64::MAX } else { own };
        }
        let (span, inside) = self.records.span(&record).ok_or(NO_RECORD)?;
        self.at = inside;
        let (mut children, mut outer) = (self.children, None);
        if span.is_some() && !shape.is_visible() && missing > self.inner {
            // It is in a node that does not count its children, so it counts its own from none.
            outer = Some((self.children, self.inner));
            (children, self.children, self.inner) = (0, 0, u64::MAX);
        } else {
            (self.children, self.inner) = count(step, (self.children, self.inner), missing);
        }
        self.missing = own + u64::from(record.child_count);
        if span.is_some() || has_error {
            let (start, visible) = (self.place(), self.visible);
            self.open.push(Open { floor: own, shape, start, inside, span, visible, errors, children, outer });
        }
        Ok(())
    }

    fn place(&self) -> Place {
        Place { byte: self.bytes as u32, row: self.rows as u32, line: self.line }
    }

    fn extend(&mut self, text: crate::ffi::Extent) {
        self.line = self.place().after(text).line;
        self.bytes += u64::from(text.bytes);
        self.rows += u64::from(text.row);
    }

    /// Checks the parents that are complete with so many missing. Gives the floor of the next.
    #[inline(never)]
    fn close(&mut self, missing: u64) -> Result<u64, DecodeError> {
        while let Some(parent) = self.open.pop_if(|open| open.floor == missing) {
            if parent.shape.has(flags::HAS_ERROR) && self.errors == parent.errors {
                return Err(KEPT_ERROR);
            }
            if let Some(span) = parent.span {
                self.check(&parent, &span)?;
            }
            if let Some(outer) = parent.outer {
                (self.children, self.inner) = outer;
            }
        }
        Ok(self.open.last().map_or(0, |open| open.floor))
    }

    fn check(&self, parent: &Open, span: &Span) -> Result<(), DecodeError> {
        let counted = if parent.shape.is_visible() { 0 } else { self.children - parent.children };
        let is_right = parent.start.after(span.size) == self.place()
            && u64::from(parent.start.byte) + u64::from(span.size.bytes) == self.bytes
            && span.length as usize == self.at - parent.inside
            && span.descendants == self.visible - parent.visible
            && (u64::from(span.named_children) << 32 | u64::from(span.children)) == counted;
        if is_right {
            Ok(())
        } else {
            Err(DecodeError::corrupt("a parent that ends where its children do not"))
        }
    }
}

const PADDED_TWICE: DecodeError = DecodeError::corrupt("a padding in two places");

/// Counts a subtree, unless it is in one that counted: the counts, and the floor of the last that did.
#[inline(always)]
fn count(step: Step, (children, inner): (u64, u64), missing: u64) -> (u64, u64) {
    let own = u64::from(step.bits() & VISIBLE) | u64::from(step.bits() & NAMED) << 31;
    let (is_inside, is_visible) = (missing > inner, step.has(VISIBLE));
    let next = if is_visible { missing - 1 } else { u64::MAX };
    (children + if is_inside { 0 } else { own }, if is_inside { inner } else { next })
}
