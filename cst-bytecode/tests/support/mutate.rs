//! Bytes that pass the checksum and are wrong all the same: changes of the columns.

use tree_sitter::Language;

use super::columns::{self, Column, Columns};
use super::subtrees::{self, Place, Subtree, TAIL};

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

const EXTREMES: [u32; 18] = [
    0,
    1,
    2,
    15,
    16,
    247,
    248,
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
pub(crate) fn mutate(columns: &mut Columns, language: &Language, random: &mut impl Choices) {
    // Whoever means harm gets the sums right.
    let honest = random.below(8) > 0;
    let mut changes: Vec<usize> = (0..1 + random.below(3)).map(|_| random.below(12)).collect();
    // Those of subtrees first, for which the columns must be in order.
    changes.sort_unstable();
    if changes[0] < 5 {
        let mut all = subtrees::read(columns, language);
        for _ in changes.iter().filter(|&&change| change < 5) {
            subtree(&mut all, random);
        }
        subtrees::write(columns, language, &all);
    }
    for change in changes {
        match change {
            0..5 => {}
            5 => any_element(&mut columns.structure, columns::STRUCTURE.len(), random),
            6 => match random.below(3) {
                0 => whole_record(columns, random),
                1 => part_of_record(&mut columns.structure[columns::NUMBERS], random),
                _ => part_of_record(&mut columns.structure[columns::OPERANDS], random),
            },
            7 => any_element(&mut columns.parser_state, columns::EXCEPTIONS, random),
            8 | 9 => exception(columns, random),
            10 => parse_state(columns, random),
            _ => header(columns, random),
        }
    }
    if honest && let Some(all) = subtrees::read_records(columns) {
        subtrees::set_header(columns, &all);
    }
}

/// Changes one element of one of the first `count` columns, or the column's length.
pub(crate) fn any_element(columns: &mut [Column], count: usize, random: &mut impl Choices) {
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

/// Changes one field of one subtree.
fn subtree(all: &mut [Subtree], random: &mut impl Choices) {
    let other = all[random.below(all.len())].clone();
    let place = random.below(all.len());
    let subtree = &mut all[place];
    let extreme = EXTREMES[random.below(EXTREMES.len())];
    match random.below(16) {
        0..5 => subtree.flags ^= 1 << random.below(14),
        5 | 6 => subtree.symbol = other.symbol,
        7 => subtree.symbol = extreme as u16,
        8 => subtree.production = if random.below(2) == 0 { other.production } else { extreme as u16 },
        9 => subtree.precedence = extreme.cast_signed(),
        10 => subtree.state = if random.below(2) == 0 { other.state } else { extreme as u16 },
        11 => subtree.child_count = if random.below(2) == 0 { other.child_count } else { extreme },
        12 => subtree.lookahead = extreme,
        13 => subtree.name = other.name,
        field => {
            let extent = if field == 14 { &mut subtree.padding } else { &mut subtree.size };
            extent[random.below(3)] = extreme;
        }
    }
}

/// Puts a record, with its operands, before another or in its place, or takes that away.
fn whole_record(columns: &mut Columns, random: &mut impl Choices) {
    let all = subtrees::read_records(columns).unwrap_or_default();
    let mut places: Vec<_> = all.iter().filter_map(|subtree| subtree.record).collect();
    let count = places.len();
    if count == 0 {
        return;
    }
    // Where the last one ends.
    let [numbers, operands] = [columns::NUMBERS, columns::OPERANDS].map(|i| columns.structure[i].len());
    places.push(Place { number: numbers, operands: operands - TAIL });
    let (from, to) = (random.below(count), random.below(count));
    let (added, removed) = [(1, 0), (1, 1), (0, 1)][random.below(3)];
    for column in [columns::NUMBERS, columns::OPERANDS] {
        let start = |record: usize| match column {
            columns::NUMBERS => places[record].number,
            _ => places[record].operands,
        };
        let bytes = &mut columns.structure[column].bytes;
        let again = bytes[start(from)..start(from + added)].to_vec();
        bytes.splice(start(to)..start(to + removed), again);
    }
}

/// Changes one column of the records: a few bytes more, fewer, or others.
fn part_of_record(column: &mut Column, random: &mut impl Choices) {
    let bytes = &mut column.bytes;
    let place = random.below(bytes.len());
    let end = bytes.len().min(place + 1 + random.below(12));
    match random.below(4) {
        0 => drop(bytes.drain(place..end)),
        1 => {
            let again = bytes[place..end].to_vec();
            bytes.splice(place..place, again);
        }
        2 => bytes.truncate(place),
        _ => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte = random.next(8) as u8;
            }
        }
    }
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

/// Changes a parse state, or adds one.
fn parse_state(columns: &mut Columns, random: &mut impl Choices) {
    let column = &mut columns.parser_state[columns::PARSE_STATES];
    let mut numbers = column.varints();
    let value = match random.below(3) {
        0 if !numbers.is_empty() => numbers[random.below(numbers.len())],
        1 => random.below(3) as u32,
        _ => random.next(16) as u32 & 0xffff,
    };
    // With zeros between, each is about the subtree after the one before.
    let place = random.below(numbers.len() + 1);
    match random.below(3) {
        0 if place < numbers.len() => numbers[place] = value,
        1 => drop(numbers.splice(place / 2 * 2..place / 2 * 2, [0, value])),
        _ => numbers.splice(0..0, [random.below(60) as u32, value]).for_each(drop),
    }
    column.set_varints(&numbers);
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
