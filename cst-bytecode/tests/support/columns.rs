//! A second reader and writer of the byte format, made from `docs/format/bytecode.md` alone. It
//! checks nothing and writes whatever it is given: what a hostile writer would use.

use xxhash_rust::xxh3::xxh3_64;

const HEADER_LENGTH: usize = 160;
const CHECKSUM: usize = 16;
const LENGTH: usize = 24;
const SECTION_TABLE: usize = 128;

/// A column: the size of an element, and the elements' bytes one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) width: usize,
    pub(crate) align: usize,
    pub(crate) bytes: Vec<u8>,
}

/// A piece of bytecode, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    pub(crate) header: [u8; HEADER_LENGTH],
    pub(crate) structure: Vec<Column>,
    pub(crate) parser_state: Vec<Column>,
}

// Columns of the structure, by number.
pub(crate) const SHAPES: usize = 0;
pub(crate) const NAMES: usize = 1;
pub(crate) const NUMBERS: usize = 2;
pub(crate) const OPERANDS: usize = 3;
pub(crate) const INCLUDED_RANGES: usize = 4;
pub(crate) const STRUCTURE: [(usize, usize); 5] = [(8, 8), (4, 2), (1, 1), (1, 1), (24, 4)];

// Columns of the parser's state, by number.
pub(crate) const SHAPE_CHAINS: usize = 0;
pub(crate) const CHAINS: usize = 1;
pub(crate) const LINKS: usize = 2;
pub(crate) const PRECEDENCES: usize = 3;
pub(crate) const PARSE_STATES: usize = 4;
pub(crate) const EXCEPTIONS: usize = 5;
pub(crate) const SCANNER_STATE_IDS: usize = 6;
pub(crate) const SCANNER_STATE_ENDS: usize = 7;
pub(crate) const SCANNER_STATES: usize = 8;
pub(crate) const PARSER_STATE: [(usize, usize); 9] =
    [(1, 1), (4, 2), (8, 8), (8, 4), (1, 1), (1, 1), (1, 1), (4, 4), (1, 1)];

impl Columns {
    /// Takes sound bytes apart.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let section = |number: usize, layout: &[(usize, usize)]| {
            let entry = SECTION_TABLE + number * 16;
            let start = u32_at(bytes, entry + 8) as usize;
            let end = start + u32_at(bytes, entry + 12) as usize;
            let root = end - layout.len() * 8;
            let column = |(i, &(width, align)): (usize, &(usize, usize))| {
                let place = root + i * 8;
                let data = place.wrapping_add_signed(u32_at(bytes, place).cast_signed() as isize);
                let length = u32_at(bytes, place + 4) as usize * width;
                Column { width, align, bytes: bytes[data..data + length].to_vec() }
            };
            layout.iter().enumerate().map(column).collect()
        };
        Self {
            header: bytes[..HEADER_LENGTH].try_into().unwrap(),
            structure: section(0, &STRUCTURE),
            parser_state: section(1, &PARSER_STATE),
        }
    }

    /// Puts the bytes together again, with lengths and checksum that match.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = self.header.to_vec();
        for (number, columns) in [&self.structure, &self.parser_state].into_iter().enumerate() {
            bytes.resize(bytes.len().next_multiple_of(16), 0);
            let start = bytes.len();
            let mut places = Vec::new();
            for column in columns {
                bytes.resize(bytes.len().next_multiple_of(column.align), 0);
                places.push(bytes.len());
                bytes.extend_from_slice(&column.bytes);
            }
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            for (place, column) in places.iter().zip(columns) {
                let offset = (*place as i64 - bytes.len() as i64) as i32;
                bytes.extend_from_slice(&offset.to_le_bytes());
                bytes.extend_from_slice(&((column.bytes.len() / column.width) as u32).to_le_bytes());
            }
            let length = bytes.len() - start;
            put_u32(&mut bytes, SECTION_TABLE + number * 16 + 8, start as u32);
            put_u32(&mut bytes, SECTION_TABLE + number * 16 + 12, length as u32);
        }
        let length = bytes.len() as u64;
        bytes[LENGTH..LENGTH + 8].copy_from_slice(&length.to_le_bytes());
        repair_checksum(&mut bytes);
        bytes
    }

    /// How many subtrees there are, as the header says.
    pub(crate) fn subtree_count(&self) -> usize {
        u32_at(&self.header, 112) as usize
    }
}

impl Column {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    /// An element of one to eight bytes.
    pub(crate) fn get(&self, index: usize) -> u64 {
        let element = &self.bytes[index * self.width..(index + 1) * self.width];
        element.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
    }

    /// All elements, of one to eight bytes each.
    pub(crate) fn elements(&self) -> Vec<u64> {
        (0..self.len()).map(|index| self.get(index)).collect()
    }

    pub(crate) fn set(&mut self, index: usize, value: u64) {
        let width = self.width;
        self.bytes[index * width..(index + 1) * width].copy_from_slice(&value.to_le_bytes()[..width]);
    }

    pub(crate) fn push(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes()[..self.width]);
    }

    /// The numbers of a column of varints.
    pub(crate) fn varints(&self) -> Vec<u32> {
        let mut numbers = Vec::new();
        let (mut value, mut shift) = (0_u64, 0);
        for &byte in &self.bytes {
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                numbers.push(value as u32);
                (value, shift) = (0, 0);
            }
        }
        numbers
    }

    pub(crate) fn set_varints(&mut self, numbers: &[u32]) {
        self.bytes.clear();
        for &number in numbers {
            let mut rest = number;
            while rest >= 0x80 {
                self.bytes.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            self.bytes.push(rest as u8);
        }
    }
}

/// Makes the checksum match the bytes.
pub(crate) fn repair_checksum(bytes: &mut [u8]) {
    let checksum = xxh3_64(&bytes[LENGTH..]);
    bytes[CHECKSUM..LENGTH].copy_from_slice(&checksum.to_le_bytes());
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
}

pub(crate) fn put_u32(bytes: &mut [u8], offset: usize, value: u32) {
    bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}
