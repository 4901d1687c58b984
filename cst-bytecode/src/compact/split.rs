//! Records to streams.

use super::streams::{Stream, Streams};
use crate::advance::NO_RECORD;
use crate::columns::ArchivedStructure;
use crate::error::DecodeError;
use crate::layout::{FIRST_PAGE, OPERANDS_TAIL};
use crate::number;
use crate::record::Records;
use crate::shape::{LONG, Shape, extent, padding};
use crate::step::{self, Step};

/// Operands of records of one shape.
#[derive(Clone, Copy, Default)]
struct Operands {
    /// Bytes of the shape's number.
    number: u8,
    /// How many of one byte: padding, size.
    padding: u8,
    size: u8,
    /// Bytes of all.
    length: u8,
    /// Whether there are wide ones.
    is_rare: bool,
}

impl Operands {
    fn of((number, shape): (usize, Shape)) -> Self {
        let step = Step::of_named(shape, false);
        let number = number::length(number);
        let (padding, size, _) = step.masks();
        let mut length = number + step.length() as u8;
        let is_rare = step.has(step::LONG);
        if is_rare {
            let (before, after) = wide_operands(shape);
            length += (before + after) as u8;
        }
        Self { number, padding: padding & 1, size: size & 1, length, is_rare }
    }
}

/// Bytes of wide operands: before a size of one byte, the padding, and a child count or lookahead; after it, a size, and
/// the character of an error.
fn wide_operands(shape: Shape) -> (usize, usize) {
    let is_leaf = shape.is_leaf();
    let is_long = if is_leaf { shape.lookahead() == LONG } else { shape.child_count() == LONG };
    let padding = match shape.padding_form() {
        padding::SHORT => 4,
        padding::LONG => 12,
        _ => 0,
    };
    let size = match shape.extent_form() {
        extent::SHORT if is_leaf => 4,
        extent::LONG if is_leaf => 12,
        _ => 0,
    };
    (padding + if is_long { 4 } else { 0 }, size + if is_leaf && shape.is_error() { 4 } else { 0 })
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
    let shapes: Vec<Operands> = shapes.enumerate().map(Operands::of).collect();
    // One loop for the numbers, one for the operands: each has few enough to keep that it keeps them in registers.
    let Some(numbers) = read_numbers(&records, &shapes)? else { return Ok(None) };
    let Some(counts) = count(&numbers, shapes.len()) else { return Ok(None) };
    split_operands(&records, &shapes, &numbers, streams)?;
    Ok(Some(Numbers { records: numbers, counts }))
}

/// The numbers of the shapes; `None` where one is longer than it need be.
fn read_numbers(records: &Records<'_>, shapes: &[Operands]) -> Result<Option<Vec<u16>>, DecodeError> {
    let mut numbers = vec![0; records.numbers.len()];
    let mut at = 0;
    for (&byte, own) in records.numbers.iter().zip(&mut numbers) {
        let mut number = u32::from(byte);
        if byte >= FIRST_PAGE {
            (number, _) = number::read_wide(byte, records.operands, at).ok_or(NO_RECORD)?;
            if number::write(number as u16).byte != byte {
                return Ok(None);
            }
        }
        *own = number as u16;
        at += u32::from(shapes.get(number as usize).ok_or(NO_RECORD)?.length);
    }
    Ok(Some(numbers))
}

/// How often each of so many shapes occurs; `None` where they are not numbered as they are met, or one is never met.
fn count(numbers: &[u16], shape_count: usize) -> Option<Vec<u32>> {
    let mut counts = vec![0_u32; shape_count];
    let (mut met, mut is_ahead) = (0, false);
    for &number in numbers {
        *counts.get_mut(usize::from(number))? += 1;
        is_ahead |= usize::from(number) > met;
        met += usize::from(usize::from(number) == met);
    }
    (!is_ahead && met == shape_count).then_some(counts)
}

/// Takes the operands of records of these shapes to their streams.
fn split_operands(
    records: &Records<'_>,
    shapes: &[Operands],
    numbers: &[u16],
    streams: &mut Streams,
) -> Result<(), DecodeError> {
    let operands = records.operands;
    // One more, as whether there is one is seen when it was taken.
    let room = numbers.len().min(operands.len()) + 1;
    let (mut paddings, mut sizes) = (vec![0; room], vec![0; room]);
    let (mut padding_count, mut size_count) = (0, 0);
    let mut wide = Vec::new();
    let mut at = 0;
    for &number in numbers {
        let shape = shapes.get(usize::from(number)).ok_or(NO_RECORD)?;
        let rest = operands.get(at + usize::from(shape.number)..).ok_or(NO_RECORD)?;
        let &[first, second, ..] = rest.first_chunk::<2>().ok_or(NO_RECORD)?;
        let mut size = if shape.padding > 0 { second } else { first };
        if shape.is_rare {
            let shape = Shape(records.shapes.get(usize::from(number)).ok_or(NO_RECORD)?.to_native());
            size = take_wide(shape, rest, &mut wide).ok_or(NO_RECORD)?;
        }
        *paddings.get_mut(padding_count).ok_or(NO_RECORD)? = first;
        *sizes.get_mut(size_count).ok_or(NO_RECORD)? = size;
        padding_count += usize::from(shape.padding);
        size_count += usize::from(shape.size);
        at += usize::from(shape.length);
    }
    if operands.get(at..) != Some(&[0; OPERANDS_TAIL]) {
        return Err(NO_RECORD);
    }
    paddings.truncate(padding_count);
    sizes.truncate(size_count);
    *streams.of_mut(Stream::Paddings) = paddings;
    *streams.of_mut(Stream::Sizes) = sizes;
    *streams.of_mut(Stream::Wide) = wide;
    Ok(())
}

/// Takes the wide operands of a record. Gives the size, if it has one of one byte: it comes after what is wide of the
/// rest. The padding and the size are never of one byte and wider.
#[inline(never)]
fn take_wide(shape: Shape, operands: &[u8], wide: &mut Vec<u8>) -> Option<u8> {
    let own = Operands::of((0, shape));
    let (before, after) = wide_operands(shape);
    let (taken, rest) = operands.get(own.padding.into()..)?.split_at_checked(before)?;
    wide.extend_from_slice(taken);
    let (size, rest) = rest.split_at_checked(own.size.into())?;
    wide.extend_from_slice(rest.get(..after)?);
    Some(size.first().copied().unwrap_or(0))
}
