//! The table of shapes, each written as what it differs in from the one before.

use super::CORRUPT;
use super::streams::{Stream, Streams};
use crate::error::DecodeError;
use crate::layout::MAX_SHAPES;
use crate::shape::Shape;
use crate::varint;

/// A shape, and what its records have besides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) shape: Shape,
    pub(super) chain: u8,
    /// Whether its records have a number of two bytes.
    pub(super) is_wide: bool,
}

/// In what a shape differs from the one before.
mod differs {
    /// Then the child count and flags alone are like before, the production as [`Fields::start`](super::Fields::start) has
    /// it, and all else 0.
    pub(super) const SYMBOL: u8 = 1;
    pub(super) const CHILD_COUNT: u8 = 2;
    pub(super) const PRODUCTION: u8 = 4;
    pub(super) const FLAGS: u8 = 8;
    pub(super) const FORMS: u8 = 16;
    pub(super) const NAME: u8 = 32;
    pub(super) const CHAIN: u8 = 64;
    /// Not a difference: the number is wide.
    pub(super) const WIDE: u8 = 128;
}

/// The production of a leaf with one byte of lookahead and a size of one byte: what a leaf has most often.
const LEAF: u16 = 1 | 1 << 4;

/// The highest numbers that a shape has room for.
const CHILD_COUNT: u8 = 15;
const FORMS: u8 = 31;
const FLAGS: u32 = (1 << 14) - 1;
const NAME: u32 = (1 << 9) - 1;
const WORD: u32 = u16::MAX as u32;

/// A shape in parts.
#[derive(Clone, Copy, Default, PartialEq)]
struct Fields {
    symbol: u16,
    child_count: u8,
    production: u16,
    flags: u16,
    /// Form of the padding, and 8 times the form of the extent.
    forms: u8,
    name: u16,
    chain: u8,
}

impl Fields {
    fn of(row: &Row) -> Self {
        let shape = row.shape;
        Self {
            symbol: shape.symbol(),
            child_count: shape.child_count() as u8,
            production: shape.production(),
            flags: shape.flags(),
            forms: shape.padding_form() | shape.extent_form() << 3,
            name: shape.name() as u16,
            chain: row.chain,
        }
    }

    fn row(&self, is_wide: bool) -> Row {
        let kind = u64::from(self.symbol) | u64::from(self.production) << 16 | u64::from(self.flags) << 32;
        let shape = Shape(kind).with_padding(self.forms & 7).with_extent(self.forms >> 3);
        let shape = shape.with_child_count(self.child_count).with_name(self.name.into());
        Row { shape, chain: self.chain, is_wide }
    }

    /// What a shape of another symbol is compared with.
    fn start(&self, symbol: u16, child_count: u8) -> Self {
        let production = if child_count == 0 { LEAF } else { 0 };
        Self { symbol, child_count, production, flags: self.flags, ..Self::default() }
    }
}

/// Writes the shapes in the order given.
pub(super) fn write(rows: &[Row], streams: &mut Streams) {
    for stream in [Stream::Differences, Stream::Forms, Stream::NameNumbers, Stream::Productions] {
        streams.of_mut(stream).reserve(rows.len());
    }
    let mut before = Fields::default();
    for row in rows {
        let own = Fields::of(row);
        let mut bits = if row.is_wide { differs::WIDE } else { 0 };
        let mut differs = |bit: u8, is_other: bool| {
            bits |= if is_other { bit } else { 0 };
            is_other
        };
        if differs(differs::CHILD_COUNT, own.child_count != before.child_count) {
            streams.of_mut(Stream::ChildCounts).push(own.child_count);
        }
        if differs(differs::SYMBOL, own.symbol != before.symbol) {
            let step = own.symbol.wrapping_sub(before.symbol);
            varint::write(streams.of_mut(Stream::Symbols), step.into());
            before = before.start(own.symbol, own.child_count);
        }
        if differs(differs::PRODUCTION, own.production != before.production) {
            varint::write(streams.of_mut(Stream::Productions), own.production.into());
        }
        if differs(differs::FLAGS, own.flags != before.flags) {
            varint::write(streams.of_mut(Stream::Flags), own.flags.into());
        }
        if differs(differs::FORMS, own.forms != before.forms) {
            streams.of_mut(Stream::Forms).push(own.forms);
        }
        if differs(differs::NAME, own.name != before.name) {
            varint::write(streams.of_mut(Stream::NameNumbers), own.name.into());
        }
        if differs(differs::CHAIN, own.chain != before.chain) {
            streams.of_mut(Stream::ChainNumbers).push(own.chain);
        }
        streams.of_mut(Stream::Differences).push(bits);
        before = own;
    }
}

/// The shapes by their numbers here: first those that are not wide.
pub(super) fn read(streams: &Streams<&[u8]>) -> Result<Box<[Row]>, DecodeError> {
    let differences = *streams.of(Stream::Differences);
    if differences.len() > MAX_SHAPES {
        return Err(DecodeError::corrupt("more shapes than their numbers reach"));
    }
    let mut wide = differences.iter().filter(|&bits| bits & differs::WIDE == 0).count();
    let narrow_count = wide;
    let mut narrow = 0;
    let mut rows = vec![Row::default(); differences.len()].into_boxed_slice();
    let mut columns = Columns::of(streams);
    let mut own = Fields::default();
    for &bits in differences {
        columns.step(bits, &mut own)?;
        let is_wide = bits & differs::WIDE != 0;
        let next = if is_wide { &mut wide } else { &mut narrow };
        rows[*next] = own.row(is_wide);
        *next += 1;
    }
    let is_split = narrow_count == narrow_shapes(rows.len());
    if is_split && columns.are_over() { Ok(rows) } else { Err(CORRUPT) }
}

/// How many of so many shapes have a number of one byte: as many as leave numbers for the pages that the others take.
pub(super) fn narrow_shapes(count: usize) -> usize {
    let pages = count.saturating_sub(256).div_ceil(255);
    count.min(256 - pages)
}

/// What is left of the columns.
struct Columns<'a> {
    symbols: varint::Reader<'a>,
    child_counts: &'a [u8],
    productions: varint::Reader<'a>,
    flags: varint::Reader<'a>,
    forms: &'a [u8],
    names: varint::Reader<'a>,
    chains: &'a [u8],
}

impl<'a> Columns<'a> {
    fn of(streams: &Streams<&'a [u8]>) -> Self {
        let numbers = |stream: Stream| varint::Reader::new(streams.of(stream));
        Self {
            symbols: numbers(Stream::Symbols),
            child_counts: streams.of(Stream::ChildCounts),
            productions: numbers(Stream::Productions),
            flags: numbers(Stream::Flags),
            forms: streams.of(Stream::Forms),
            names: numbers(Stream::NameNumbers),
            chains: streams.of(Stream::ChainNumbers),
        }
    }

    /// From one shape to the next.
    fn step(&mut self, bits: u8, own: &mut Fields) -> Result<(), DecodeError> {
        if bits & differs::CHILD_COUNT != 0 {
            own.child_count = take(&mut self.child_counts, CHILD_COUNT)?;
        }
        if bits & differs::SYMBOL != 0 {
            let step = narrow(self.symbols.read()?, WORD)?;
            *own = own.start(own.symbol.wrapping_add(step), own.child_count);
        }
        if bits & differs::PRODUCTION != 0 {
            own.production = narrow(self.productions.read()?, WORD)?;
        }
        if bits & differs::FLAGS != 0 {
            own.flags = narrow(self.flags.read()?, FLAGS)?;
        }
        if bits & differs::FORMS != 0 {
            own.forms = take(&mut self.forms, FORMS)?;
        }
        if bits & differs::NAME != 0 {
            own.name = narrow(self.names.read()?, NAME)?;
        }
        if bits & differs::CHAIN != 0 {
            own.chain = take(&mut self.chains, u8::MAX)?;
        }
        Ok(())
    }

    fn are_over(&self) -> bool {
        let numbers = [&self.symbols, &self.productions, &self.flags, &self.names];
        let bytes = [self.child_counts, self.forms, self.chains];
        numbers.iter().all(|rest| rest.is_empty()) && bytes.iter().all(|rest| rest.is_empty())
    }
}

/// The next byte, if it is no higher than it may be.
fn take(bytes: &mut &[u8], highest: u8) -> Result<u8, DecodeError> {
    let (&first, rest) = bytes.split_first().ok_or(CORRUPT)?;
    *bytes = rest;
    if first <= highest { Ok(first) } else { Err(CORRUPT) }
}

fn narrow(number: u32, highest: u32) -> Result<u16, DecodeError> {
    if number <= highest { Ok(number as u16) } else { Err(CORRUPT) }
}
