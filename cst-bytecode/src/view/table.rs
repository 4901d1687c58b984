//! What follows from the shapes of a tree, worked out once for all that goes through its records.
//!
//! To go through records is to do the same few things for each, so here every instruction counts: what is added has the
//! width of what it is added to, and nothing has to be taken out of anything.

use core::convert::Infallible;

use crate::layout::FIRST_PAGE;
use crate::number::{self, ByNumber};
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
            head: Head { label: tree.label(shape), number, children: step.child_count(), last: 0 },
            padding: Text::of(step.padding(), step.padding_rows()),
            padding_mask: padding_mask.into(),
            size_mask: size_mask.into(),
            size: step.size(),
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

/// Those of all shapes; what is no shape is long, so that it takes one look to tell what is common.
#[derive(Clone)]
pub(super) struct Table(ByNumber<Entry>);

impl Table {
    pub(super) fn of(tree: &TreeView<'_>) -> Self {
        let shapes = tree.records.shapes.iter().map(|shape| Shape(shape.to_native()));
        let entry = |(number, shape)| Ok::<_, Infallible>(Entry::of(tree, number as u32, shape));
        let entries = shapes.enumerate().map(entry);
        let Ok(entries) = ByNumber::of(entries, Entry { step: Step::OTHER, ..Entry::default() });
        Self(entries)
    }

    #[inline(always)]
    pub(super) fn get(&self, number: u32) -> Option<&Entry> {
        self.0.get(number)
    }

    /// The entry of a record that is this byte, and where its operands begin, but for those of its number.
    #[inline(always)]
    pub(super) fn entry(&self, byte: u8, operands: &[u8], at: u32) -> Option<(&Entry, u32)> {
        let near = &self.0.near()?[usize::from(byte)];
        if !near.is_long() || byte < FIRST_PAGE {
            return Some((near, at));
        }
        let (number, at) = number::read_wide(byte, operands, at)?;
        Some((self.get(number)?, at))
    }

    /// The same of the record that is there.
    #[inline(always)]
    pub(super) fn entry_at(&self, records: &Records<'_>, at: At) -> Option<(&Entry, u32)> {
        self.entry(*records.numbers.get(at.record as usize)?, records.operands, at.operand)
    }
}
