//! Whether the records of a tree are what they say: checked once, when bytes come in.
//!
//! After it a view finds a record wherever it looks for one, and every parent ends where it says, with the
//! counts it says. Reading is checked all the same, so this is about right answers, not about safety.

use crate::advance::{Advance, NO_RECORD, Sums};
use crate::columns::ArchivedStructure;
use crate::error::DecodeError;
use crate::ffi::Extent;
use crate::layout::OPERANDS_TAIL;
use crate::number::ByNumber;
use crate::pass::{FEWER, MORE, Pass, Stretch, Subtree};
use crate::record::{At, Records};
use crate::shape::Shape;
use crate::step::{ERROR, LONG, SPAN};

/// Checks the structure in one pass over its records.
pub(crate) fn validate(structure: &ArchivedStructure) -> Result<(), DecodeError> {
    let records = Records::of(structure);
    let mut bits = 0;
    let shapes = records.shapes.iter().map(|shape| {
        let shape = Shape(shape.to_native());
        Advance::of(shape, records.find_name(shape)).inspect(|advance| bits |= advance.bits)
    });
    let advances = ByNumber::of(shapes, Advance::OTHER)?;
    let validation = Validation { records, advances };
    let pass = if bits & ERROR != 0 { validation.run::<true>()? } else { validation.run::<false>()? };
    if pass.record < records.numbers.len() {
        return Err(MORE);
    }
    let tail = records.operands.get(pass.operand..).ok_or(NO_RECORD)?;
    if *tail != [0; OPERANDS_TAIL] {
        return Err(NO_RECORD);
    }
    pass.check_end()
}

/// Records, and how to go past them.
struct Validation<'a> {
    records: Records<'a>,
    advances: ByNumber<Advance>,
}

impl Validation<'_> {
    /// Goes through the records until none is missing.
    fn run<const ERRORS: bool>(&self) -> Result<Pass, DecodeError> {
        let mut pass = Pass::new();
        let near = self.advances.near().ok_or(NO_RECORD)?;
        loop {
            let numbers = self.records.numbers.get(pass.record..).ok_or(FEWER)?;
            let is_common = |byte: &u8| !near[usize::from(*byte)].has(LONG | ERROR | SPAN);
            if numbers.first().is_some_and(is_common) {
                let operands = self.records.operands.get(pass.operand..).ok_or(NO_RECORD)?;
                let mut stretch = pass.stretch();
                go_past::<ERRORS>(&mut stretch, &numbers[..numbers.len().min(Sums::MOST)], near);
                pass.take_stretch(&stretch, texts(operands, stretch.lengths()).ok_or(NO_RECORD)?);
            }
            if pass.is_missing() {
                self.take_other::<ERRORS>(&mut pass, near)?;
            }
            while !pass.is_missing() {
                let Some(parent) = pass.close()? else { return Ok(pass) };
                let extent = self.records.operands.get(parent.extent()..).ok_or(NO_RECORD)?;
                if !parent.span.is_written(parent.shape, extent) {
                    pass.check_paddings()?;
                    return Err(DecodeError::corrupt("a parent that ends where its children do not"));
                }
            }
        }
    }

    /// Goes past any record.
    #[inline(always)]
    fn take_other<const ERRORS: bool>(
        &self,
        pass: &mut Pass,
        near: &[Advance; 256],
    ) -> Result<(), DecodeError> {
        let Records { numbers, operands, shapes, .. } = self.records;
        let byte = *numbers.get(pass.record).ok_or(FEWER)?;
        let mut number = u32::from(byte);
        let mut advance = &near[usize::from(byte)];
        if advance.has(LONG | ERROR) {
            let at = At { record: pass.record as u32, operand: pass.operand as u32 };
            let operand;
            (number, operand) = self.records.number(at).ok_or(NO_RECORD)?;
            advance = self.advances.get(number).ok_or(NO_RECORD)?;
            if advance.has(LONG | ERROR) {
                return self.take_rare(pass, at, advance);
            }
            pass.operand = operand as usize;
        }
        let shape = Shape(shapes.get(number as usize).ok_or(NO_RECORD)?.to_native());
        let text = operands.get(pass.operand..).and_then(|rest| rest.first_chunk()).ok_or(NO_RECORD)?;
        pass.take::<ERRORS>(shape, advance, advance.operand_text(*text));
        Ok(())
    }

    /// Goes past a record with long operands, or about an error.
    #[inline(never)]
    fn take_rare(&self, pass: &mut Pass, at: At, advance: &Advance) -> Result<(), DecodeError> {
        let record = self.records.record(at).ok_or(NO_RECORD)?;
        let (shape, padding, child_count) = (record.shape, record.padding, record.child_count);
        let (size, next) = if shape.is_leaf() {
            let leaf = self.records.leaf(&record).ok_or(NO_RECORD)?;
            (leaf.size, leaf.next)
        } else {
            (Extent::default(), self.records.children(&record))
        };
        pass.operand = next.operand as usize;
        pass.take_rare(advance, &Subtree { shape, padding, child_count, size })
    }
}

/// Goes past the common records that come next.
#[inline(always)]
fn go_past<const ERRORS: bool>(stretch: &mut Stretch, numbers: &[u8], near: &[Advance; 256]) {
    for &byte in numbers {
        let advance = &near[usize::from(byte)];
        if advance.has(LONG | ERROR | SPAN) || !stretch.add::<ERRORS>(advance, 0) {
            break;
        }
    }
}

/// How much text operands up to two ends say, of which each is a byte that says how many bytes. The first end is not
/// after the second. Most are few.
#[inline(always)]
fn texts(operands: &[u8], (first, second): (usize, usize)) -> Option<(u64, u64)> {
    if second >= 8 {
        return Some((sum(operands.get(..first)?), sum(operands.get(..second)?)));
    }
    let word = u64::from_le_bytes(*operands.first_chunk()?);
    Some((sum_of_word(word & MASKS[first & 7]), sum_of_word(word & MASKS[second & 7])))
}

/// The first so many bytes of a word.
const MASKS: [u64; 8] =
    [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff];

/// The sum of its bytes.
#[inline(always)]
fn sum_of_word(word: u64) -> u64 {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    // Two bytes at a time; a multiplication adds the pairs up in its highest sixteen bits.
    ((word & EVEN) + (word >> 8 & EVEN)).wrapping_mul(0x0001_0001_0001_0001) >> 48
}

/// The sum of them.
#[inline(never)]
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sums_of_bytes() {
        let operands: Vec<u8> = (0..40).map(|i| 255 - i * 3).collect();
        for second in 0..=32 {
            for first in 0..=second {
                let sum = |end: usize| operands[..end].iter().map(|&byte| u64::from(byte)).sum();
                assert_eq!(texts(&operands, (first, second)), Some((sum(first), sum(second))));
            }
        }
        assert_eq!(texts(&operands[..7], (0, 0)), None);
        assert_eq!(texts(&operands, (0, 41)), None);
    }
}
