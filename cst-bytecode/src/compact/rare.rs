//! Records that are not put together in one go: those with long operands, and about errors.

use super::expand::{Expansion, NO_OPERAND};
use crate::error::DecodeError;
use crate::ffi::Extent;
use crate::pass::{Pass, Subtree};
use crate::shape::{LONG, Shape, extent, padding};

impl Expansion<'_> {
    /// The next record, of a shape whose plan is rare.
    #[inline(never)]
    pub(super) fn put_rare(&mut self, number: usize, pass: &mut Pass) -> Result<(), DecodeError> {
        let (plan, shape) = (self.plans[number], self.rows[number].shape);
        self.put(&plan.number.operands.to_le_bytes()[..plan.number.length.into()], pass)?;
        let padding = self.read_padding(shape, pass)?;
        let (mut child_count, mut size) = (shape.child_count(), Extent::default());
        if shape.is_leaf() {
            size = self.read_leaf(shape, pass)?;
        } else {
            if child_count == LONG {
                child_count = self.read_long(pass)?;
            }
            // The extent is written when it is known.
            pass.operand += shape.extent_width();
        }
        let subtree = Subtree { shape, padding, child_count, size };
        pass.take_rare(&plan.advance, &subtree)
    }

    fn read_padding(&mut self, shape: Shape, pass: &mut Pass) -> Result<Extent, DecodeError> {
        Ok(match shape.padding_form() {
            padding::NONE => Extent::default(),
            padding::SPACE => Extent { bytes: 1, row: 0, column: 1 },
            padding::SHORT => self.read_short(pass)?,
            padding::LONG => self.read_extent(pass)?,
            form => {
                let column = *self.paddings.get(self.taken.paddings).ok_or(NO_OPERAND)?;
                self.taken.paddings += 1;
                self.put(&[column], pass)?;
                let (column, row) = (u32::from(column), u32::from(form == padding::NEWLINE));
                Extent { bytes: column + row, row, column }
            }
        })
    }

    /// The operands of a leaf but for its padding; gives its size.
    fn read_leaf(&mut self, shape: Shape, pass: &mut Pass) -> Result<Extent, DecodeError> {
        if shape.lookahead() == LONG {
            self.read_long(pass)?;
        }
        let size = match shape.extent_form() {
            extent::NONE => Extent { bytes: shape.size(), row: 0, column: shape.size() },
            extent::LINE => {
                let size = *self.sizes.get(self.taken.sizes).ok_or(NO_OPERAND)?;
                self.taken.sizes += 1;
                self.put(&[size], pass)?;
                Extent { bytes: size.into(), row: 0, column: size.into() }
            }
            extent::SHORT => self.read_short(pass)?,
            _ => self.read_extent(pass)?,
        };
        if shape.is_error() {
            self.read_number(pass)?;
        }
        Ok(size)
    }

    /// What its shape has no room for; nothing where it has.
    fn read_long(&mut self, pass: &mut Pass) -> Result<u32, DecodeError> {
        let number = self.read_number(pass)?;
        if number >= LONG { Ok(number) } else { Err(NO_OPERAND) }
    }

    fn read_number(&mut self, pass: &mut Pass) -> Result<u32, DecodeError> {
        self.read_wide(pass).map(u32::from_le_bytes)
    }

    fn read_short(&mut self, pass: &mut Pass) -> Result<Extent, DecodeError> {
        let [low, high, row, column] = self.read_wide(pass)?;
        Ok(Extent { bytes: u16::from_le_bytes([low, high]).into(), row: row.into(), column: column.into() })
    }

    fn read_extent(&mut self, pass: &mut Pass) -> Result<Extent, DecodeError> {
        let [bytes, row, column] =
            [self.read_number(pass)?, self.read_number(pass)?, self.read_number(pass)?];
        Ok(Extent { bytes, row, column })
    }

    fn read_wide(&mut self, pass: &mut Pass) -> Result<[u8; 4], DecodeError> {
        let (four, rest) = self.wide.split_first_chunk().ok_or(NO_OPERAND)?;
        self.wide = rest;
        self.put(four, pass)?;
        Ok(*four)
    }

    fn put(&mut self, bytes: &[u8], pass: &mut Pass) -> Result<(), DecodeError> {
        let end = pass.operand + bytes.len();
        self.out.get_mut(pass.operand..end).ok_or(NO_OPERAND)?.copy_from_slice(bytes);
        pass.operand = end;
        Ok(())
    }
}
