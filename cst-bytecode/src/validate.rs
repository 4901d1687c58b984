//! Whether the records of a tree are what they say: checked once, when bytes come in.
//!
//! After it a view finds a record wherever it looks for one, and every parent ends where it says, with the
//! counts it says. Reading is checked all the same, so this is about right answers, not about safety.

use crate::columns::ArchivedStructure;
use crate::error::DecodeError;
use crate::ffi::Extent;
use crate::layout::{GROUP_OF_ERRORS, flags};
use crate::record::{Record, Records, Span, add};
use crate::shape::{Shape, padding};

/// A parent whose children are being gone through.
struct Open {
    shape: Shape,
    missing: u32,
    /// Where its text and its children's records begin.
    start: Extent,
    children: usize,
    /// How many visible subtrees there were up to it.
    visible: u32,
    span: Option<Span>,
    visible_children: u32,
    named_children: u32,
    has_error: bool,
}

/// Checks the structure in one pass over its records.
pub(crate) fn validate(structure: &ArchivedStructure) -> Result<(), DecodeError> {
    structure.shapes.iter().try_for_each(|shape| check_shape(structure, Shape(shape.to_native())))?;
    let records = Records::of(structure);
    let mut open: Vec<Open> = Vec::new();
    let (mut at, mut visible) = (0, 0);
    let mut position = Extent::default();
    // Whether a record since the last leaf has its padding.
    let mut is_padded = false;
    while at < records.end() {
        if open.is_empty() && at > 0 {
            return Err(DecodeError::corrupt("a record after the last subtree"));
        }
        let record = records.record(at).ok_or(NO_RECORD)?;
        let shape = record.shape;
        if shape.padding_form() != padding::NONE {
            if is_padded {
                return Err(DecodeError::corrupt("a padding in two places"));
            }
            is_padded = true;
        }
        let start = extend(position, record.padding)?;
        position = start;
        visible += u32::from(shape.is_visible());
        if record.child_count == 0 {
            let leaf = records.leaf(&record).ok_or(NO_RECORD)?;
            position = extend(position, leaf.size)?;
            at = leaf.next;
            is_padded = false;
            close(&records, &mut open, shape, at, position, visible)?;
        } else {
            let (span, children) = records.span(&record).ok_or(NO_RECORD)?;
            at = children;
            open.push(opened(&record, start, children, visible, span)?);
        }
    }
    if at != records.end() || records.bytes[at..].iter().any(|&byte| byte != 0) {
        return Err(NO_RECORD);
    }
    if open.is_empty() && at > 0 { Ok(()) } else { Err(DecodeError::corrupt("fewer records than children")) }
}

const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");

fn check_shape(structure: &ArchivedStructure, shape: Shape) -> Result<(), DecodeError> {
    if shape.name() > structure.names.len() {
        return Err(DecodeError::corrupt("a name that is not there"));
    }
    if shape.padding_form() > padding::LONG {
        return Err(NO_RECORD);
    }
    if (Records::of(structure).name(shape).alias != 0) != shape.has(flags::RENAMED) {
        return Err(DecodeError::corrupt("an alias that is not there"));
    }
    Ok(())
}

fn opened(
    record: &Record,
    start: Extent,
    children: usize,
    visible: u32,
    span: Option<Span>,
) -> Result<Open, DecodeError> {
    let shape = record.shape;
    Ok(Open {
        shape,
        missing: record.child_count,
        start,
        children,
        visible,
        span,
        visible_children: 0,
        named_children: 0,
        // An error costs something by itself.
        has_error: shape.symbol() >= GROUP_OF_ERRORS,
    })
}

/// Counts a leaf, and checks the parents that it completes.
fn close(
    records: &Records<'_>,
    open: &mut Vec<Open>,
    leaf: Shape,
    at: usize,
    position: Extent,
    visible: u32,
) -> Result<(), DecodeError> {
    let (mut shape, mut has_error) = (leaf, leaf.has(flags::MISSING));
    let (mut visible_children, mut named_children) = (0, 0);
    while let Some(parent) = open.last_mut() {
        parent.has_error |= has_error;
        if shape.is_visible() {
            parent.visible_children += 1;
            parent.named_children += u32::from(records.is_named(shape));
        } else {
            parent.visible_children += visible_children;
            parent.named_children += named_children;
        }
        parent.missing -= 1;
        if parent.missing > 0 {
            return Ok(());
        }
        check_parent(parent, at, position, visible)?;
        (shape, has_error) = (parent.shape, parent.has_error);
        (visible_children, named_children) = (parent.visible_children, parent.named_children);
        open.pop();
    }
    Ok(())
}

fn check_parent(parent: &Open, at: usize, position: Extent, visible: u32) -> Result<(), DecodeError> {
    if parent.has_error != parent.shape.has(flags::HAS_ERROR) {
        return Err(DecodeError::corrupt("a parent that keeps an error to itself"));
    }
    let Some(span) = parent.span else { return Ok(()) };
    let (children, named_children) =
        if parent.shape.is_visible() { (0, 0) } else { (parent.visible_children, parent.named_children) };
    let is_right = add(parent.start, span.size) == position
        && span.size.bytes == position.bytes - parent.start.bytes
        && span.length as usize == at - parent.children
        && span.descendants == visible - parent.visible
        && span.children == children
        && span.named_children == named_children;
    if is_right { Ok(()) } else { Err(DecodeError::corrupt("a parent that ends where its children do not")) }
}

fn extend(position: Extent, by: Extent) -> Result<Extent, DecodeError> {
    let end = add(position, by);
    let is_beyond = end.bytes < position.bytes || end.row < position.row;
    if is_beyond { Err(DecodeError::corrupt("text beyond 32 bits")) } else { Ok(end) }
}
