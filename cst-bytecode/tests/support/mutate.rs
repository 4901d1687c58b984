//! Bytes that pass the checksum and are wrong all the same: changes of the columns.

use super::columns::{self, Column, Columns};

/// Decides what is changed, and how.
pub(crate) trait Choices {
    /// A number of which only the lowest `bits` count.
    fn next(&mut self, bits: u32) -> u64;

    /// A number below `bound`; 0 where that is 0.
    fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        (self.next(bound.next_power_of_two().trailing_zeros()) % bound) as usize
    }
}

/// A small generator (splitmix64): a case is its seed, so a failure is told in one number.
pub(crate) struct Random(pub(crate) u64);

impl Choices for Random {
    fn next(&mut self, _bits: u32) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Choices written down, as few bytes each as they need; zeros once they are used up. So a fuzzer
/// that changes one byte changes one choice.
pub(crate) struct Script<'a>(pub(crate) &'a [u8]);

impl Choices for Script<'_> {
    fn next(&mut self, bits: u32) -> u64 {
        let length = (bits.div_ceil(8) as usize).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }
}

const EXTREMES: [u32; 16] = [
    0,
    1,
    2,
    15,
    16,
    254,
    255,
    256,
    1 << 15,
    65_533,
    65_534,
    65_535,
    i32::MAX as u32,
    1 << 31,
    u32::MAX - 1,
    u32::MAX,
];

/// Changes a few things. The states of scanners stay as they are: what a grammar's own `deserialize`
/// makes of bytes it did not write is the grammar's affair.
pub(crate) fn mutate(columns: &mut Columns, random: &mut impl Choices) {
    // Whoever means harm gets the sums right.
    let honest = random.below(8) > 0;
    for _ in 0..1 + random.below(3) {
        if columns.subtree_count() == 0 {
            break;
        }
        match random.below(10) {
            0 | 1 => single_shape(columns, random),
            2 => any_element(&mut columns.structure, 12, random),
            3 => any_element(&mut columns.structure, 6, random),
            4 => any_element(&mut columns.parser_state, 3, random),
            5 | 6 => exception(columns, random),
            7 => long_value(columns, random),
            8 => parse_state(columns, random),
            _ => header(columns, random),
        }
    }
    if honest {
        let (live_bytes, count) = (columns.live_bytes(), columns.subtree_count() as u32);
        columns.header[104..112].copy_from_slice(&live_bytes.to_le_bytes());
        columns.header[112..116].copy_from_slice(&count.to_le_bytes());
    }
}

/// Changes one element of one of the first `count` columns, or the column's length.
fn any_element(columns: &mut [Column], count: usize, random: &mut impl Choices) {
    let column = &mut columns[random.below(count)];
    let Some(last) = column.len().checked_sub(1) else { return };
    let (i, j) = (random.below(last + 1), random.below(last + 1));
    let width = column.width;
    match random.below(6) {
        0 => (0..width).for_each(|byte| column.bytes.swap(i * width + byte, j * width + byte)),
        1 => column.bytes.copy_within(i * width..(i + 1) * width, j * width),
        2 => column.bytes[i * width + random.below(width)] ^= 1 << random.below(8),
        3 => drop(column.bytes.drain(i * width..(i + 1) * width)),
        4 => column.bytes.extend_from_within(i * width..(i + 1) * width),
        _ => {
            let value = EXTREMES[random.below(EXTREMES.len())].to_le_bytes();
            let at = i * width + random.below(width / width.min(4)) * 4;
            let width = width.min(4);
            column.bytes[at..at + width].copy_from_slice(&value[..width]);
        }
    }
}

/// Gives one subtree a shape of its own, like another but for one field.
pub(crate) fn single_shape(columns: &mut Columns, random: &mut impl Choices) {
    let subtree = random.below(columns.subtree_count());
    let shape = columns.structure[columns::SHAPES].get(subtree) as usize;
    let symbols = columns.structure[columns::SHAPE_SYMBOLS].len();
    let all = &mut columns.structure[columns::SHAPE_SYMBOLS..=columns::SHAPE_LOOKAHEADS];
    if shape >= symbols || symbols >= 255 || all.iter().any(|column| column.len() != symbols) {
        return;
    }
    for column in all {
        let width = column.width;
        column.bytes.extend_from_within(shape * width..(shape + 1) * width);
    }
    columns.structure[columns::SHAPES].set(subtree, symbols as u32);
    let other = random.below(symbols);
    let (field, value) = match random.below(8) {
        0..4 => (
            columns::SHAPE_FLAGS,
            columns.structure[columns::SHAPE_FLAGS].get(symbols) ^ 1 << random.below(13),
        ),
        4 | 5 => (columns::SHAPE_SYMBOLS, columns.structure[columns::SHAPE_SYMBOLS].get(other)),
        6 => (columns::SHAPE_PRODUCTIONS, columns.structure[columns::SHAPE_PRODUCTIONS].get(other)),
        _ => {
            let field = random.below(6);
            (field, EXTREMES[random.below(EXTREMES.len())])
        }
    };
    columns.structure[field].set(symbols, value);
}

/// The exceptions as a list: subtree, fields, values.
pub(crate) fn exceptions(columns: &Columns) -> Vec<(u32, u32, Vec<u32>)> {
    let numbers = columns.parser_state[columns::EXCEPTIONS].varints();
    let mut rest = numbers.iter().copied();
    let (mut list, mut subtree) = (Vec::new(), 0);
    while let Some(distance) = rest.next() {
        // Numbers that were changed before may add up to anything.
        subtree = distance.wrapping_add(subtree);
        let stored = rest.next().unwrap_or(0);
        list.push((subtree, stored, rest.by_ref().take(value_count(stored)).collect()));
        subtree = subtree.wrapping_add(1);
    }
    list
}

/// How many numbers the fields of an exception take.
pub(crate) fn value_count(stored: u32) -> usize {
    (0..11).filter(|bit| stored >> bit & 1 != 0).map(|bit| [3, 3, 1, 1, 1, 1, 1, 1, 2, 1, 1][bit]).sum()
}

/// Writes a list of exceptions, sorted by subtree.
pub(crate) fn set_exceptions(columns: &mut Columns, list: &[(u32, u32, Vec<u32>)]) {
    let mut numbers = Vec::new();
    let mut next = 0;
    for (subtree, stored, values) in list {
        numbers.extend([subtree.wrapping_sub(next), *stored]);
        numbers.extend(values);
        next = subtree.wrapping_add(1);
    }
    columns.parser_state[columns::EXCEPTIONS].set_varints(&numbers);
}

/// Adds an exception, or changes a value of one.
fn exception(columns: &mut Columns, random: &mut impl Choices) {
    let mut list = exceptions(columns);
    let subtree = random.below(columns.subtree_count()) as u32;
    let value = match random.below(3) {
        0 => random.below(40) as u32,
        1 => random.next(16) as u32 & 0xffff,
        _ => EXTREMES[random.below(EXTREMES.len())],
    };
    if let Err(place) = list.binary_search_by_key(&subtree, |entry| entry.0) {
        let stored = 1 << random.below(11);
        let values = (0..value_count(stored))
            .map(|_| if stored >= 1 << 9 { random.below(2) as u32 } else { value })
            .collect();
        list.insert(place, (subtree, stored, values));
    } else if let Some(entry) = list.iter_mut().find(|entry| entry.0 == subtree) {
        let place = random.below(entry.2.len());
        if let Some(old) = entry.2.get_mut(place) {
            *old = value;
        }
    }
    set_exceptions(columns, &list);
}

fn long_value(columns: &mut Columns, random: &mut impl Choices) {
    let mut numbers = columns.structure[columns::LONG_VALUES].varints();
    if !numbers.is_empty() {
        let place = random.below(numbers.len());
        numbers[place] = EXTREMES[random.below(EXTREMES.len())];
        columns.structure[columns::LONG_VALUES].set_varints(&numbers);
    }
}

fn parse_state(columns: &mut Columns, random: &mut impl Choices) {
    let column = &mut columns.parser_state[columns::PARSE_STATES];
    if column.len() == 0 {
        return;
    }
    let (subtree, other) = (random.below(column.len()), random.below(column.len()));
    let value = match random.below(3) {
        0 => column.get(other),
        1 => random.below(3) as u32,
        _ => random.next(16) as u32 & 0xffff,
    };
    column.set(subtree, value);
}

/// Numbers of the header that the columns must bear out, and ranges.
fn header(columns: &mut Columns, random: &mut impl Choices) {
    match random.below(3) {
        0 => columns.header[96 + random.below(32)] ^= 1 << random.below(8),
        1 => columns.structure[columns::INCLUDED_RANGES].bytes.clear(),
        _ => {
            let column = &mut columns.structure[columns::INCLUDED_RANGES];
            column.bytes.resize(column.bytes.len() + 24, 0);
            for _ in 0..2 {
                let at = random.below(column.bytes.len() / 4) * 4;
                let value = EXTREMES[random.below(EXTREMES.len())];
                column.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
        }
    }
}
