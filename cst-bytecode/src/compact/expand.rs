//! Streams to columns.

use super::operands::Operands;
use super::{STREAMS, Stream, shapes};
use crate::columns::{ParserState, Structure};
use crate::error::DecodeError;
use crate::ffi::Extent;
use crate::layout::{ESCAPE, RECORDS_TAIL};
use crate::place::Place;
use crate::record::{Span, length_place, write_span};
use crate::shape::{LONG, Shape, extent, padding};

const NO_OPERAND: DecodeError = DecodeError::corrupt("a record without its operands");
pub(super) const NO_COLUMN: DecodeError = DecodeError::corrupt("a column that ends within a number");

pub(super) fn expand(streams: &[&[u8]; STREAMS]) -> Result<(Structure, ParserState), DecodeError> {
    let stream = |stream: Stream| streams[stream as usize];
    let parts = [Stream::Kinds, Stream::KindNumbers, Stream::Forms, Stream::ChildCounts, Stream::NameNumbers];
    let shapes = shapes::join(parts.map(stream))?;
    let names = pairs(stream(Stream::Names))?;
    let records = Expansion::new(streams, &shapes, &names).run(&shapes)?;
    let ranges = numbers(stream(Stream::IncludedRanges))?;
    let (included_ranges, []) = ranges.as_chunks::<6>() else { return Err(NO_COLUMN) };
    let structure = Structure { shapes, names, records, included_ranges: included_ranges.to_vec() };
    let precedences = numbers(stream(Stream::Precedences))?;
    let (precedences, []) = precedences.as_chunks::<2>() else { return Err(NO_COLUMN) };
    let state = ParserState {
        shape_chains: stream(Stream::ShapeChains).to_vec(),
        chains: pairs(stream(Stream::Chains))?,
        links: shapes::join_links(stream(Stream::Links))?,
        precedences: precedences.iter().map(|&[shape, value]| (shape, value as i32)).collect(),
        parse_states: stream(Stream::ParseStates).to_vec(),
        exceptions: stream(Stream::Exceptions).to_vec(),
        scanner_state_ids: stream(Stream::ScannerStateIds).to_vec(),
        scanner_state_ends: numbers(stream(Stream::ScannerStateEnds))?,
        scanner_states: stream(Stream::ScannerStates).to_vec(),
    };
    Ok((structure, state))
}

fn pairs(bytes: &[u8]) -> Result<Vec<[u16; 2]>, DecodeError> {
    let (pairs, []) = bytes.as_chunks::<4>() else { return Err(NO_COLUMN) };
    Ok(pairs.iter().map(|&[a, b, c, d]| [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]).collect())
}

fn numbers(bytes: &[u8]) -> Result<Vec<u32>, DecodeError> {
    let (numbers, []) = bytes.as_chunks::<4>() else { return Err(NO_COLUMN) };
    Ok(numbers.iter().map(|&number| u32::from_le_bytes(number)).collect())
}

/// A parent whose children are being gone through.
struct Open {
    missing: u32,
    is_visible: bool,
    /// Index of its extent among those that are open, from 1 on; 0 if it has none.
    span: u32,
}

/// A parent with an extent, until it is known.
struct OpenSpan {
    shape: Shape,
    /// Where the extent stands; and where its text begins.
    at: usize,
    start: Place,
    /// How many subtrees were visible up to it, and of its siblings.
    visible: u32,
    siblings: Siblings,
}

/// How many subtrees so far are visible, and named, with the same number of visible parents above them.
#[derive(Clone, Copy, Default)]
struct Siblings {
    visible: u32,
    named: u32,
}

/// Records, as they are put together again.
struct Expansion<'a> {
    operands: Vec<Operands>,
    numbers: &'a [u8],
    wide_numbers: Bytes<'a>,
    paddings: Bytes<'a>,
    sizes: Bytes<'a>,
    wide: Bytes<'a>,
    out: Vec<u8>,
    position: Place,
    visible: u32,
    /// By how many visible parents are above; the last are the subtrees that come next.
    siblings: Vec<Siblings>,
    open: Vec<Open>,
    spans: Vec<OpenSpan>,
}

impl<'a> Expansion<'a> {
    fn new(streams: &[&'a [u8]; STREAMS], shapes: &[u64], names: &[[u16; 2]]) -> Self {
        let stream = |stream: Stream| streams[stream as usize];
        let numbers = stream(Stream::Numbers);
        Self {
            operands: shapes.iter().map(|&shape| Operands::of(Shape(shape), names)).collect(),
            numbers,
            wide_numbers: Bytes(stream(Stream::WideNumbers)),
            paddings: Bytes(stream(Stream::Paddings)),
            sizes: Bytes(stream(Stream::Sizes)),
            wide: Bytes(stream(Stream::Wide)),
            out: Vec::with_capacity(numbers.len() * 3),
            position: Place::default(),
            visible: 0,
            siblings: vec![Siblings::default()],
            open: Vec::new(),
            spans: Vec::new(),
        }
    }

    fn run(mut self, shapes: &[u64]) -> Result<Vec<u8>, DecodeError> {
        for &number in self.numbers {
            self.out.push(number);
            let mut number = usize::from(number);
            if number == usize::from(ESCAPE) {
                let two = self.wide_numbers.take::<2>()?;
                self.out.extend_from_slice(&two);
                number = u16::from_le_bytes(two).into();
            }
            let operands = *self.operands.get(number).ok_or(NO_OPERAND)?;
            self.pad(&operands)?;
            if operands.is_leaf {
                self.leaf(&operands)?;
            } else {
                self.parent(&operands, Shape(shapes[number]))?;
            }
        }
        let is_over =
            [self.wide_numbers, self.paddings, self.sizes, self.wide].iter().all(|rest| rest.0.is_empty());
        if !is_over || !self.spans.is_empty() {
            return Err(DecodeError::corrupt("streams of different lengths"));
        }
        self.out.extend_from_slice(&[0; RECORDS_TAIL]);
        Ok(self.out)
    }

    #[inline(always)]
    fn pad(&mut self, operands: &Operands) -> Result<(), DecodeError> {
        let padding = match operands.padding_form {
            padding::NONE => return Ok(()),
            padding::SPACE => Extent { bytes: 1, row: 0, column: 1 },
            padding::LINE => {
                let bytes = u32::from(self.byte(|streams| &mut streams.paddings)?);
                Extent { bytes, row: 0, column: bytes }
            }
            padding::NEWLINE => {
                let column = u32::from(self.byte(|streams| &mut streams.paddings)?);
                Extent { bytes: column + 1, row: 1, column }
            }
            padding::SHORT => self.short()?,
            padding::LONG => self.long()?,
            _ => return Err(NO_OPERAND),
        };
        self.position = self.position.after(padding);
        Ok(())
    }

    #[inline(always)]
    fn leaf(&mut self, operands: &Operands) -> Result<(), DecodeError> {
        if operands.has_lookahead {
            self.number()?;
        }
        let size = match operands.extent_form {
            extent::NONE => Extent { bytes: operands.size.into(), row: 0, column: operands.size.into() },
            extent::LINE => {
                let bytes = u32::from(self.byte(|streams| &mut streams.sizes)?);
                Extent { bytes, row: 0, column: bytes }
            }
            extent::SHORT => self.short()?,
            _ => self.long()?,
        };
        if operands.has_character {
            self.number()?;
        }
        self.position = self.position.after(size);
        self.count(operands);
        self.close()
    }

    fn parent(&mut self, operands: &Operands, shape: Shape) -> Result<(), DecodeError> {
        let mut missing = u32::from(operands.child_count);
        if missing == LONG {
            missing = self.number()?;
        }
        let siblings = self.siblings.last().copied().unwrap_or_default();
        self.count(operands);
        if operands.extent_form != extent::NONE {
            let (at, start, visible) = (self.out.len(), self.position, self.visible);
            write_span(&mut self.out, shape, &Span::default());
            self.spans.push(OpenSpan { shape, at, start, visible, siblings });
        }
        let span = if operands.extent_form == extent::NONE { 0 } else { self.spans.len() as u32 };
        self.open.push(Open { missing, is_visible: operands.is_visible, span });
        if operands.is_visible {
            self.siblings.push(Siblings::default());
        }
        Ok(())
    }

    #[inline(always)]
    fn count(&mut self, operands: &Operands) {
        self.visible = self.visible.wrapping_add(u32::from(operands.is_visible));
        if let Some(siblings) = self.siblings.last_mut() {
            siblings.visible = siblings.visible.wrapping_add(u32::from(operands.is_visible));
            siblings.named = siblings.named.wrapping_add(u32::from(operands.is_named));
        }
    }

    /// Closes the parents that the last leaf completes.
    #[inline(always)]
    fn close(&mut self) -> Result<(), DecodeError> {
        while let Some(parent) = self.open.last_mut() {
            parent.missing = parent.missing.wrapping_sub(1);
            if parent.missing > 0 {
                break;
            }
            let (is_visible, span) = (parent.is_visible, parent.span);
            self.open.pop();
            if is_visible {
                self.siblings.pop();
            }
            if span > 0 {
                self.close_span()?;
            }
        }
        Ok(())
    }

    fn close_span(&mut self) -> Result<(), DecodeError> {
        let Some(open) = self.spans.pop() else { return Ok(()) };
        let width = open.shape.extent_width();
        let siblings = self.siblings.last().copied().unwrap_or_default();
        let span = Span {
            size: between(open.start, self.position),
            descendants: self.visible.wrapping_sub(open.visible),
            length: (self.out.len() - open.at - width) as u32,
            children: siblings.visible.wrapping_sub(open.siblings.visible),
            named_children: siblings.named.wrapping_sub(open.siblings.named),
        };
        let mut bytes = Vec::with_capacity(width);
        write_span(&mut bytes, open.shape, &span);
        let (offset, length) = length_place(open.shape.extent_form());
        bytes[offset..offset + length].copy_from_slice(&span.length.to_le_bytes()[..length]);
        self.out[open.at..open.at + width].copy_from_slice(&bytes);
        Ok(())
    }

    #[inline(always)]
    fn byte(&mut self, stream: impl Fn(&mut Self) -> &mut Bytes<'a>) -> Result<u8, DecodeError> {
        let [byte] = stream(self).take::<1>()?;
        self.out.push(byte);
        Ok(byte)
    }

    #[cold]
    fn number(&mut self) -> Result<u32, DecodeError> {
        let four = self.wide.take::<4>()?;
        self.out.extend_from_slice(&four);
        Ok(u32::from_le_bytes(four))
    }

    #[cold]
    fn short(&mut self) -> Result<Extent, DecodeError> {
        let four = self.wide.take::<4>()?;
        self.out.extend_from_slice(&four);
        let [low, high, row, column] = four;
        Ok(Extent { bytes: u16::from_le_bytes([low, high]).into(), row: row.into(), column: column.into() })
    }

    #[cold]
    fn long(&mut self) -> Result<Extent, DecodeError> {
        Ok(Extent { bytes: self.number()?, row: self.number()?, column: self.number()? })
    }
}

/// What comes between two places.
fn between(start: Place, end: Place) -> Extent {
    let row = end.row.wrapping_sub(start.row);
    let column = if row > 0 { end.column() } else { end.column().wrapping_sub(start.column()) };
    Extent { bytes: end.byte.wrapping_sub(start.byte), row, column }
}

/// What is left of a stream.
#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    #[inline(always)]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (first, rest) = self.0.split_first_chunk().ok_or(NO_OPERAND)?;
        self.0 = rest;
        Ok(*first)
    }
}
