//! Records to streams.

use super::streams::{Stream, Streams};
use crate::columns::ArchivedStructure;
use crate::error::DecodeError;
use crate::layout::ESCAPE;
use crate::record::Records;
use crate::shape::{LONG, Shape, extent, padding};
use crate::step::head;

const NO_RECORD: DecodeError = DecodeError::corrupt("a record of no known form");

/// Operands of records of one shape.
#[derive(Clone, Copy, Default)]
struct Operands {
    /// How many of one byte: padding, size; and bits before the latter.
    padding: u8,
    size: u8,
    shift: u8,
    /// Whether there are others.
    is_rare: bool,
    /// Bytes of wide ones: before a size of one byte, the padding, and a child count or lookahead; after it, a size,
    /// and the character of an error. And of a parent's extent.
    before: u8,
    after: u8,
    span: u8,
}

impl Operands {
    fn of(shape: Shape) -> Self {
        let is_leaf = shape.is_leaf();
        let (padding_form, extent_form) = (shape.padding_form(), shape.extent_form());
        let is_long = if is_leaf { shape.lookahead() == LONG } else { shape.child_count() == LONG };
        let wide_padding = match padding_form {
            padding::SHORT => 4,
            padding::LONG => 12,
            _ => 0,
        };
        let wide_size = match extent_form {
            extent::SHORT if is_leaf => 4,
            extent::LONG if is_leaf => 12,
            _ => 0,
        };
        let padding = u8::from(matches!(padding_form, padding::LINE | padding::NEWLINE));
        let before = wide_padding + if is_long { 4 } else { 0 };
        let after = wide_size + if is_leaf && shape.is_error() { 4 } else { 0 };
        let span = if is_leaf { 0 } else { shape.extent_width() as u8 };
        Self {
            padding,
            size: u8::from(is_leaf && extent_form == extent::LINE),
            shift: padding * 8,
            is_rare: before | after | span > 0,
            before,
            after,
            span,
        }
    }
}

/// Of each record the number of its shape; and how often each shape occurs.
pub(super) struct Numbers {
    pub(super) records: Vec<u16>,
    pub(super) counts: Vec<u32>,
}

/// Takes the operands to their streams; gives the numbers of the shapes, which are all there, or `None` where one is
/// longer than it need be, or they are not numbered as they are met.
pub(super) fn split(
    structure: &ArchivedStructure,
    streams: &mut Streams,
) -> Result<Option<Numbers>, DecodeError> {
    let records = Records::of(structure);
    let shapes = records.shapes.iter().map(|shape| Shape(shape.to_native()));
    let operands: Vec<Operands> = shapes.map(Operands::of).collect();
    let (bytes, end) = (records.bytes, records.end());
    // A record has at least one byte, and as many again if it has an operand.
    let mut numbers = Vec::with_capacity(end / 2);
    let mut paddings = vec![0; end / 2 + 1];
    let mut sizes = vec![0; end / 2 + 1];
    let mut wide = Vec::new();
    let (mut padding_count, mut size_count) = (0, 0);
    let mut counts = vec![0; operands.len()];
    // Shapes met, and whether one was met before its turn. To read where the next record begins takes so long that to
    // count meanwhile costs nothing.
    let (mut met, mut is_ahead) = (0, false);
    let mut at = 0;
    while at < end {
        let (number, word, start) = head(bytes, at).ok_or(NO_RECORD)?;
        if start > at + 1 && number < ESCAPE.into() {
            return Ok(None);
        }
        let operands = *operands.get(number).ok_or(NO_RECORD)?;
        numbers.push(number as u16);
        counts[number] += 1;
        is_ahead |= number > met;
        met += usize::from(number == met);
        *paddings.get_mut(padding_count).ok_or(NO_RECORD)? = word as u8;
        padding_count += usize::from(operands.padding);
        let mut size = (word >> (operands.shift & 63)) as u8;
        at = start + usize::from(operands.padding + operands.size);
        if operands.is_rare {
            // The size comes after what is wide of the rest. The padding and the size are never of one byte and wider.
            let (before, after) = (usize::from(operands.before), usize::from(operands.after));
            let rest = bytes.get(start + usize::from(operands.padding)..).ok_or(NO_RECORD)?;
            let (taken, rest) = rest.split_at_checked(before).ok_or(NO_RECORD)?;
            wide.extend_from_slice(taken);
            let (one, rest) = rest.split_at_checked(operands.size.into()).ok_or(NO_RECORD)?;
            size = one.first().copied().unwrap_or(0);
            wide.extend_from_slice(rest.get(..after).ok_or(NO_RECORD)?);
            at += before + after + usize::from(operands.span);
        }
        *sizes.get_mut(size_count).ok_or(NO_RECORD)? = size;
        size_count += usize::from(operands.size);
    }
    paddings.truncate(padding_count);
    sizes.truncate(size_count);
    *streams.of_mut(Stream::Paddings) = paddings;
    *streams.of_mut(Stream::Sizes) = sizes;
    *streams.of_mut(Stream::Wide) = wide;
    let are_met = !is_ahead && met == counts.len();
    Ok(are_met.then_some(Numbers { records: numbers, counts }))
}
