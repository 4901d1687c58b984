//! A record of the structure: a shape and its operands.

use rkyv::rend::{u16_le, u64_le};

use crate::columns::ArchivedStructure;
use crate::ffi::Extent;
use crate::layout::{ESCAPE, NAMED_ALIAS, RECORDS_TAIL, flags};
use crate::shape::{LONG, Shape, extent, padding};

/// The records of a tree. Whatever the bytes, reading gives a record or nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Records<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) shapes: &'a [u64_le],
    names: &'a [[u16_le; 2]],
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
    /// Where the rest of the operands begins.
    pub(crate) operands: usize,
    /// The bytes from there on, at least six of them.
    rest: u64,
}

/// The rest of a leaf's record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) size: Extent,
    /// The character at which an error began; 0 where there is none.
    pub(crate) lookahead_char: i32,
    /// Where the next record begins.
    pub(crate) next: usize,
}

/// The rest of a parent's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Size of its text.
    pub(crate) size: Extent,
    /// Visible descendants.
    pub(crate) descendants: u32,
    /// Bytes of records from the next up to its last descendant's.
    pub(crate) length: u32,
    /// Of hidden parents: visible children, and named ones.
    pub(crate) children: u32,
    pub(crate) named_children: u32,
}

impl<'a> Records<'a> {
    pub(crate) fn of(structure: &'a ArchivedStructure) -> Self {
        Self {
            bytes: structure.records.as_slice(),
            shapes: structure.shapes.as_slice(),
            names: structure.names.as_slice(),
        }
    }

    /// What its place gives a subtree of this shape; nothing where the shape's name is not there.
    #[inline]
    pub(crate) fn name(&self, shape: Shape) -> Name {
        let name = match shape.name() {
            0 => None,
            number => self.names.get(number - 1),
        };
        name.map_or_else(Name::default, |name| {
            let [alias, field] = name.each_ref().map(|n| n.to_native());
            Name { alias, field: field & !NAMED_ALIAS, is_named: field & NAMED_ALIAS != 0 }
        })
    }

    /// Whether a visible subtree of this shape is a named node.
    #[inline]
    pub(crate) fn is_named(&self, shape: Shape) -> bool {
        if shape.has(flags::RENAMED) { self.name(shape).is_named } else { shape.has(flags::NAMED) }
    }

    /// Where the records end. Zeros follow, so that a record can be read in one go.
    pub(crate) fn end(&self) -> usize {
        self.bytes.len().saturating_sub(RECORDS_TAIL)
    }

    /// The record at `at`; `None` where there is none.
    ///
    /// Nearly all records fit eight bytes and have one of the short forms, which are read without a branch: what
    /// comes next is hard to foresee for a processor, and a walk does little else.
    #[inline(always)]
    pub(crate) fn record(&self, at: usize) -> Option<Record> {
        let word = u64::from_le_bytes(self.array(at)?);
        let number = word as u8;
        if number == ESCAPE {
            return self.rare_record(at);
        }
        let shape = Shape(self.shapes.get(usize::from(number))?.to_native());
        if shape.has_long_head() {
            return self.record_of(shape, number.into(), at + 1);
        }
        // The forms of padding are 0 to 3: the higher bit says that there is an operand, the lower one adds a byte,
        // and both together are a new row.
        let form = u32::from(shape.padding_form());
        let (has_operand, one) = (form >> 1, form & 1);
        let bytes = one + (word >> 8) as u8 as u32 * has_operand;
        let row = has_operand & one;
        Some(Record {
            shape,
            number: number.into(),
            padding: Extent { bytes, row, column: bytes - row },
            child_count: shape.child_count(),
            operands: at + 1 + has_operand as usize,
            rest: word >> 8 >> (8 * has_operand),
        })
    }

    #[inline(always)]
    fn rare_record(&self, at: usize) -> Option<Record> {
        let number = u16::from_le_bytes(self.array(at + 1)?);
        let shape = Shape(self.shapes.get(usize::from(number))?.to_native());
        self.record_of(shape, number.into(), at + 3)
    }

    #[inline(always)]
    fn record_of(&self, shape: Shape, number: u32, at: usize) -> Option<Record> {
        let mut at = at;
        let padding = match shape.padding_form() {
            padding::NONE => Extent::default(),
            padding::SPACE => Extent { bytes: 1, row: 0, column: 1 },
            padding::LINE => {
                let bytes = u32::from(*self.bytes.get(at)?);
                at += 1;
                Extent { bytes, row: 0, column: bytes }
            }
            padding::NEWLINE => {
                let column = u32::from(*self.bytes.get(at)?);
                at += 1;
                Extent { bytes: column + 1, row: 1, column }
            }
            padding::SHORT => {
                at += 4;
                self.short_extent(at - 4)?
            }
            padding::LONG => {
                at += 12;
                self.long_extent(at - 12)?
            }
            _ => return None,
        };
        let mut child_count = shape.child_count();
        if child_count == LONG {
            child_count = self.long(at)?;
            at += 4;
        }
        let rest = u64::from_le_bytes(self.array(at)?);
        Some(Record { shape, number, padding, child_count, operands: at, rest })
    }

    /// The rest of a leaf.
    #[inline(always)]
    pub(crate) fn leaf(&self, record: &Record) -> Option<Leaf> {
        let shape = record.shape;
        if shape.has_long_leaf() {
            return self.rare_leaf(record);
        }
        // The forms of size are 0 and 1: without an operand, and with one.
        let form = u32::from(shape.extent_form());
        let bytes = if form == 0 { shape.size() } else { record.rest as u8 as u32 };
        Some(Leaf {
            size: Extent { bytes, row: 0, column: bytes },
            lookahead_char: 0,
            next: record.operands + form as usize,
        })
    }

    #[inline(always)]
    fn rare_leaf(&self, record: &Record) -> Option<Leaf> {
        let mut at = record.operands;
        if record.shape.lookahead() == LONG {
            self.long(at)?;
            at += 4;
        }
        let size = match record.shape.extent_form() {
            extent::NONE => {
                let bytes = record.shape.size();
                Extent { bytes, row: 0, column: bytes }
            }
            extent::LINE => {
                let bytes = u32::from(*self.bytes.get(at)?);
                at += 1;
                Extent { bytes, row: 0, column: bytes }
            }
            extent::SHORT => {
                at += 4;
                self.short_extent(at - 4)?
            }
            _ => {
                at += 12;
                self.long_extent(at - 12)?
            }
        };
        let mut lookahead_char = 0;
        if record.shape.is_error() {
            lookahead_char = self.u32(at)? as i32;
            at += 4;
        }
        Some(Leaf { size, lookahead_char, next: at })
    }

    /// Where the record of a parent's first child begins.
    #[inline(always)]
    pub(crate) fn children(&self, record: &Record) -> usize {
        record.operands + record.shape.extent_width()
    }

    /// The rest of a parent, where it has one, and where its first child's record begins.
    #[inline(always)]
    pub(crate) fn span(&self, record: &Record) -> Option<(Option<Span>, usize)> {
        let shape = record.shape;
        let at = record.operands;
        match shape.extent_form() {
            extent::NONE => Some((None, at)),
            extent::LINE => {
                let [bytes, descendants, low, high, children, named, ..] = record.rest.to_le_bytes();
                let (children, named) = if shape.is_visible() { (0, 0) } else { (children, named) };
                let span = Span {
                    size: Extent { bytes: bytes.into(), row: 0, column: bytes.into() },
                    descendants: descendants.into(),
                    length: u16::from_le_bytes([low, high]).into(),
                    children: children.into(),
                    named_children: named.into(),
                };
                Some((Some(span), at + shape.extent_width()))
            }
            extent::SHORT => {
                let word = u64::from_le_bytes(self.array(at)?);
                let (children, named_children) = if shape.is_visible() {
                    (0, 0)
                } else {
                    let counts = self.u32(at + 8)?;
                    (counts & 0xffff, counts >> 16)
                };
                let size = Extent {
                    bytes: word as u16 as u32,
                    row: (word >> 48) as u8 as u32,
                    column: (word >> 56) as u8 as u32,
                };
                let (descendants, length) = ((word >> 16) as u16 as u32, (word >> 32) as u16 as u32);
                Some((
                    Some(Span { size, descendants, length, children, named_children }),
                    at + shape.extent_width(),
                ))
            }
            _ => {
                let number = |i: usize| self.u32(at + i * 4);
                let size = Extent { bytes: number(0)?, row: number(3)?, column: number(4)? };
                let (children, named_children) =
                    if shape.is_visible() { (0, 0) } else { (number(5)?, number(6)?) };
                let span =
                    Span { size, descendants: number(1)?, length: number(2)?, children, named_children };
                Some((Some(span), at + shape.extent_width()))
            }
        }
    }

    #[inline]
    fn short_extent(&self, at: usize) -> Option<Extent> {
        let [low, high, row, column] = self.array(at)?;
        Some(Extent { bytes: u16::from_le_bytes([low, high]).into(), row: row.into(), column: column.into() })
    }

    fn long_extent(&self, at: usize) -> Option<Extent> {
        Some(Extent { bytes: self.u32(at)?, row: self.u32(at + 4)?, column: self.u32(at + 8)? })
    }

    /// What its shape has no room for; nothing where it has.
    fn long(&self, at: usize) -> Option<u32> {
        self.u32(at).filter(|&number| number >= LONG)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..)?.first_chunk().copied()
    }
}

/// Where in a parent's extent operands its length stands, and in how many bytes.
pub(crate) fn length_place(form: u8) -> (usize, usize) {
    match form {
        extent::LINE => (2, 2),
        extent::SHORT => (4, 2),
        _ => (8, 4),
    }
}

/// Writes a parent's extent operands, their length still open.
pub(crate) fn write_span(out: &mut Vec<u8>, shape: Shape, span: &Span) {
    let is_hidden = !shape.is_visible();
    let Span { size, descendants, children, named_children, .. } = *span;
    match shape.extent_form() {
        extent::NONE => {}
        extent::LINE => {
            out.extend_from_slice(&[size.bytes as u8, descendants as u8, 0, 0]);
            if is_hidden {
                out.extend_from_slice(&[children as u8, named_children as u8]);
            }
        }
        extent::SHORT => {
            for number in [size.bytes as u16, descendants as u16, 0] {
                out.extend_from_slice(&number.to_le_bytes());
            }
            out.extend_from_slice(&[size.row as u8, size.column as u8]);
            if is_hidden {
                out.extend_from_slice(&(children as u16).to_le_bytes());
                out.extend_from_slice(&(named_children as u16).to_le_bytes());
            }
        }
        _ => {
            for number in [size.bytes, descendants, 0, size.row, size.column] {
                out.extend_from_slice(&number.to_le_bytes());
            }
            if is_hidden {
                out.extend_from_slice(&children.to_le_bytes());
                out.extend_from_slice(&named_children.to_le_bytes());
            }
        }
    }
}

/// The form in which a parent's extent fits; `NONE` is for the caller to choose.
#[inline]
pub(crate) fn span_form(is_hidden: bool, span: &Span) -> u8 {
    let Span { size, descendants, children, named_children, .. } = *span;
    let counts = if is_hidden { children | named_children } else { 0 };
    let is_line = size.row == 0 && size.column == size.bytes;
    if is_line && (size.bytes | descendants | counts) <= 0xff {
        extent::LINE
    } else if (size.bytes | descendants | counts) <= 0xffff && (size.row | size.column) <= 0xff {
        extent::SHORT
    } else {
        extent::LONG
    }
}
