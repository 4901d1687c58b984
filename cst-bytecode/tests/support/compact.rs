//! A second reader and writer of the compact form, made from `docs/format/compact.md` alone. It checks nothing but
//! that there is something to read, so that it tells what bytes a hostile writer meant.

use super::columns::{self, Column, Columns, put_u32};

const STREAMS: usize = 23;
const HEADER: usize = 108;

/// Streams, by number.
pub(crate) const NUMBERS: usize = 0;
pub(crate) const WIDE_NUMBERS: usize = 1;
pub(crate) const PADDINGS: usize = 2;
pub(crate) const SIZES: usize = 3;
pub(crate) const WIDE: usize = 4;
pub(crate) const DIFFERENCES: usize = 5;
const NAMES: usize = 13;

/// A compact form, taken apart.
#[derive(Clone)]
pub(crate) struct Compact {
    pub(crate) header: Vec<u8>,
    pub(crate) streams: Vec<Vec<u8>>,
}

/// A shape of the table: its bits, and its chain.
#[derive(Clone, Copy, Default)]
struct Row {
    bits: u64,
    chain: u8,
}

impl Row {
    fn field(self, at: u32, width: u32) -> u32 {
        (self.bits >> at) as u32 & ((1 << width) - 1)
    }

    fn is_leaf(self) -> bool {
        self.field(51, 4) == 0
    }

    fn is_visible(self) -> bool {
        self.field(32, 14) & (1 | 1 << 13) != 0
    }

    /// How many bytes the extent of a parent takes.
    fn extent_length(self) -> usize {
        [[0, 6, 14, 32], [0, 4, 10, 24]][usize::from(self.is_visible())][self.field(49, 2) as usize]
    }
}

impl Compact {
    /// Takes a compact form apart; `None` of one that is plain bytecode, or ends early.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        let (bits, mut rest) = rest.split_at_checked(4)?;
        let bits = u32::from_le_bytes(bits.try_into().unwrap());
        if bits >> STREAMS != 0 {
            return None;
        }
        let mut lengths = Vec::new();
        for stream in 0..STREAMS {
            lengths.push(if bits >> stream & 1 == 0 { 0 } else { varint(&mut rest)? as usize });
        }
        let mut streams = Vec::new();
        for length in lengths {
            let (stream, behind) = rest.split_at_checked(length)?;
            streams.push(stream.to_vec());
            rest = behind;
        }
        rest.is_empty().then(|| Self { header: header.to_vec(), streams })
    }

    /// Puts it together again, with a checksum given.
    pub(crate) fn write(&self, checksum: &[u8]) -> Vec<u8> {
        let mut bytes = self.header.clone();
        bytes[16..24].copy_from_slice(checksum);
        let there = || self.streams.iter().enumerate().filter(|(_, stream)| !stream.is_empty());
        let bits: u32 = there().map(|(stream, _)| 1 << stream).sum();
        bytes.extend_from_slice(&bits.to_le_bytes());
        let mut lengths = Column { width: 1, align: 1, bytes: Vec::new() };
        lengths.set_varints(&there().map(|(_, stream)| stream.len() as u32).collect::<Vec<_>>());
        bytes.extend_from_slice(&lengths.bytes);
        there().for_each(|(_, stream)| bytes.extend_from_slice(stream));
        bytes
    }

    /// The bytecode that it means, whatever that is worth; `None` where something is not there.
    pub(crate) fn expand(&self) -> Option<Vec<u8>> {
        let rows = self.rows()?;
        let names = self.names()?;
        let ([numbers, operands], met) = Expansion::new(self, &rows, &names).run()?;
        if met.len() != rows.len() {
            return None;
        }
        let (mut shapes, mut shape_chains, mut met_names) = (Vec::new(), Vec::new(), Vec::new());
        for &number in &met {
            let Row { bits, chain } = rows[number];
            let name = (bits >> 55) as usize;
            let name = if name == 0 { 0 } else { position(&mut met_names, name - 1) + 1 };
            shapes.extend_from_slice(&(bits << 9 >> 9 | (name as u64) << 55).to_le_bytes());
            shape_chains.push(chain);
        }
        let links = self.links()?;
        let (mut chains, mut met_links) = (Vec::new(), Vec::new());
        let mut rest = &self.streams[15][..];
        while !rest.is_empty() {
            chains.push(u16::try_from(varint(&mut rest)?).ok()?);
            let link = u16::try_from(varint(&mut rest)?).ok()?;
            chains.push(position(&mut met_links, link.into()) as u16);
        }
        let are_met = |met: &[usize], count| met.len() == count && met.iter().all(|&at| at < count);
        if !are_met(&met_names, names.len()) || !are_met(&met_links, links.len()) {
            return None;
        }
        let mut precedences = Vec::new();
        for pair in self.streams[17].chunks(8) {
            let number = u32::from_le_bytes(pair.get(..4)?.try_into().unwrap()) as usize;
            let value = i32::from_le_bytes(pair.get(4..)?.try_into().ok()?);
            let number = match number.checked_sub(rows.len()) {
                None => met.iter().position(|&shape| shape == number)?,
                Some(link) => rows.len() + met_links.iter().position(|&met| met == link)?,
            };
            precedences.push((number, value));
        }
        precedences.sort_unstable();
        let precedences =
            precedences.iter().map(|&(number, value)| [(number as u32).to_le_bytes(), value.to_le_bytes()]);
        let mut ranges = self.streams[14].clone();
        if ranges.is_empty() {
            ranges = [0, u32::MAX, 0, 0, u32::MAX, u32::MAX].into_iter().flat_map(u32::to_le_bytes).collect();
        }
        let words = |words: Vec<u16>| words.into_iter().flat_map(u16::to_le_bytes).collect();
        let state = [
            shape_chains,
            words(chains),
            met_links.iter().flat_map(|&link| links[link].to_le_bytes()).collect(),
            precedences.flatten().flatten().collect(),
            self.streams[18].clone(),
            self.streams[19].clone(),
            self.streams[20].clone(),
            self.streams[21].clone(),
            self.streams[22].clone(),
        ];
        let names = words(met_names.iter().flat_map(|&name| names[name]).collect());
        columns_of(&self.header, [shapes, names, numbers, operands, ranges], state)
    }

    fn rows(&self) -> Option<Vec<Row>> {
        let [symbols, child_counts, productions, flags, forms, names, chains] =
            &mut [6, 7, 8, 9, 10, 11, 12].map(|stream: usize| &self.streams[stream][..]);
        let (mut narrow, mut wide, mut row) = (Vec::new(), Vec::new(), Row::default());
        let set = |row: &mut Row, at: u32, width: u32, value: u32| {
            let mask = ((1_u64 << width) - 1) << at;
            row.bits = row.bits & !mask | u64::from(value) << at;
            (value >> width == 0).then_some(())
        };
        for &bits in &self.streams[DIFFERENCES] {
            if bits & 2 != 0 {
                set(&mut row, 51, 4, byte(child_counts)?)?;
            }
            if bits & 1 != 0 {
                let step = varint(symbols)?;
                let symbol = row.field(0, 16) + step;
                row = Row { bits: row.bits & (0x3fff << 32 | 15 << 51), chain: 0 };
                set(&mut row, 0, 16, symbol & 0xffff)?;
                let production = if row.is_leaf() { 17 } else { 0 };
                set(&mut row, 16, 16, production)?;
                u16::try_from(step).ok()?;
            }
            if bits & 4 != 0 {
                set(&mut row, 16, 16, varint(productions)?)?;
            }
            if bits & 8 != 0 {
                set(&mut row, 32, 14, varint(flags)?)?;
            }
            if bits & 16 != 0 {
                set(&mut row, 46, 5, byte(forms)?)?;
            }
            if bits & 32 != 0 {
                set(&mut row, 55, 9, varint(names)?)?;
            }
            if bits & 64 != 0 {
                row.chain = byte(chains)? as u8;
            }
            if bits & 128 != 0 { &mut wide } else { &mut narrow }.push(row);
        }
        let rest = [symbols, child_counts, productions, flags, forms, names, chains];
        let is_right =
            narrow.len() == self.first_page(narrow.len() + wide.len()).min(narrow.len() + wide.len());
        narrow.extend(wide);
        (is_right && narrow.len() < 1 << 16 && rest.iter().all(|rest| rest.is_empty())).then_some(narrow)
    }

    /// The first number of a record that is a page.
    fn first_page(&self, shapes: usize) -> usize {
        (0..=256).rev().find(|first| first + (256 - first) * 256 >= shapes).unwrap_or(0)
    }

    fn names(&self) -> Option<Vec<[u16; 2]>> {
        let (mut rest, mut names, mut field) = (&self.streams[NAMES][..], Vec::new(), 0);
        while !rest.is_empty() {
            let first = varint(&mut rest)?;
            field = (field + u32::from(u16::try_from(first >> 2).ok()?)) & 0x7fff;
            let alias = if first & 1 != 0 { varint(&mut rest)? } else { 0 };
            names.push([u16::try_from(alias).ok()?, (field | (first & 2) << 14) as u16]);
        }
        (names.len() <= 511).then_some(names)
    }

    fn links(&self) -> Option<Vec<u64>> {
        let (mut rest, mut links, mut symbol, mut flags) = (&self.streams[16][..], Vec::new(), 0, 0);
        while !rest.is_empty() {
            let first = varint(&mut rest)?;
            symbol = (symbol + u32::from(u16::try_from(first >> 1).ok()?)) & 0xffff;
            let production = varint(&mut rest)?;
            if first & 1 != 0 {
                flags = varint(&mut rest)?;
            }
            if production > 0xffff || flags > 0x3fff {
                return None;
            }
            links.push(u64::from(symbol) | u64::from(production) << 16 | u64::from(flags) << 32 | 1 << 51);
        }
        Some(links)
    }
}

/// Where an item stands among those that were met, the last of which it is if it is new.
fn position(met: &mut Vec<usize>, item: usize) -> usize {
    met.iter().position(|&known| known == item).unwrap_or_else(|| {
        met.push(item);
        met.len() - 1
    })
}

fn columns_of(header: &[u8], structure: [Vec<u8>; 5], state: [Vec<u8>; 9]) -> Option<Vec<u8>> {
    let mut full = [0; 160];
    full[..8].copy_from_slice(b"\x89CST\r\n\x1a\n");
    full[8..16].copy_from_slice(&header[8..16]);
    full[32..116].copy_from_slice(&header[24..]);
    for (at, value) in [(116, 2), (128, 1), (144, 2)] {
        put_u32(&mut full, at, value);
    }
    let columns = |bytes: Vec<Vec<u8>>, layout: &[(usize, usize)]| {
        let columns = bytes.into_iter().zip(layout);
        let columns = columns.map(|(bytes, &(width, align))| {
            bytes.len().is_multiple_of(width).then_some(Column { width, align, bytes })
        });
        columns.collect::<Option<Vec<_>>>()
    };
    let structure = columns(structure.into(), &columns::STRUCTURE)?;
    let parser_state = columns(state.into(), &columns::PARSER_STATE)?;
    Some(Columns { header: full, structure, parser_state }.write())
}

/// A parent whose children are being gone through.
struct Open {
    missing: u64,
    row: Row,
    /// Where its extent stands among the operands, how many records there are up to its own, and where its text
    /// begins: byte, row, column.
    at: usize,
    records: usize,
    start: [u32; 3],
    descendants: u32,
    children: u32,
    named_children: u32,
    is_named: bool,
}

struct Expansion<'a> {
    rows: &'a [Row],
    names: &'a [[u16; 2]],
    first_page: usize,
    streams: [&'a [u8]; 5],
    met: Vec<usize>,
    numbers: Vec<u8>,
    operands: Vec<u8>,
    place: [u32; 3],
    open: Vec<Open>,
}

impl<'a> Expansion<'a> {
    fn new(compact: &'a Compact, rows: &'a [Row], names: &'a [[u16; 2]]) -> Self {
        let streams =
            [NUMBERS, WIDE_NUMBERS, PADDINGS, SIZES, WIDE].map(|stream| &compact.streams[stream][..]);
        let first_page = compact.first_page(rows.len());
        let (met, numbers, operands) = (Vec::new(), Vec::new(), Vec::new());
        Self { rows, names, first_page, streams, met, numbers, operands, place: [0; 3], open: Vec::new() }
    }

    /// Numbers and operands of the records, and the shapes that these have in the order they are met.
    fn run(mut self) -> Option<([Vec<u8>; 2], Vec<usize>)> {
        while !self.streams[NUMBERS].is_empty() {
            let mut number = byte(&mut self.streams[NUMBERS])? as usize;
            if number >= self.first_page {
                let page = number - self.first_page;
                number = self.first_page + page * 256 + byte(&mut self.streams[WIDE_NUMBERS])? as usize;
            }
            let row = *self.rows.get(number)?;
            let own = position(&mut self.met, number);
            match own {
                0..=247 => self.numbers.push(own as u8),
                248..=2039 => {
                    self.numbers.push(248 + ((own - 248) / 256) as u8);
                    self.operands.push((own - 248) as u8);
                }
                _ => {
                    self.numbers.push(255);
                    self.operands.extend_from_slice(&(own as u16).to_le_bytes());
                }
            }
            self.record(row)?;
        }
        self.operands.extend_from_slice(&[0; 8]);
        let is_all = self.streams.iter().all(|rest| rest.is_empty());
        is_all.then_some(([self.numbers, self.operands], self.met))
    }

    fn record(&mut self, row: Row) -> Option<()> {
        let padding = match row.field(46, 3) {
            0 => [0, 0, 0],
            1 => [1, 0, 1],
            2 => self.line(PADDINGS)?,
            3 => {
                let [columns, ..] = self.line(PADDINGS)?;
                [columns + 1, 1, columns]
            }
            4 => self.short()?,
            5 => self.long()?,
            _ => return None,
        };
        self.advance(padding);
        let name = match row.field(55, 9) as usize {
            0 => [0; 2],
            name => *self.names.get(name - 1)?,
        };
        let is_renamed = row.field(45, 1) == 1;
        let is_named =
            row.is_visible() && if is_renamed { name[1] >> 15 == 1 } else { row.field(33, 1) == 1 };
        let mut child_count = u64::from(row.field(51, 4));
        if child_count == 15 {
            child_count = self.number()?.into();
        }
        let (at, records, start) = (self.operands.len(), self.numbers.len(), self.place);
        let mut open = Open {
            missing: child_count,
            row,
            at,
            records,
            start,
            descendants: 0,
            children: 0,
            named_children: 0,
            is_named,
        };
        if row.is_leaf() {
            self.leaf(row)?;
            self.close(&open);
        } else {
            self.operands.resize(at + row.extent_length(), 0);
            if child_count == 0 {
                // A long count that is none: whoever reads it refuses it.
                open.missing = u64::MAX;
            }
            self.open.push(open);
        }
        Some(())
    }

    fn leaf(&mut self, row: Row) -> Option<()> {
        if row.field(16, 4) == 15 {
            self.number()?;
        }
        let size = match row.field(49, 2) {
            0 => [row.field(20, 6), 0, row.field(20, 6)],
            1 => self.line(SIZES)?,
            2 => self.short()?,
            _ => self.long()?,
        };
        self.advance(size);
        if row.field(0, 16) == 65535 {
            self.number()?;
        }
        Some(())
    }

    /// Counts a complete subtree, and those that it completes.
    fn close(&mut self, subtree: &Open) {
        let is_visible = subtree.row.is_visible();
        let Some(parent) = self.open.last_mut() else { return };
        parent.descendants += subtree.descendants + u32::from(is_visible);
        parent.children += if is_visible { 1 } else { subtree.children };
        parent.named_children += if is_visible { subtree.is_named.into() } else { subtree.named_children };
        parent.missing -= 1;
        if parent.missing == 0 {
            let parent = self.open.pop().unwrap();
            self.write_extent(&parent);
            self.close(&parent);
        }
    }

    fn write_extent(&mut self, parent: &Open) {
        let [bytes, rows, columns] = [0, 1, 2].map(|i| self.place[i].wrapping_sub(parent.start[i]));
        let columns = if rows > 0 { self.place[2] } else { columns };
        let is_visible = parent.row.is_visible();
        let counts = if is_visible { None } else { Some([parent.children, parent.named_children]) };
        let (mut out, word) = (Vec::new(), |number: u32| (number as u16).to_le_bytes());
        let end = parent.at + parent.row.extent_length();
        let records = (self.numbers.len() - parent.records) as u32;
        let operands = (self.operands.len() - end) as u32;
        let sums = [bytes, parent.descendants, records, operands];
        match parent.row.field(49, 2) {
            0 => {}
            1 => {
                let numbers = sums.into_iter().chain(counts.into_iter().flatten());
                out.extend(numbers.map(|number| number as u8));
            }
            2 => {
                out.extend(sums.into_iter().flat_map(word));
                out.extend_from_slice(&[rows as u8, columns as u8]);
                out.extend(counts.into_iter().flatten().flat_map(word));
            }
            _ => {
                let numbers = sums.into_iter().chain([rows, columns]);
                out.extend(numbers.chain(counts.into_iter().flatten()).flat_map(u32::to_le_bytes));
            }
        }
        self.operands[parent.at..end].copy_from_slice(&out);
    }

    fn advance(&mut self, [bytes, rows, columns]: [u32; 3]) {
        let column = if rows > 0 { 0 } else { self.place[2] };
        self.place = [
            self.place[0].wrapping_add(bytes),
            self.place[1].wrapping_add(rows),
            column.wrapping_add(columns),
        ];
    }

    fn line(&mut self, stream: usize) -> Option<[u32; 3]> {
        let bytes = byte(&mut self.streams[stream])?;
        self.operands.push(bytes as u8);
        Some([bytes, 0, bytes])
    }

    fn short(&mut self) -> Option<[u32; 3]> {
        let number = self.number()?;
        Some([number & 0xffff, number >> 16 & 0xff, number >> 24])
    }

    fn long(&mut self) -> Option<[u32; 3]> {
        Some([self.number()?, self.number()?, self.number()?])
    }

    fn number(&mut self) -> Option<u32> {
        let (four, rest) = self.streams[WIDE].split_first_chunk()?;
        self.streams[WIDE] = rest;
        self.operands.extend_from_slice(four);
        Some(u32::from_le_bytes(*four))
    }
}

fn byte(bytes: &mut &[u8]) -> Option<u32> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(first.into())
}

fn varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let next = byte(bytes)?;
        value |= u64::from(next & 0x7f) << shift;
        if next < 0x80 {
            // Each number has one form.
            return if next == 0 && shift > 0 { None } else { u32::try_from(value).ok() };
        }
    }
    None
}
