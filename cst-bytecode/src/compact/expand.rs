//! Streams to records, and whether those are what they say: all that `validate` asks holds of what comes out.

use super::plan::{Plan, RARE, UNMET};
use super::shapes::{Row, narrow_shapes};
use super::streams::{Stream, Streams};
use crate::advance::Sums;
use crate::error::DecodeError;
use crate::layout::OPERANDS_TAIL;
use crate::number;
use crate::pass::{FEWER, MORE, Pass};
use crate::step::SPAN;

pub(super) const NO_OPERAND: DecodeError = DecodeError::corrupt("a record without its operands");

/// Bytes that the operands of any record take, and more: number, padding, child count, extent of a parent.
const ROOM: usize = 64;

/// The records, and the numbers here of their shapes, in the order in which they were met.
pub(super) struct Expanded {
    pub(super) numbers: Vec<u8>,
    pub(super) operands: Vec<u8>,
    pub(super) met: Vec<u16>,
}

pub(super) fn expand(
    streams: &Streams<&[u8]>,
    rows: &[Row],
    names: &[[u16; 2]],
) -> Result<Expanded, DecodeError> {
    let (plans, has_errors) = Plan::all(rows, names)?;
    let count = streams.of(Stream::Numbers).len();
    let mut expansion = Expansion {
        rows,
        plans,
        met: Vec::with_capacity(rows.len()),
        narrow: narrow_shapes(rows.len()),
        numbers: streams.of(Stream::Numbers),
        wide_numbers: streams.of(Stream::WideNumbers),
        paddings: streams.of(Stream::Paddings),
        sizes: streams.of(Stream::Sizes),
        wide: streams.of(Stream::Wide),
        taken: Taken::default(),
        bytes: vec![0; count],
        out: vec![0; length(streams, rows)],
    };
    let pass = if has_errors { expansion.run::<true>()? } else { expansion.run::<false>()? };
    if pass.record < count {
        return Err(MORE);
    }
    let Expansion { taken, mut out, met, bytes, .. } = expansion;
    let is_over = taken.wide_numbers == expansion.wide_numbers.len()
        && taken.paddings == expansion.paddings.len()
        && taken.sizes == expansion.sizes.len()
        && expansion.wide.is_empty();
    if !is_over {
        return Err(DecodeError::corrupt("streams of different lengths"));
    }
    pass.check_end()?;
    if met.len() != rows.len() {
        return Err(DecodeError::corrupt("a shape without a record"));
    }
    out.truncate(pass.operand);
    out.extend_from_slice(&[0; OPERANDS_TAIL]);
    Ok(Expanded { numbers: bytes, operands: out, met })
}

/// How many bytes the operands are at most, with room for one record's more.
fn length(streams: &Streams<&[u8]>, rows: &[Row]) -> usize {
    let narrow = narrow_shapes(rows.len());
    let numbers = *streams.of(Stream::Numbers);
    let mut widths = [0_u8; 256];
    for (number, row) in rows.iter().enumerate() {
        let byte = if number < narrow { number } else { narrow + (number - narrow) / 256 };
        let width = if row.shape.is_leaf() { 0 } else { row.shape.extent_width() as u8 };
        if let Some(widest) = widths.get_mut(byte) {
            *widest = width.max(*widest);
        }
    }
    // Which of the shapes have numbers of more than a byte is not known yet.
    let head = usize::from(number::length(rows.len().saturating_sub(1)));
    let extents: usize = numbers.iter().map(|&number| usize::from(widths[usize::from(number)])).sum();
    let operands = [Stream::Paddings, Stream::Sizes, Stream::Wide].map(|stream| streams.of(stream).len());
    head * numbers.len() + extents + operands.iter().sum::<usize>() + ROOM
}

/// How much was taken from the streams of bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Taken {
    wide_numbers: usize,
    pub(super) paddings: usize,
    pub(super) sizes: usize,
}

/// Records, as they are put together again.
pub(super) struct Expansion<'a> {
    pub(super) rows: &'a [Row],
    pub(super) plans: Box<[Plan]>,
    met: Vec<u16>,
    /// The first number that is a page of wide ones.
    narrow: usize,
    numbers: &'a [u8],
    wide_numbers: &'a [u8],
    pub(super) paddings: &'a [u8],
    pub(super) sizes: &'a [u8],
    pub(super) taken: Taken,
    /// What was not taken yet.
    pub(super) wide: &'a [u8],
    /// The two columns.
    bytes: Vec<u8>,
    pub(super) out: Vec<u8>,
}

impl Expansion<'_> {
    /// Puts records together until none is missing.
    fn run<const ERRORS: bool>(&mut self) -> Result<Pass, DecodeError> {
        let mut pass = Pass::new();
        loop {
            if let Some(number) = self.put_stretch::<ERRORS>(&mut pass)? {
                self.put_other::<ERRORS>(number, &mut pass)?;
            }
            while !pass.is_missing() {
                let Some(parent) = pass.close()? else { return Ok(pass) };
                let place = self.out.get_mut(parent.extent()..).ok_or(NO_OPERAND)?;
                if !parent.span.overwrite(parent.shape, place) {
                    return Err(DecodeError::corrupt("an extent that its form has no room for"));
                }
            }
        }
    }

    /// Puts the common records together that come next. Gives the number of the shape of the one after them, if the one
    /// before was not the last that was missing.
    #[inline(always)]
    fn put_stretch<const ERRORS: bool>(&mut self, pass: &mut Pass) -> Result<Option<usize>, DecodeError> {
        let numbers = self.numbers.get(pass.record..).unwrap_or(&[]);
        let bytes = self.bytes.get_mut(pass.record..).unwrap_or(&mut []);
        let (wide_numbers, narrow) = (self.wide_numbers, self.narrow);
        let (mut taken, mut at) = (self.taken, pass.operand);
        let mut stretch = pass.stretch();
        let mut other = Err(FEWER);
        for (&number, byte) in numbers.iter().zip(bytes).take(Sums::MOST) {
            let mut number = usize::from(number);
            let mut wide_count = 0;
            if number >= narrow {
                let place = *wide_numbers.get(taken.wide_numbers).ok_or(NO_OPERAND)?;
                number = narrow + (number - narrow) * 256 + usize::from(place);
                wide_count = 1;
            }
            let Some(plan) = self.plans.get(number) else {
                return Err(DecodeError::corrupt("a shape that is not there"));
            };
            taken.wide_numbers += wide_count;
            if plan.has(UNMET | RARE | SPAN) {
                other = Ok(Some(number));
                break;
            }
            *byte = plan.number.byte;
            let text = plan.put((self.paddings, self.sizes), &mut taken, &mut self.out, at)?;
            at += plan.advance.sums.length();
            if !stretch.add::<ERRORS>(&plan.advance, text) {
                other = Ok(None);
                break;
            }
        }
        if stretch.records == Sums::MOST {
            other = Ok(None);
        }
        self.taken = taken;
        if stretch.records > 0 {
            pass.take_stretch(&stretch, (0, 0));
        }
        other
    }

    /// Puts any record together.
    #[inline(always)]
    fn put_other<const ERRORS: bool>(&mut self, number: usize, pass: &mut Pass) -> Result<(), DecodeError> {
        let plan = &mut self.plans[number];
        if plan.has(UNMET) {
            plan.number(self.met.len() as u16);
            self.met.push(number as u16);
        }
        let plan = *plan;
        *self.bytes.get_mut(pass.record).ok_or(NO_OPERAND)? = plan.number.byte;
        if plan.has(RARE) {
            return self.put_rare(number, pass);
        }
        let text = plan.put((self.paddings, self.sizes), &mut self.taken, &mut self.out, pass.operand)?;
        pass.take::<ERRORS>(self.rows[number].shape, &plan.advance, text);
        Ok(())
    }
}
