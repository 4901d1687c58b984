//! A record of the structure: the number of a shape, and operands.

use core::hint::select_unpredictable;

use rkyv::rend::{u16_le, u64_le};

use crate::columns::ArchivedStructure;
use crate::ffi::Extent;
use crate::layout::{FIRST_PAGE, NAMED_ALIAS, flags};
use crate::number;
use crate::shape::{LONG, Shape, extent, padding};
use crate::span::Span;

/// The records of a tree. Whatever the bytes, reading gives a record or nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Records<'a> {
    /// A byte each.
    pub(crate) numbers: &'a [u8],
    pub(crate) operands: &'a [u8],
    pub(crate) shapes: &'a [u64_le],
    names: &'a [[u16_le; 2]],
}

/// Where a record is: which of all, and where its operands begin. Where the record after the last would be, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct At {
    pub(crate) record: u32,
    pub(crate) operand: u32,
}

impl At {
    /// Where the record after all that a parent spans is, of which this is the first.
    #[inline(always)]
    pub(crate) fn past(self, span: &Span) -> Option<Self> {
        Some(Self {
            record: self.record.checked_add(span.records)?,
            operand: self.operand.checked_add(span.operands)?,
        })
    }
}

/// What its place gives a subtree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    /// The symbol that stands for its own; 0 for none.
    pub(crate) alias: u16,
    /// 0 for none.
    pub(crate) field: u16,
    is_named: bool,
}

/// A record, read from its front up to what only its kind has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) shape: Shape,
    /// Number of the shape.
    pub(crate) number: u32,
    pub(crate) padding: Extent,
    pub(crate) child_count: u32,
    /// Where the next record is if it has no further operands; they begin there if it has.
    rest: At,
    /// The bytes from there on, at least six of them.
    word: u64,
}

/// The rest of a leaf's record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) size: Extent,
    /// The character at which an error began; 0 where there is none.
    pub(crate) lookahead_char: i32,
    /// Where the next record is.
    pub(crate) next: At,
}

impl Name {
    /// From the two numbers that it is written as.
    #[inline]
    pub(crate) fn of([alias, field]: [u16; 2]) -> Self {
        Self { alias, field: field & !NAMED_ALIAS, is_named: field & NAMED_ALIAS != 0 }
    }

    /// Whether a visible subtree of this shape, which has this name, is a named node.
    #[inline]
    pub(crate) fn is_named(self, shape: Shape) -> bool {
        (self.is_named & shape.has(flags::RENAMED)) | (shape.has(flags::NAMED) & !shape.has(flags::RENAMED))
    }
}

impl<'a> Records<'a> {
    pub(crate) fn of(structure: &'a ArchivedStructure) -> Self {
        Self {
            numbers: structure.numbers.as_slice(),
            operands: structure.operands.as_slice(),
            shapes: structure.shapes.as_slice(),
            names: structure.names.as_slice(),
        }
    }

    /// What its place gives a subtree of this shape; nothing where the shape's name is not there.
    #[inline]
    pub(crate) fn name(&self, shape: Shape) -> Name {
        self.find_name(shape).unwrap_or_default()
    }

    /// The same; `None` where the shape's name is not there.
    #[inline]
    pub(crate) fn find_name(&self, shape: Shape) -> Option<Name> {
        let number = shape.name();
        // Whether a shape has a name is hard to foresee, so there is one to look up for those that have none.
        const NONE: [u16_le; 2] = [u16_le::from_native(0); 2];
        let name = select_unpredictable(number == 0, Some(&NONE), self.names.get(number.wrapping_sub(1)))?;
        Some(Name::of(name.each_ref().map(|n| n.to_native())))
    }

    /// Whether a visible subtree of this shape is a named node.
    #[inline]
    pub(crate) fn is_named(&self, shape: Shape) -> bool {
        if shape.has(flags::RENAMED) { self.name(shape).is_named } else { shape.has(flags::NAMED) }
    }

    /// The eight bytes from a place on.
    #[inline(always)]
    pub(crate) fn word(&self, at: u32) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// The number of a record's shape, and where its other operands begin.
    #[inline(always)]
    pub(crate) fn number(&self, at: At) -> Option<(u32, u32)> {
        let byte = *self.numbers.get(at.record as usize)?;
        if byte < FIRST_PAGE {
            return Some((byte.into(), at.operand));
        }
        number::read_wide(byte, self.operands, at.operand)
    }

    /// The record that is there; `None` where there is none.
    ///
    /// Nearly all records have a shape of one of the short forms, whose operands are read without a branch: what
    /// comes next is hard to foresee for a processor, and a walk does little else.
    #[inline(always)]
    pub(crate) fn record(&self, at: At) -> Option<Record> {
        let (number, operand) = self.number(at)?;
        let shape = Shape(self.shapes.get(number as usize)?.to_native());
        let rest = At { record: at.record.wrapping_add(1), operand };
        if shape.has_long_head() {
            return self.record_of(shape, number, rest);
        }
        let word = self.word(operand)?;
        // The forms of padding are 0 to 3: the higher bit says that there is an operand, the lower one adds a byte,
        // and both together are a new row.
        let form = u32::from(shape.padding_form());
        let (has_operand, one) = (form >> 1, form & 1);
        let bytes = one + word as u8 as u32 * has_operand;
        let row = has_operand & one;
        Some(Record {
            shape,
            number,
            padding: Extent { bytes, row, column: bytes - row },
            child_count: shape.child_count(),
            rest: At { operand: operand.wrapping_add(has_operand), ..rest },
            word: word >> (8 * has_operand),
        })
    }

    #[inline(always)]
    fn record_of(&self, shape: Shape, number: u32, rest: At) -> Option<Record> {
        let mut at = rest.operand;
        let padding = match shape.padding_form() {
            padding::NONE => Extent::default(),
            padding::SPACE => Extent { bytes: 1, row: 0, column: 1 },
            padding::LINE => {
                let [bytes] = self.take(&mut at)?;
                on_one_line(bytes.into())
            }
            padding::NEWLINE => {
                let [column] = self.take(&mut at)?;
                Extent { bytes: u32::from(column) + 1, row: 1, column: column.into() }
            }
            padding::SHORT => self.short_extent(&mut at)?,
            padding::LONG => self.long_extent(&mut at)?,
            _ => return None,
        };
        let mut child_count = shape.child_count();
        if child_count == LONG {
            child_count = self.long(&mut at)?;
        }
        Some(Record {
            shape,
            number,
            padding,
            child_count,
            rest: At { operand: at, ..rest },
            word: self.word(at)?,
        })
    }

    /// The rest of a leaf.
    #[inline(always)]
    pub(crate) fn leaf(&self, record: &Record) -> Option<Leaf> {
        let (shape, rest) = (record.shape, record.rest);
        if shape.has_long_leaf() {
            return self.rare_leaf(record);
        }
        // The forms of size are 0 and 1: without an operand, and with one.
        let form = u32::from(shape.extent_form());
        let bytes = if form == 0 { shape.size() } else { record.word as u8 as u32 };
        let next = At { operand: rest.operand.wrapping_add(form), ..rest };
        Some(Leaf { size: on_one_line(bytes), lookahead_char: 0, next })
    }

    #[inline(always)]
    fn rare_leaf(&self, record: &Record) -> Option<Leaf> {
        let mut at = record.rest.operand;
        if record.shape.lookahead() == LONG {
            self.long(&mut at)?;
        }
        let size = match record.shape.extent_form() {
            extent::NONE => on_one_line(record.shape.size()),
            extent::LINE => {
                let [bytes] = self.take(&mut at)?;
                on_one_line(bytes.into())
            }
            extent::SHORT => self.short_extent(&mut at)?,
            _ => self.long_extent(&mut at)?,
        };
        let lookahead_char = if record.shape.is_error() { self.u32(&mut at)? as i32 } else { 0 };
        Some(Leaf { size, lookahead_char, next: At { operand: at, ..record.rest } })
    }

    /// Where the record of a parent's first child is.
    #[inline(always)]
    pub(crate) fn children(&self, record: &Record) -> At {
        let rest = record.rest;
        At { operand: rest.operand.wrapping_add(record.shape.extent_width() as u32), ..rest }
    }

    /// The rest of a parent, where it has one, and where its first child's record is.
    #[inline(always)]
    pub(crate) fn span(&self, record: &Record) -> Option<(Option<Span>, At)> {
        let inside = self.children(record);
        let span = match record.shape.extent_form() {
            extent::NONE => return Some((None, inside)),
            extent::LINE => Span::of_line(record.shape, record.word),
            form => Span::read(record.shape, form, self.operands.get(record.rest.operand as usize..)?)?,
        };
        Some((Some(span), inside))
    }

    #[inline(always)]
    fn short_extent(&self, at: &mut u32) -> Option<Extent> {
        let [low, high, row, column] = self.take(at)?;
        Some(Extent { bytes: u16::from_le_bytes([low, high]).into(), row: row.into(), column: column.into() })
    }

    #[inline(always)]
    fn long_extent(&self, at: &mut u32) -> Option<Extent> {
        Some(Extent { bytes: self.u32(at)?, row: self.u32(at)?, column: self.u32(at)? })
    }

    /// What its shape has no room for; nothing where it has.
    #[inline(always)]
    fn long(&self, at: &mut u32) -> Option<u32> {
        self.u32(at).filter(|&number| number >= LONG)
    }

    #[inline(always)]
    fn u32(&self, at: &mut u32) -> Option<u32> {
        self.take(at).map(u32::from_le_bytes)
    }

    /// The next bytes; goes on behind them.
    #[inline(always)]
    fn take<const N: usize>(&self, at: &mut u32) -> Option<[u8; N]> {
        let taken = self.array(*at)?;
        *at = at.wrapping_add(N as u32);
        Some(taken)
    }

    #[inline(always)]
    fn array<const N: usize>(&self, at: u32) -> Option<[u8; N]> {
        self.operands.get(at as usize..)?.first_chunk().copied()
    }
}

fn on_one_line(bytes: u32) -> Extent {
    Extent { bytes, row: 0, column: bytes }
}
