//! Records that are not put together in one go: those with long operands, of parents that say where they end, and
//! about errors.

use super::expand::{Expansion, NO_OPERAND};
use super::pass::Pass;
use super::plan::{Plan, VISIBLE};
use crate::error::DecodeError;
use crate::ffi::Extent;
use crate::layout::{GROUP_OF_ERRORS, flags};
use crate::shape::{LONG, Shape, extent, padding};

pub(super) const KEPT_ERROR: DecodeError = DecodeError::corrupt("a parent that keeps an error to itself");

impl Expansion<'_> {
    /// The next record, of a shape whose plan is rare.
    #[inline(never)]
    pub(super) fn read_rare<const ERRORS: bool>(
        &mut self,
        number: usize,
        pass: &mut Pass,
    ) -> Result<(), DecodeError> {
        let (plan, shape) = (self.plans[number], self.rows[number].shape);
        let is_leaf = shape.is_leaf();
        self.put(&plan.head.to_le_bytes()[..usize::from(plan.head_bits / 8)], pass)?;
        pass.pad(is_leaf, &plan);
        let text = self.read_padding(shape, pass)?;
        pass.extend(text);
        pass.visible += u32::from(plan.bits & VISIBLE);
        let own = pass.missing - 1;
        let errors = self.errors;
        if ERRORS {
            self.check_errors(&plan, shape, pass)?;
        }
        if is_leaf {
            let size = self.read_leaf(shape, pass)?;
            pass.extend(size);
            pass.count(&plan);
            pass.missing = own;
            return Ok(());
        }
        let mut child_count = shape.child_count();
        if child_count == LONG {
            child_count = self.read_long(pass)?;
        }
        let has_span = shape.extent_form() != extent::NONE;
        let mut outer = None;
        let mut children = pass.children;
        if has_span && !shape.is_visible() && pass.missing > pass.inner {
            // It is in a node that does not count its children, so it counts its own from none.
            outer = Some((pass.children, pass.inner));
            (children, pass.children, pass.inner) = (0, 0, u64::MAX);
        } else {
            pass.count(&plan);
        }
        if has_span || shape.has(flags::HAS_ERROR) {
            self.spans.open(shape, own, children, outer, errors, pass);
            pass.at += shape.extent_width();
        }
        pass.missing = own + u64::from(child_count);
        Ok(())
    }

    /// An error is told by all parents that it is in, and by no others: the latter is seen when those end.
    #[cold]
    fn check_errors(&mut self, plan: &Plan, shape: Shape, pass: &mut Pass) -> Result<(), DecodeError> {
        let is_leaf = plan.child_count == 0;
        let is_source = if is_leaf { shape.has(flags::MISSING) } else { shape.symbol() >= GROUP_OF_ERRORS };
        let is_in_clean = pass.missing > pass.clean;
        let has_error = !is_leaf && shape.has(flags::HAS_ERROR);
        if is_source && (is_in_clean || !is_leaf && !has_error) {
            return Err(KEPT_ERROR);
        }
        self.errors += u32::from(is_source);
        if !is_in_clean {
            pass.clean = if is_leaf || has_error { u64::MAX } else { pass.missing - 1 };
        }
        Ok(())
    }

    fn read_padding(&mut self, shape: Shape, pass: &mut Pass) -> Result<Extent, DecodeError> {
        Ok(match shape.padding_form() {
            padding::NONE => Extent::default(),
            padding::SPACE => Extent { bytes: 1, row: 0, column: 1 },
            padding::SHORT => self.read_short(pass)?,
            padding::LONG => self.read_extent(pass)?,
            form => {
                let column = *self.paddings.get(pass.paddings).ok_or(NO_OPERAND)?;
                pass.paddings += 1;
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
                let size = *self.sizes.get(pass.sizes).ok_or(NO_OPERAND)?;
                pass.sizes += 1;
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
        let end = pass.at + bytes.len();
        self.out.get_mut(pass.at..end).ok_or(NO_OPERAND)?.copy_from_slice(bytes);
        pass.at = end;
        Ok(())
    }
}
