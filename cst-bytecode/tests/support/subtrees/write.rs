//! Subtrees to columns, by the rules for writers.

use std::collections::HashMap;

use tree_sitter::Language;

use super::super::columns::{self, Column, Columns};
use super::{ERROR, Extent, HAS_CHANGES, NAMED, RENAMED, Subtree, TAIL, VISIBLE, live_bytes, states};

/// Writes subtrees down, their count and live bytes included. Scanner states and exceptions stay what they are.
pub(crate) fn write(columns: &mut Columns, language: &Language, subtrees: &[Subtree]) {
    let sums = sums(subtrees);
    let written = (1..=3).any(|least| Writer::new(subtrees, &sums, least).write(columns).is_some());
    assert!(written, "32 bits have room for every number");
    states::write(columns, language, subtrees);
    set_header(columns, subtrees);
}

/// Has the header say of subtrees how many there are, and what they take.
pub(crate) fn set_header(columns: &mut Columns, subtrees: &[Subtree]) {
    let live_bytes = live_bytes(columns, subtrees);
    columns.header[104..112].copy_from_slice(&live_bytes.to_le_bytes());
    columns.header[112..116].copy_from_slice(&(subtrees.len() as u32).to_le_bytes());
}

/// What follows from the subtrees below.
#[derive(Clone, Copy, Default)]
struct Sums {
    padding: Extent,
    size: Extent,
    descendants: u32,
    children: u32,
    named_children: u32,
}

/// Those of every subtree. Where there are fewer children than announced, of those that there are.
fn sums(subtrees: &[Subtree]) -> Vec<Sums> {
    let mut all = vec![Sums::default(); subtrees.len()];
    // Those without a parent so far, the first of them at the end.
    let mut orphans: Vec<usize> = Vec::new();
    for (number, subtree) in subtrees.iter().enumerate().rev() {
        let mut sums = Sums::default();
        if subtree.is_leaf() {
            sums = Sums { padding: subtree.padding, size: subtree.size, ..sums };
        }
        let children = orphans.len().saturating_sub(subtree.child_count as usize);
        for (place, child) in orphans.drain(children..).rev().enumerate() {
            let of_child = &all[child];
            if place == 0 {
                (sums.padding, sums.size) = (of_child.padding, of_child.size);
            } else {
                sums.size = add(add(sums.size, of_child.padding), of_child.size);
            }
            let child = &subtrees[child];
            let (visible, named) = if child.has(RENAMED) {
                (1, (child.name[1] >> 15).into())
            } else if child.has(VISIBLE) {
                (1, child.has(NAMED).into())
            } else {
                (of_child.children, of_child.named_children)
            };
            sums.children += visible;
            sums.named_children += named;
            sums.descendants += of_child.descendants + u32::from(child.has(RENAMED | VISIBLE));
        }
        all[number] = sums;
        orphans.push(number);
    }
    all
}

fn add(a: Extent, b: Extent) -> Extent {
    let column = if b[1] > 0 { b[2] } else { a[2].wrapping_add(b[2]) };
    [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1]), column]
}

/// The columns while they grow.
struct Writer<'a> {
    subtrees: &'a [Subtree],
    sums: &'a [Sums],
    is_edited: bool,
    /// The shortest form for extents, where those are written.
    least_form: u64,
    numbers: Vec<u8>,
    operands: Vec<u8>,
    shapes: Numbers<(u64, [u16; 2], usize, i32)>,
    names: Numbers<[u16; 2]>,
    chains: Numbers<(usize, usize)>,
    chain_lengths: Vec<usize>,
    links: Numbers<(u64, i32)>,
}

/// A parent whose children are still coming.
struct Open {
    awaited: u32,
    /// Where its extent says how many records there are, and how many bytes of operands; in how many bytes each.
    place: usize,
    width: usize,
    /// Where these begin.
    numbers: usize,
    operands: usize,
}

/// Values numbered in the order they are met.
struct Numbers<T> {
    numbers: HashMap<T, usize>,
    values: Vec<T>,
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn new() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }

    fn number(&mut self, value: T) -> usize {
        *self.numbers.entry(value.clone()).or_insert_with(|| {
            self.values.push(value);
            self.values.len() - 1
        })
    }
}

impl<'a> Writer<'a> {
    fn new(subtrees: &'a [Subtree], sums: &'a [Sums], least_form: u64) -> Self {
        Self {
            subtrees,
            sums,
            is_edited: subtrees.first().is_some_and(|root| root.has(HAS_CHANGES)),
            least_form,
            numbers: Vec::new(),
            operands: Vec::new(),
            shapes: Numbers::new(),
            names: Numbers::new(),
            chains: Numbers::new(),
            chain_lengths: Vec::new(),
            links: Numbers::new(),
        }
    }

    /// `None` where a parent has more records or operands than its form has room for.
    fn write(mut self, columns: &mut Columns) -> Option<()> {
        let (mut chain, mut at_padding) = (0, true);
        let mut open: Vec<Open> = Vec::new();
        for (number, subtree) in self.subtrees.iter().enumerate() {
            let is_link = subtree.is_link() && number > 0;
            if is_link && let Some(longer) = self.longer(chain, subtree) {
                chain = longer;
                continue;
            }
            let has_padding = at_padding && if self.is_edited { subtree.is_leaf() } else { !is_link };
            at_padding = (at_padding && !has_padding) || subtree.is_leaf();
            let sums = self.sums[number];
            let padding = if has_padding { sums.padding } else { [0; 3] };
            if subtree.is_leaf() {
                self.leaf(subtree, padding, chain);
            } else {
                let (place, width) = self.parent(subtree, padding, chain, &sums);
                let (numbers, operands) = (self.numbers.len(), self.operands.len());
                open.push(Open { awaited: subtree.child_count, place, width, numbers, operands });
            }
            chain = 0;
            if !subtree.is_leaf() {
                continue;
            }
            while let Some(parent) = open.last_mut() {
                parent.awaited -= 1;
                if parent.awaited > 0 {
                    break;
                }
                let Open { mut place, width, numbers, operands, .. } = *parent;
                for number in [self.numbers.len() - numbers, self.operands.len() - operands] {
                    if number >> (width * 8) != 0 && width > 0 {
                        return None;
                    }
                    self.operands[place..place + width].copy_from_slice(&number.to_le_bytes()[..width]);
                    place += width;
                }
                open.pop();
            }
        }
        self.finish(columns);
        Some(())
    }

    fn leaf(&mut self, subtree: &Subtree, padding: Extent, chain: usize) {
        let size_form = match subtree.size {
            [bytes @ ..64, 0, columns] if columns == bytes && !subtree.has(NAMED) => 0,
            [bytes @ ..256, 0, columns] if columns == bytes => 1,
            [..65_536, ..256, ..256] => 2,
            _ => 3,
        };
        let size_in_shape = if size_form == 0 { subtree.size[0] } else { 0 };
        let rest = u64::from(subtree.lookahead.min(15)) | u64::from(size_in_shape) << 4;
        self.head(subtree, padding, chain, rest, size_form);
        if subtree.lookahead >= 15 {
            self.operand(subtree.lookahead, 4);
        }
        match size_form {
            0 => {}
            1 => self.operand(subtree.size[0], 1),
            2 => self.extent(subtree.size, [2, 1, 1]),
            _ => self.extent(subtree.size, [4; 3]),
        }
        if subtree.symbol == ERROR {
            self.operand(subtree.character, 4);
        }
    }

    /// Where it is to be written how many records and operands there are, and in how many bytes each.
    fn parent(&mut self, subtree: &Subtree, padding: Extent, chain: usize, sums: &Sums) -> (usize, usize) {
        let is_hidden = !subtree.has(VISIBLE | RENAMED);
        let [bytes, rows, columns] = sums.size;
        let is_on_a_line = rows == 0 && columns == bytes;
        let fits = |form: u64| match form {
            1 => is_on_a_line && sums.descendants < 64 && bytes < 256,
            2 => sums.descendants < 32_768 && bytes < 65_536 && rows < 256 && columns < 256,
            _ => true,
        };
        let form = if subtree.child_count == 1 || (sums.descendants < 16 && bytes < 256) || self.is_edited {
            0
        } else {
            (self.least_form..3).find(|&form| fits(form)).unwrap_or(3)
        };
        self.head(subtree, padding, chain, subtree.production.into(), form);
        if subtree.child_count >= 15 {
            self.operand(subtree.child_count, 4);
        }
        // Bytes and counts; rows and columns.
        let (width, end_width) = [(0, 0), (1, 0), (2, 1), (4, 4)][form as usize];
        self.operand(bytes, width);
        self.operand(sums.descendants, width);
        let place = self.operands.len();
        self.operand(0, width);
        self.operand(0, width);
        self.operand(rows, end_width);
        self.operand(columns, end_width);
        if is_hidden {
            self.operand(sums.children, width);
            self.operand(sums.named_children, width);
        }
        (place, width)
    }

    /// Number of the shape, and padding.
    fn head(&mut self, subtree: &Subtree, padding: Extent, chain: usize, rest: u64, extent_form: u64) {
        let padding_form = match padding {
            [0, 0, 0] => 0,
            [1, 0, 1] => 1,
            [bytes @ ..256, 0, columns] if columns == bytes => 2,
            [bytes, 1, columns @ ..256] if bytes == columns + 1 => 3,
            [..65_536, ..256, ..256] => 4,
            _ => 5,
        };
        let bits = bits(subtree, rest) | padding_form << 46 | extent_form << 49;
        let number = self.shapes.number((bits, subtree.name, chain, subtree.precedence));
        if subtree.name != [0; 2] {
            self.names.number(subtree.name);
        }
        match number as u32 {
            ..248 => self.numbers.push(number as u8),
            wide @ 248..2_040 => {
                self.numbers.push(248 + ((wide - 248) / 256) as u8);
                self.operand((wide - 248) % 256, 1);
            }
            wider => {
                self.numbers.push(255);
                self.operand(wider, 2);
            }
        }
        match padding_form {
            0 | 1 => {}
            2 => self.operand(padding[0], 1),
            3 => self.operand(padding[2], 1),
            4 => self.extent(padding, [2, 1, 1]),
            _ => self.extent(padding, [4; 3]),
        }
    }

    /// The chain, with a link more where it may grow.
    fn longer(&mut self, chain: usize, link: &Subtree) -> Option<usize> {
        let length = chain.checked_sub(1).map_or(0, |above| self.chain_lengths[above]) + 1;
        let key = (bits(link, link.production.into()), link.precedence);
        let known = self
            .links
            .numbers
            .get(&key)
            .is_some_and(|&link| self.chains.numbers.contains_key(&(chain, link)));
        if !known && (length > 16 || self.chains.values.len() == 255) {
            return None;
        }
        let link = self.links.number(key);
        let number = self.chains.number((chain, link));
        if number == self.chain_lengths.len() {
            self.chain_lengths.push(length);
        }
        Some(number + 1)
    }

    /// A number in so many bytes.
    fn operand(&mut self, number: u32, width: usize) {
        self.operands.extend_from_slice(&number.to_le_bytes()[..width]);
    }

    fn extent(&mut self, extent: Extent, widths: [usize; 3]) {
        for (number, width) in extent.into_iter().zip(widths) {
            self.operand(number, width);
        }
    }

    fn finish(self, columns: &mut Columns) {
        let [shapes, names, numbers, operands, _] = &mut columns.structure[..] else {
            panic!("five columns")
        };
        numbers.bytes = self.numbers;
        operands.bytes = self.operands;
        operands.bytes.extend([0; TAIL]);
        for column in [&mut *shapes, names] {
            column.bytes.clear();
        }
        for column in &mut columns.parser_state[..columns::PARSE_STATES] {
            column.bytes.clear();
        }
        let state = &mut columns.parser_state;
        for &[alias, field] in &self.names.values {
            names.push(u64::from(alias) | u64::from(field) << 16);
        }
        for (number, &(bits, name, chain, precedence)) in self.shapes.values.iter().enumerate() {
            let name = self.names.numbers.get(&name).map_or(0, |&name| name as u64 + 1);
            shapes.push(bits | name << 55);
            state[columns::SHAPE_CHAINS].push(chain as u64);
            push_precedence(&mut state[columns::PRECEDENCES], number, precedence);
        }
        for &(above, link) in &self.chains.values {
            state[columns::CHAINS].push(above as u64 | (link as u64) << 16);
        }
        for (number, &(bits, precedence)) in self.links.values.iter().enumerate() {
            state[columns::LINKS].push(bits);
            push_precedence(&mut state[columns::PRECEDENCES], self.shapes.values.len() + number, precedence);
        }
    }
}

fn push_precedence(column: &mut Column, number: usize, precedence: i32) {
    if precedence != 0 {
        column.push(number as u64 | u64::from(precedence.cast_unsigned()) << 32);
    }
}

/// What a shape and a link have: symbol, what follows it, flags, child count.
fn bits(subtree: &Subtree, rest: u64) -> u64 {
    u64::from(subtree.symbol)
        | rest << 16
        | u64::from(subtree.flags) << 32
        | u64::from(subtree.child_count.min(15)) << 51
}
