//! Whatever the records: they are taken if they keep the rules, and only then. The rules by a reader that shares nothing with
//! the one in the crate, where checking bytecode and making it from the compact form go by the same code.
//!
//! `PROPTEST_CASES=1000000` makes a long run of it.

use std::collections::BTreeMap;

use cst_bytecode::Bytecode;

use crate::support::columns::{self, Column, Columns};
use crate::support::mutate::{Choices, Random, any_element};
use crate::support::rules::{Position, broken};
use crate::support::subtrees::{
    ERROR, ERROR_REPEAT, Extent, HAS_ERROR, MISSING, NAMED, RENAMED, TAIL, VISIBLE,
};
use crate::support::{SAMPLES, config, sample};

/// Spoils some of the columns that a view reads, and compares. Says which rule was broken.
fn check(mut columns: Columns, random: &mut Random) -> &'static str {
    for _ in 0..random.below(3) {
        any_element(&mut columns.structure, columns::INCLUDED_RANGES, random);
    }
    let broken = broken(&columns);
    let taken = Bytecode::copy_from(&columns.write());
    assert_eq!(
        taken.as_ref().err().map(ToString::to_string).is_some(),
        broken.is_some(),
        "{broken:?}, {taken:?}"
    );
    broken.unwrap_or("none")
}

/// Each rule was broken, and kept, by some.
fn check_all(mut columns: impl FnMut(&mut Random) -> Columns) -> BTreeMap<&'static str, u32> {
    let mut tally = BTreeMap::new();
    for case in 0..config(20_000).cases {
        let mut random = Random(case.into());
        let columns = columns(&mut random);
        *tally.entry(check(columns, &mut random)).or_default() += 1;
    }
    assert!(tally["none"] > 100, "{tally:?}");
    tally
}

#[test]
fn of_records_of_samples() {
    let read = |source: &'static str| {
        move |sample: &'static crate::support::Sample| {
            Columns::read(sample.encode(&sample.parse(source), source).as_bytes())
        }
    };
    let sound: Vec<Columns> =
        SAMPLES.iter().flat_map(|sample| sample.sources().map(|source| read(source)(sample))).collect();
    check_all(|random| sound[random.below(sound.len())].clone());
}

#[test]
fn of_records_that_no_grammar_makes() {
    let sample = sample("json");
    let other = Columns::read(sample.encode(&sample.parse("[]"), "[]").as_bytes());
    let tally = check_all(|random| Records::of_random_tree(random).columns(&other));
    assert!(tally.len() >= 12, "{tally:?}");
}

/// Records while they are written. Extents are what they should be, if their form has room for that.
#[derive(Default)]
struct Records {
    shapes: Vec<u64>,
    numbers: Vec<u8>,
    operands: Vec<u8>,
    at: Position,
    descendants: u64,
    /// How many subtrees there may still be.
    left: usize,
}

/// Two names: an alias that is a named symbol, and one that is none.
const NAMES: [[u16; 2]; 2] = [[5, 3], [9, 1 << 15 | 2]];

impl Records {
    fn of_random_tree(random: &mut Random) -> Self {
        let mut records = Self { left: [6, 20, 80, 400][random.below(4)], ..Self::default() };
        if random.below(6) == 0 {
            // So that numbers get wide.
            let count = [240, 250, 600, 2_100][random.below(4)];
            records.shapes.extend((1 << 32..).take(count));
        }
        let depth = [2, 5, 12, 40][random.below(4)];
        let has_error = random.below(3) == 0;
        records.subtree(depth, has_error, false, random);
        records.operands.extend([0; TAIL]);
        records
    }

    fn columns(self, other: &Columns) -> Columns {
        let bytes = [
            self.shapes.iter().flat_map(|shape| shape.to_le_bytes()).collect(),
            NAMES.iter().flatten().flat_map(|part| part.to_le_bytes()).collect(),
            self.numbers,
            self.operands,
            other.structure[columns::INCLUDED_RANGES].bytes.clone(),
        ];
        let column = |(&(width, align), bytes)| Column { width, align, bytes };
        let structure = columns::STRUCTURE.iter().zip(bytes).map(column).collect();
        Columns { structure, ..other.clone() }
    }

    /// Writes a subtree. Gives how many children it is to its parent in users' eyes, and how many named ones.
    fn subtree(&mut self, depth: usize, has_error: bool, is_padded: bool, random: &mut Random) -> [u64; 2] {
        let is_leaf = depth == 0 || self.left == 0 || random.below(3) == 0;
        self.left = self.left.saturating_sub(1);
        let (flags, name, is_named) = match random.below(12) {
            0..5 => (0, 0, false),
            5..8 => (VISIBLE, 0, false),
            8..10 => (VISIBLE | NAMED, 0, true),
            10 => (RENAMED, 1, false),
            _ => (RENAMED | NAMED, 2, true),
        };
        let is_visible = flags & (VISIBLE | RENAMED) != 0;
        self.descendants += u64::from(is_visible);
        let has_padding = !is_padded && random.below(3) == 0;
        let form = if has_padding { 1 + random.below(5) as u64 } else { 0 };
        let shape = (1 + random.below(3) as u64) | u64::from(flags) << 32 | form << 46 | name << 55;
        let padding = match form {
            0 => [0; 3],
            1 => [1, 0, 1],
            2 => on_a_line(random.below(7)),
            3 => [4, 1, 3],
            _ => anywhere(random),
        };
        let children = if is_leaf {
            self.leaf(shape, padding, has_error, random);
            [0; 2]
        } else {
            self.parent(shape, padding, (depth, has_error, is_padded || has_padding), random)
        };
        if is_visible { [1, is_named.into()] } else { children }
    }

    fn leaf(&mut self, mut shape: u64, padding: Extent, has_error: bool, random: &mut Random) {
        if has_error {
            shape |= u64::from(MISSING) << 32;
        }
        let is_error = random.below(30) == 0;
        if is_error {
            shape |= u64::from(ERROR);
        }
        let is_long = random.below(15) == 0;
        if is_long {
            shape |= 15 << 16;
        }
        let form = [0, 0, 1, 1, 2, 3][random.below(6)];
        let size = if form < 2 { on_a_line(random.below(60)) } else { anywhere(random) };
        shape |= form << 49 | if form == 0 { u64::from(size[0]) << 20 } else { 0 };
        self.record(shape, padding, random);
        if is_long {
            self.operands.extend(20_u32.to_le_bytes());
        }
        match form {
            0 => {}
            1 => self.operands.push(size[0] as u8),
            2 => self.short(size),
            _ => self.long(size),
        }
        if is_error {
            self.operands.extend([b'!', 0, 0, 0]);
        }
        self.at.add(size);
    }

    fn parent(
        &mut self,
        mut shape: u64,
        padding: Extent,
        (depth, has_error, is_padded): (usize, bool, bool),
        random: &mut Random,
    ) -> [u64; 2] {
        let is_wide = self.left > 300 && random.below(40) == 0;
        if is_wide {
            self.left = 0;
        }
        let most = [2, 6, 40][random.below(3)];
        let count = if is_wide { 900 + random.below(1_500) } else { 1 + random.below(most) };
        shape |= (count.min(15) as u64) << 51;
        let is_error = has_error && random.below(3) == 0;
        if has_error {
            shape |= u64::from(HAS_ERROR) << 32;
        }
        if is_error {
            shape |= u64::from([ERROR, ERROR_REPEAT][random.below(2)]);
        }
        let form = [0, 0, 0, 1, 2, 3][random.below(6)];
        self.record(shape | form << 49, padding, random);
        if count >= 15 {
            self.operands.extend((count as u32).to_le_bytes());
        }
        let is_visible = (shape >> 32) as u16 & (VISIBLE | RENAMED) != 0;
        let extent = self.operands.len();
        let width = [[0, 4, 10, 24], [0, 6, 14, 32]][usize::from(!is_visible)][form as usize];
        self.operands.resize(extent + width, 0);
        let (start, descendants) = (self.at, self.descendants);
        let (records, operands) = (self.numbers.len(), self.operands.len());
        // Some child has the error, if the parent is none.
        let which = if has_error && !is_error { random.below(count) } else { count };
        let mut children = [0; 2];
        for child in 0..count {
            let has_error = child == which || (has_error && random.below(8) == 0);
            let own = self.subtree(depth - 1, has_error, is_padded && child == 0, random);
            children = [children[0] + own[0], children[1] + own[1]];
        }
        let [bytes, rows, columns] = self.at.since(&start);
        let descendants = self.descendants - descendants;
        let counts = [self.numbers.len() - records, self.operands.len() - operands].map(|count| count as u64);
        let (wide, narrow) = [(0, 0), (1, 0), (2, 1), (4, 4)][form as usize];
        let mut said = Vec::new();
        let mut say = |number: u64, width: usize| said.extend_from_slice(&number.to_le_bytes()[..width]);
        [bytes, descendants, counts[0], counts[1]].into_iter().for_each(|number| say(number, wide));
        [rows, columns].into_iter().for_each(|number| say(number, narrow));
        if !is_visible {
            children.into_iter().for_each(|number| say(number, wide));
        }
        self.operands[extent..operands].copy_from_slice(&said);
        children
    }

    /// Writes what a record begins with: the number of its shape, and the padding.
    fn record(&mut self, shape: u64, padding: Extent, random: &mut Random) {
        let known = self.shapes.iter().position(|&known| known == shape).filter(|_| random.below(20) > 0);
        let number = known.unwrap_or_else(|| {
            self.shapes.push(shape);
            self.shapes.len() - 1
        });
        // Any form that holds the number will do.
        let is_short = random.below(25) > 0;
        match number {
            0..248 if is_short => self.numbers.push(number as u8),
            248..2_040 if is_short => {
                self.numbers.push((248 + (number - 248) / 256) as u8);
                self.operands.push(((number - 248) % 256) as u8);
            }
            _ => {
                self.numbers.push(255);
                self.operands.extend((number as u16).to_le_bytes());
            }
        }
        match shape >> 46 & 7 {
            0 | 1 => {}
            2 => self.operands.push(padding[0] as u8),
            3 => self.operands.push(padding[2] as u8),
            4 => self.short(padding),
            _ => self.long(padding),
        }
        self.at.add(padding);
    }

    fn short(&mut self, [bytes, rows, columns]: Extent) {
        self.operands.extend((bytes as u16).to_le_bytes());
        self.operands.extend([rows as u8, columns as u8]);
    }

    fn long(&mut self, extent: Extent) {
        extent.iter().for_each(|number| self.operands.extend(number.to_le_bytes()));
    }
}

fn on_a_line(bytes: usize) -> Extent {
    [bytes as u32, 0, bytes as u32]
}

/// Of which the columns need not be those of any text.
fn anywhere(random: &mut Random) -> Extent {
    [random.below(300) as u32, random.below(3) as u32, random.below(9) as u32]
}
