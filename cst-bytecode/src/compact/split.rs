//! Records to streams.

use super::streams::{Stream, Streams};
use crate::columns::ArchivedStructure;
use crate::error::DecodeError;
use crate::layout::ESCAPE;
use crate::record::Records;
use crate::shape::{LONG, Shape, extent, padding};

const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");

/// Operands of records of one shape.
#[derive(Clone, Copy)]
struct Operands {
    /// How many of one byte: padding, size.
    padding: u8,
    size: u8,
    /// Bytes of a parent's extent.
    span: u8,
    /// Bytes of the padding, if more than one; of a long child count, or a long lookahead; of the size, if more than
    /// one, and a character.
    wide: [u8; 3],
}

impl Operands {
    fn of(shape: Shape) -> Self {
        let is_leaf = shape.is_leaf();
        let (padding_form, extent_form) = (shape.padding_form(), shape.extent_form());
        let is_long = if is_leaf { shape.lookahead() == LONG } else { shape.child_count() == LONG };
        let padding = match padding_form {
            padding::SHORT => 4,
            padding::LONG => 12,
            _ => 0,
        };
        let size = match extent_form {
            extent::SHORT if is_leaf => 4,
            extent::LONG if is_leaf => 12,
            _ => 0,
        };
        let character = if is_leaf && shape.is_error() { 4 } else { 0 };
        Self {
            padding: u8::from(matches!(padding_form, padding::LINE | padding::NEWLINE)),
            size: u8::from(is_leaf && extent_form == extent::LINE),
            span: if is_leaf { 0 } else { shape.extent_width() as u8 },
            wide: [padding, if is_long { 4 } else { 0 }, size + character],
        }
    }

    #[inline]
    fn has_wide(&self) -> bool {
        self.wide != [0; 3]
    }
}

/// Takes the operands to their streams; gives the numbers of the shapes, which are all there, or `None` where one is
/// longer than it need be.
pub(super) fn split(
    structure: &ArchivedStructure,
    streams: &mut Streams,
) -> Result<Option<Vec<u16>>, DecodeError> {
    let records = Records::of(structure);
    let shapes = records.shapes.iter().map(|shape| Shape(shape.to_native()));
    let operands: Vec<Operands> = shapes.map(Operands::of).collect();
    let bytes = records.bytes;
    let mut numbers = Vec::with_capacity(bytes.len() / 2);
    let mut paddings = Vec::with_capacity(bytes.len() / 4);
    let mut sizes = Vec::with_capacity(bytes.len() / 4);
    let mut wide = Vec::new();
    let mut is_short = true;
    let mut at = 0;
    while at < records.end() {
        let mut number = u16::from(bytes[at]);
        at += 1;
        if number == u16::from(ESCAPE) {
            let two = bytes.get(at..at + 2).ok_or(NO_RECORD)?;
            number = u16::from_le_bytes([two[0], two[1]]);
            is_short &= number >= u16::from(ESCAPE);
            at += 2;
        }
        numbers.push(number);
        let operands = operands.get(usize::from(number)).ok_or(NO_RECORD)?;
        // The padding and the size are never of one byte and wider.
        let mut take_wide = |at: &mut usize, i: usize| {
            let width = usize::from(operands.wide[i]);
            wide.extend_from_slice(bytes.get(*at..*at + width)?);
            *at += width;
            Some(())
        };
        if operands.padding > 0 {
            paddings.push(*bytes.get(at).ok_or(NO_RECORD)?);
            at += 1;
        }
        if operands.has_wide() {
            take_wide(&mut at, 0).and_then(|()| take_wide(&mut at, 1)).ok_or(NO_RECORD)?;
        }
        if operands.size > 0 {
            sizes.push(*bytes.get(at).ok_or(NO_RECORD)?);
            at += 1;
        }
        if operands.has_wide() {
            take_wide(&mut at, 2).ok_or(NO_RECORD)?;
        }
        at += usize::from(operands.span);
    }
    *streams.of_mut(Stream::Paddings) = paddings;
    *streams.of_mut(Stream::Sizes) = sizes;
    *streams.of_mut(Stream::Wide) = wide;
    Ok(is_short.then_some(numbers))
}
