//! What follows from the shapes of a tree, worked out once for all that goes through its records.
//!
//! To go through records is to do the same few things for each, so here every instruction counts: what is added has the
//! width of what it is added to, and nothing has to be taken out of anything.

use rkyv::rend::u64_le;

use crate::layout::{ESCAPE, FIRST_PAGE, PAGE};
use crate::place::Place;
use crate::record::{At, Records};
use crate::shape::Shape;
use crate::step::{LINE_END, LONG, Step, VISIBLE};

use super::TreeView;
use super::window::Head;

/// How to go past the records of a shape, and what users know its nodes by.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    pub(super) head: Head,
    /// What the padding adds to bytes and rows, and which bits of the operands are added to that.
    padding: u64,
    padding_mask: u32,
    /// The same of a leaf's size, and how many bits of operands are before it.
    size_mask: u32,
    size: u32,
    shift: u8,
    /// Bytes of operands.
    length: u8,
    visible: u8,
    pub(super) step: Step,
}

impl Entry {
    fn of(tree: &TreeView<'_>, number: u32, shape: Shape) -> Self {
        let step = Step::of(&tree.records, shape);
        let (padding_mask, size_mask, shift) = step.masks();
        Self {
            head: Head { label: tree.work_out_label(shape), number, children: step.child_count(), last: 0 },
            padding: Text::of(step.padding(0), step.padding_rows()),
            padding_mask: padding_mask.into(),
            size_mask: size_mask.into(),
            size: step.size(0),
            shift,
            length: step.length() as u8,
            visible: u8::from(step.has(VISIBLE)),
            step,
        }
    }

    /// Whether its records have long operands, which [`Records::record`] reads.
    #[inline(always)]
    pub(super) fn is_long(&self) -> bool {
        self.step.has(LONG)
    }

    /// 1 of a node that users see, else 0.
    #[inline(always)]
    pub(super) fn visible(&self) -> u32 {
        self.visible.into()
    }

    /// Where the operands end that begin there, unless they are long.
    #[inline(always)]
    pub(super) fn past(&self, operand: u32) -> u32 {
        operand.wrapping_add(self.length.into())
    }
}

/// Where the text has come to.
#[derive(Clone, Copy, Default)]
pub(super) struct Text {
    /// The byte, and above 32 bits the row: one sum for both.
    pub(super) position: u64,
    /// As in [`Place`].
    pub(super) line: u32,
}

impl Text {
    #[inline(always)]
    fn of(byte: u32, row: u32) -> u64 {
        u64::from(byte) | u64::from(row) << 32
    }

    #[inline(always)]
    pub(super) fn at(place: Place) -> Self {
        Self { position: Self::of(place.byte, place.row), line: place.line }
    }

    #[inline(always)]
    pub(super) fn place(self) -> Place {
        Place { byte: self.position as u32, row: (self.position >> 32) as u32, line: self.line }
    }

    /// Goes past a padding that is not long.
    #[inline(always)]
    pub(super) fn pad(&mut self, entry: &Entry, operands: u64) {
        self.line = if entry.step.has(LINE_END) { (self.position as u32).wrapping_add(1) } else { self.line };
        let operand = u64::from(operands as u32 & entry.padding_mask);
        self.position = self.position.wrapping_add(entry.padding).wrapping_add(operand);
    }

    /// Goes past a leaf's text that is not long.
    #[inline(always)]
    pub(super) fn pass(&mut self, entry: &Entry, operands: u64) {
        let operand = (operands >> (entry.shift & 63)) as u32 & entry.size_mask;
        self.position = self.position.wrapping_add(entry.size.into()).wrapping_add(operand.into());
    }
}

#[derive(Clone)]
pub(super) struct Table {
    /// By the byte of a record: those that are no number of a shape that is there are long, so that it takes one look to
    /// tell what is common.
    near: Box<[Entry; 256]>,
    /// Those of the shapes that have no such byte.
    far: Box<[Entry]>,
}

impl Table {
    pub(super) fn of(tree: &TreeView<'_>) -> Self {
        let entry = |(number, shape): (u32, &u64_le)| Entry::of(tree, number, Shape(shape.to_native()));
        let mut entries = (0..).zip(tree.records.shapes).map(entry);
        let mut near = Vec::with_capacity(256);
        near.extend(entries.by_ref().take(FIRST_PAGE.into()));
        near.resize(256, Entry { step: Step::OTHER, ..Entry::default() });
        // It has as many as that.
        let near = near.try_into().unwrap_or_else(|_| Box::new([Entry::default(); 256]));
        Self { near, far: entries.collect() }
    }

    #[inline(always)]
    pub(super) fn get(&self, number: u32) -> Option<&Entry> {
        match number.checked_sub(FIRST_PAGE.into()) {
            Some(far) => self.far.get(far as usize),
            None => Some(&self.near[usize::from(number as u8)]),
        }
    }

    /// The entry of a record that is this byte, and where its operands begin, but for those of its number.
    #[inline(always)]
    pub(super) fn entry(&self, byte: u8, operands: &[u8], at: u32) -> Option<(&Entry, u32)> {
        let near = &self.near[usize::from(byte)];
        if !near.is_long() || byte < FIRST_PAGE {
            return Some((near, at));
        }
        let operands = operands.get(at as usize..)?;
        if byte == ESCAPE {
            let number = u16::from_le_bytes(*operands.first_chunk()?);
            return Some((self.get(number.into())?, at + 2));
        }
        let far = usize::from(byte - FIRST_PAGE) * PAGE + usize::from(*operands.first()?);
        Some((self.far.get(far)?, at + 1))
    }

    /// The same of the record that is there.
    #[inline(always)]
    pub(super) fn entry_at(&self, records: &Records<'_>, at: At) -> Option<(&Entry, u32)> {
        self.entry(*records.numbers.get(at.record as usize)?, records.operands, at.operand)
    }
}
