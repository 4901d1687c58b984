//! Streams to records, and whether those are what they say: all that `validate` asks holds of what comes out.

use super::pass::Pass;
use super::plan::{LINE_END, NEW, Plan, RARE, VISIBLE};
use super::shapes::{Row, narrow_shapes};
use super::spans::Spans;
use super::streams::{Stream, Streams};
use crate::error::DecodeError;
use crate::layout::RECORDS_TAIL;

pub(super) const NO_OPERAND: DecodeError = DecodeError::corrupt("a record without its operands");
const PADDED_TWICE: DecodeError = DecodeError::corrupt("a padding in two places");

/// Bytes that the longest record takes, and more: number, padding, child count, extent of a parent.
const ROOM: usize = 64;

/// The records, and the numbers here of their shapes, in the order in which they were met.
pub(super) fn expand(
    streams: &Streams<&[u8]>,
    rows: &[Row],
    names: &[[u16; 2]],
) -> Result<(Vec<u8>, Vec<u16>), DecodeError> {
    let (plans, has_errors) = Plan::all(rows, names)?;
    let mut expansion = Expansion {
        rows,
        plans,
        met: Vec::with_capacity(rows.len()),
        narrow: narrow_shapes(rows.len()),
        numbers: streams.of(Stream::Numbers),
        wide_numbers: streams.of(Stream::WideNumbers).iter(),
        paddings: streams.of(Stream::Paddings),
        sizes: streams.of(Stream::Sizes),
        wide: streams.of(Stream::Wide),
        out: vec![0; length(streams, rows)],
        spans: Spans::default(),
        errors: 0,
    };
    let end = if has_errors { expansion.run::<true>()? } else { expansion.run::<false>()? };
    let Expansion { mut out, met, .. } = expansion;
    if met.len() != rows.len() {
        return Err(DecodeError::corrupt("a shape without a record"));
    }
    out.truncate(end);
    out.extend_from_slice(&[0; RECORDS_TAIL]);
    Ok((out, met))
}

/// How long the records are at most, with room for one more.
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
    let head = if rows.len() < 256 { 1 } else { 3 };
    let extents: usize = numbers.iter().map(|&number| usize::from(widths[usize::from(number)])).sum();
    let operands = [Stream::Paddings, Stream::Sizes, Stream::Wide].map(|stream| streams.of(stream).len());
    head * numbers.len() + extents + operands.iter().sum::<usize>() + ROOM
}

/// Records, as they are put together again.
pub(super) struct Expansion<'a> {
    pub(super) rows: &'a [Row],
    pub(super) plans: Box<[Plan]>,
    met: Vec<u16>,
    /// The first number that is a page of wide ones.
    narrow: usize,
    numbers: &'a [u8],
    wide_numbers: core::slice::Iter<'a, u8>,
    pub(super) paddings: &'a [u8],
    pub(super) sizes: &'a [u8],
    pub(super) wide: &'a [u8],
    pub(super) out: Vec<u8>,
    pub(super) spans: Spans,
    /// How many errors there were.
    pub(super) errors: u32,
}

impl Expansion<'_> {
    /// Puts all records together; gives how many bytes they take.
    fn run<const ERRORS: bool>(&mut self) -> Result<usize, DecodeError> {
        let mut pass = Pass::START;
        // The floor of the innermost open parent that says something; none is missing after the root.
        let mut floor = 0;
        let (paddings, sizes, narrow) = (self.paddings, self.sizes, self.narrow);
        let mut numbers = self.numbers.iter();
        for &number in numbers.by_ref() {
            let mut number = usize::from(number);
            if number >= narrow {
                let place = usize::from(*self.wide_numbers.next().ok_or(NO_OPERAND)?);
                number = narrow + (number - narrow) * 256 + place;
            }
            let Some(&(mut plan)) = self.plans.get(number) else {
                return Err(DecodeError::corrupt("a shape that is not there"));
            };
            if plan.has(NEW | RARE) && self.is_rare(number, &mut plan) {
                let mut aside = pass;
                self.read_rare::<ERRORS>(number, &mut aside)?;
                pass = aside;
                floor = self.spans.floor();
            } else {
                let is_leaf = plan.child_count == 0;
                let padding = paddings.get(pass.paddings).copied().unwrap_or(0) & plan.padding_mask;
                let size = sizes.get(pass.sizes).copied().unwrap_or(0) & plan.size_mask;
                let (has_padding, has_size) = (plan.padding_mask & 1, plan.size_mask & 1);
                pass.paddings += usize::from(has_padding);
                pass.sizes += usize::from(has_size);
                let bits = plan.head_bits + (has_padding << 3);
                let word = u64::from(plan.head)
                    | u64::from(padding) << (plan.head_bits & 31)
                    | u64::from(size) << (bits & 63);
                let Some(place) = self.out.get_mut(pass.at..).and_then(|rest| rest.first_chunk_mut()) else {
                    return Err(NO_OPERAND);
                };
                *place = word.to_le_bytes();
                pass.at += usize::from((bits >> 3) + has_size);

                pass.pad(is_leaf, &plan);
                pass.line = if plan.has(LINE_END) { (pass.bytes as u32).wrapping_add(1) } else { pass.line };
                pass.rows += u64::from(plan.has(LINE_END));
                pass.bytes += u64::from(padding) + u64::from(size) + u64::from(plan.text);
                pass.visible += u32::from(plan.bits & VISIBLE);
                pass.count(&plan);
                let own = pass.missing - 1;
                if ERRORS && pass.missing <= pass.clean {
                    pass.clean = if is_leaf { u64::MAX } else { own };
                }
                pass.missing = own + u64::from(plan.child_count);
            }
            if pass.missing == floor {
                let mut aside = pass;
                floor = self.spans.close(&mut aside, self.errors, &mut self.out)?;
                pass = aside;
                if pass.missing == 0 {
                    break;
                }
            }
        }
        if pass.missing > 0 {
            return Err(DecodeError::corrupt("fewer records than children"));
        }
        if numbers.next().is_some() {
            return Err(DecodeError::corrupt("a record after the last subtree"));
        }
        let is_over = self.wide_numbers.next().is_none()
            && pass.paddings == paddings.len()
            && pass.sizes == sizes.len()
            && self.wide.is_empty();
        if !is_over {
            return Err(DecodeError::corrupt("streams of different lengths"));
        }
        if pass.is_padded_twice {
            return Err(PADDED_TWICE);
        }
        if pass.bytes.max(pass.rows) > u64::from(u32::MAX) {
            return Err(DecodeError::corrupt("text beyond 32 bits"));
        }
        Ok(pass.at)
    }

    /// Gives a shape that is met first its number. Whether it is a rare one.
    #[inline(always)]
    fn is_rare(&mut self, number: usize, plan: &mut Plan) -> bool {
        if plan.has(NEW) {
            plan.number(self.met.len() as u16);
            self.met.push(number as u16);
            self.plans[number] = *plan;
        }
        plan.has(RARE)
    }
}
