//! What a reader asks of records when bytes come in: a third reader, made from `docs/format/bytecode.md` alone. It keeps every
//! parent whose children are still coming, and does nothing twice or ahead: as slow as it is plain.

use super::columns::{self, Columns};
use super::subtrees::{
    self, ERROR, ERROR_REPEAT, Extent, HAS_ERROR, MISSING, NAMED, Operands, RENAMED, VISIBLE,
};

/// A place in the text, and where its line begins; of what is damaged, before the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    byte: u64,
    row: u64,
    line: u32,
}

impl Position {
    pub(crate) fn add(&mut self, [bytes, rows, columns]: Extent) {
        // Columns are bytes after the last line end, whatever they say; sums of them are modulo 2^32.
        let line_at_end = if rows > 0 { 0 } else { self.column() };
        self.byte += u64::from(bytes);
        self.row += u64::from(rows);
        self.line = (self.byte as u32).wrapping_sub(line_at_end.wrapping_add(columns));
    }

    fn column(&self) -> u32 {
        (self.byte as u32).wrapping_sub(self.line)
    }

    /// Bytes, rows and columns since an earlier place.
    pub(crate) fn since(&self, start: &Self) -> [u64; 3] {
        let row = self.row - start.row;
        let column = if row > 0 { self.column() } else { self.column().wrapping_sub(start.column()) };
        [self.byte - start.byte, row, column.into()]
    }
}

/// A parent whose children are still coming.
struct Parent {
    missing: u64,
    is_visible: bool,
    has_error: bool,
    /// Whether something in it has an error, or it is one.
    holds_error: bool,
    /// What its extent says.
    said: Option<Vec<u64>>,
    // Where it begins: in the text, in the columns.
    start: Position,
    records: usize,
    operands: usize,
    // How many of its descendants are visible, and of its children in users' eyes, and how many of these are named.
    descendants: u64,
    children: u64,
    named_children: u64,
}

impl Parent {
    /// What its extent should say, if everything up to here is in it.
    fn extent(&self, end: &Position, records: usize, operands: usize) -> Vec<u64> {
        let [bytes, rows, columns] = end.since(&self.start);
        let counts = [(records - self.records) as u64, (operands - self.operands) as u64];
        let mut extent = vec![bytes, self.descendants, counts[0], counts[1], rows, columns];
        if !self.is_visible {
            extent.extend([self.children, self.named_children]);
        }
        extent
    }
}

/// The rule that columns break, if they break one.
pub(crate) fn broken(columns: &Columns) -> Option<&'static str> {
    check(columns).err()
}

fn check(columns: &Columns) -> Result<(), &'static str> {
    let shapes = columns.structure[columns::SHAPES].elements();
    shapes.iter().try_for_each(|&shape| check_shape(columns, shape))?;
    let mut operands = Operands { bytes: &columns.structure[columns::OPERANDS].bytes, at: 0 };
    let mut open: Vec<Parent> = Vec::new();
    let mut at = Position::default();
    let mut is_padded = false;
    let numbers = &columns.structure[columns::NUMBERS].bytes;
    for (record, &byte) in numbers.iter().enumerate() {
        if record > 0 && open.is_empty() {
            return Err("something after the root");
        }
        let number = operands.shape(byte).ok_or(NO_OPERANDS)?;
        let &shape = shapes.get(number).ok_or("a shape that is not there")?;
        let (symbol, flags) = (shape as u16, (shape >> 32) as u16);
        let has = |flag: u16| flags & flag != 0;
        let padding_form = shape >> 46 & 7;
        at.add(operands.padding(padding_form).ok_or(NO_OPERANDS)?);
        if padding_form != 0 && is_padded {
            return Err("padding twice before a leaf");
        }
        is_padded |= padding_form != 0;
        let child_count = fifteen_or_more(shape >> 51 & 15, &mut operands)?;
        let is_leaf = child_count == 0;
        let is_visible = has(VISIBLE | RENAMED);
        if is_visible {
            let is_named = if has(RENAMED) { name(columns, shape)?[1] >> 15 == 1 } else { has(NAMED) };
            open.iter_mut().for_each(|parent| parent.descendants += 1);
            // Hidden parents are not there in users' eyes: what is theirs is that of the parent above, too.
            let first = open.iter().rposition(|parent| parent.is_visible).unwrap_or(0);
            for parent in &mut open[first..] {
                parent.children += 1;
                parent.named_children += u64::from(is_named);
            }
        }
        let is_error = if is_leaf { has(MISSING) } else { symbol == ERROR || symbol == ERROR_REPEAT };
        if is_error {
            open.iter_mut().for_each(|parent| parent.holds_error = true);
        }
        if is_leaf {
            is_padded = false;
            at.add(leaf(shape, &mut operands)?);
        } else {
            let said = said(shape, is_visible, &mut operands)?;
            open.push(Parent {
                missing: child_count,
                is_visible,
                has_error: has(HAS_ERROR),
                holds_error: is_error,
                said,
                start: at,
                records: record + 1,
                operands: operands.at,
                descendants: 0,
                children: 0,
                named_children: 0,
            });
            continue;
        }
        // The leaf, and all parents whose last child it ends.
        while let Some(parent) = open.last_mut() {
            parent.missing -= 1;
            if parent.missing > 0 {
                break;
            }
            let parent = open.pop().ok_or("a parent")?;
            if parent.has_error != parent.holds_error {
                return Err("an error that a parent does not say, or says without one");
            }
            let extent = parent.extent(&at, record + 1, operands.at);
            if parent.said.is_some_and(|said| said != extent) {
                return Err("an extent that is not the parent's");
            }
        }
    }
    if numbers.is_empty() || !open.is_empty() {
        return Err("a child that is not there");
    }
    if operands.bytes[operands.at..] != [0; subtrees::TAIL] {
        return Err("other operands after the last than eight zeros");
    }
    let is_long = at.byte > u32::MAX.into() || at.row > u32::MAX.into();
    if is_long { Err("a text beyond 32 bits") } else { Ok(()) }
}

const NO_OPERANDS: &str = "operands that are not there";

/// Whatever its records are.
fn check_shape(columns: &Columns, shape: u64) -> Result<(), &'static str> {
    if shape >> 46 & 7 > 5 {
        return Err("no form of a padding");
    }
    let [alias, _] = name(columns, shape)?;
    let is_renamed = (shape >> 32) as u16 & RENAMED != 0;
    if is_renamed != (alias != 0) {
        Err("renamed without an alias, or an alias without that")
    } else {
        Ok(())
    }
}

/// Alias and field; 0 for none.
fn name(columns: &Columns, shape: u64) -> Result<[u16; 2], &'static str> {
    let names = &columns.structure[columns::NAMES];
    match (shape >> 55) as usize {
        0 => Ok([0; 2]),
        number if number > names.len() => Err("a name that is not there"),
        number => Ok([names.get(number - 1) as u16, (names.get(number - 1) >> 16) as u16]),
    }
}

/// A number of the shape, or the operand that 15 stands for.
fn fifteen_or_more(number: u64, operands: &mut Operands<'_>) -> Result<u64, &'static str> {
    if number < 15 {
        return Ok(number);
    }
    match operands.number(4).ok_or(NO_OPERANDS)? {
        0..15 => Err("an operand for what the shape could say"),
        number => Ok(number.into()),
    }
}

/// The size of a leaf.
fn leaf(shape: u64, operands: &mut Operands<'_>) -> Result<Extent, &'static str> {
    fifteen_or_more(shape >> 16 & 15, operands)?;
    let in_shape = (shape >> 20 & 63) as u32;
    let size = match shape >> 49 & 3 {
        0 => Some([in_shape, 0, in_shape]),
        1 => operands.on_a_line(),
        2 => operands.short(),
        _ => operands.long(),
    };
    if shape as u16 == ERROR {
        operands.number(4).ok_or(NO_OPERANDS)?;
    }
    size.ok_or(NO_OPERANDS)
}

/// What a parent's extent says, in the order of [`Parent::extent`]; `None` for nothing.
fn said(shape: u64, is_visible: bool, operands: &mut Operands<'_>) -> Result<Option<Vec<u64>>, &'static str> {
    let (width, narrow) = match shape >> 49 & 3 {
        0 => return Ok(None),
        1 => (1, 0),
        2 => (2, 1),
        _ => (4, 4),
    };
    let of_hidden = if is_visible { 0 } else { 2 };
    let widths = [width; 4].into_iter().chain([narrow; 2]).chain(std::iter::repeat_n(width, of_hidden));
    let said: Option<Vec<_>> = widths.map(|width| operands.number(width).map(u64::from)).collect();
    let mut said = said.ok_or(NO_OPERANDS)?;
    if narrow == 0 {
        // On one row there are as many columns as bytes.
        said[5] = said[0];
    }
    Ok(Some(said))
}
