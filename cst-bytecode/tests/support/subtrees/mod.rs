//! The subtrees that columns are of, each with all that can be said of it, so that one can be changed
//! and all be written again. From `docs/format/bytecode.md` alone, like the columns.

mod states;
mod write;

use tree_sitter::Language;

use super::columns::{self, Columns};

pub(crate) use write::{set_header, write};

pub(crate) const VISIBLE: u16 = 1 << 0;
pub(crate) const NAMED: u16 = 1 << 1;
pub(crate) const EXTRA: u16 = 1 << 2;
pub(crate) const FRAGILE: u16 = 1 << 3 | 1 << 4;
pub(crate) const HAS_CHANGES: u16 = 1 << 5;
pub(crate) const EXTERNAL_TOKENS: u16 = 1 << 6;
pub(crate) const SCANNER_STATE_CHANGE: u16 = 1 << 7;
pub(crate) const DEPENDS_ON_COLUMN: u16 = 1 << 8;
pub(crate) const MISSING: u16 = 1 << 9;
pub(crate) const KEYWORD: u16 = 1 << 10;
pub(crate) const INLINE: u16 = 1 << 11;
pub(crate) const HAS_ERROR: u16 = 1 << 12;
pub(crate) const RENAMED: u16 = 1 << 13;

pub(crate) const END: u16 = 0;
pub(crate) const ERROR: u16 = 65_535;
pub(crate) const ERROR_REPEAT: u16 = 65_534;

/// How many zeros stand after the last record's operands.
pub(crate) const TAIL: usize = 8;

/// Bytes, rows, columns.
pub(crate) type Extent = [u32; 3];

/// A subtree; a leaf if it has no children.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Subtree {
    pub(crate) symbol: u16,
    pub(crate) flags: u16,
    pub(crate) child_count: u32,
    /// Alias; field, with 32768 added where the alias is a named symbol.
    pub(crate) name: [u16; 2],
    pub(crate) state: u16,
    // Of a parent.
    pub(crate) production: u16,
    pub(crate) precedence: i32,
    // Of a leaf.
    pub(crate) padding: Extent,
    pub(crate) size: Extent,
    pub(crate) lookahead: u32,
    pub(crate) character: u32,
    /// How many parents it has.
    pub(crate) depth: usize,
    /// Where its record is; `None` of a link.
    pub(crate) record: Option<Place>,
}

/// Where a record is: its byte in the column of numbers, and where in that of operands its own begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) number: usize,
    pub(crate) operands: usize,
}

impl Subtree {
    pub(crate) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.child_count == 0
    }

    /// Whether it is a link, where it is not the root.
    fn is_link(&self) -> bool {
        self.child_count == 1 && !self.has(VISIBLE | RENAMED | EXTRA)
    }
}

/// The subtrees of sound columns, in pre-order, with their parse states.
pub(crate) fn read(columns: &Columns, language: &Language) -> Vec<Subtree> {
    let mut subtrees = read_records(columns).expect("sound columns");
    states::read(columns, language, &mut subtrees);
    subtrees
}

/// The subtrees of any columns, without their parse states; `None` where they are not in order.
pub(crate) fn read_records(columns: &Columns) -> Option<Vec<Subtree>> {
    let shapes = Shapes::read(columns)?;
    let bytes = &columns.structure[columns::OPERANDS].bytes;
    let mut bytes = Operands { bytes: &bytes[..bytes.len().checked_sub(TAIL)?], at: 0 };
    let mut subtrees = Vec::new();
    // What the next leaf's padding is, if a record has said so.
    let mut padding = Extent::default();
    let mut open = Vec::new();
    for (place, &byte) in columns.structure[columns::NUMBERS].bytes.iter().enumerate() {
        let record = Place { number: place, operands: bytes.at };
        let number = bytes.shape(byte)?;
        for &link in &shapes.links[*shapes.chains.get(number)? as usize] {
            push(&mut subtrees, &mut open, shapes.all.get(link)?.clone());
        }
        let shape = columns.structure[columns::SHAPES].get(number);
        let mut subtree = Subtree { record: Some(record), ..shapes.all[number].clone() };
        let own = bytes.padding(shape >> 46 & 7)?;
        if own != Extent::default() {
            padding = own;
        }
        if subtree.child_count == 15 {
            subtree.child_count = bytes.number(4)?;
        }
        if subtree.is_leaf() {
            if subtree.lookahead == 15 {
                subtree.lookahead = bytes.number(4)?;
            }
            match shape >> 49 & 3 {
                0 => {}
                1 => subtree.size = bytes.on_a_line()?,
                2 => subtree.size = bytes.short()?,
                _ => subtree.size = bytes.long()?,
            }
            if subtree.symbol == ERROR {
                subtree.character = bytes.number(4)?;
            }
            subtree.padding = std::mem::take(&mut padding);
        } else {
            let is_visible = subtree.has(VISIBLE | RENAMED);
            // All of it follows.
            bytes.at += extent_length(shape >> 49 & 3, is_visible);
        }
        push(&mut subtrees, &mut open, subtree);
    }
    (bytes.at == bytes.bytes.len()).then_some(subtrees)
}

/// How many bytes the extent of a parent takes in its form.
pub(crate) fn extent_length(form: u64, is_visible: bool) -> usize {
    let lengths = if is_visible { [0, 4, 10, 24] } else { [0, 6, 14, 32] };
    lengths[form as usize]
}

/// Adds a subtree where it belongs. `open` are the parents above, by how many children they await.
fn push(subtrees: &mut Vec<Subtree>, open: &mut Vec<u32>, mut subtree: Subtree) {
    while open.last() == Some(&0) {
        open.pop();
    }
    subtree.depth = open.len();
    if let Some(awaited) = open.last_mut() {
        *awaited -= 1;
    }
    if !subtree.is_leaf() {
        open.push(subtree.child_count);
    }
    subtrees.push(subtree);
}

/// What the records refer to.
struct Shapes {
    /// The shapes, after them the links.
    all: Vec<Subtree>,
    /// Of each shape, its chain.
    chains: Vec<u64>,
    /// Of each chain, its links from the top as places in `all`. Chain 0 has none.
    links: Vec<Vec<usize>>,
}

impl Shapes {
    fn read(columns: &Columns) -> Option<Self> {
        let [shapes, names, ..] = &columns.structure[..] else { return None };
        let state = &columns.parser_state;
        let name = |number: u64| match number {
            0 => Some([0; 2]),
            _ if number as usize > names.len() => None,
            _ => Some([names.get(number as usize - 1) as u16, (names.get(number as usize - 1) >> 16) as u16]),
        };
        let mut all = Vec::new();
        for bits in shapes.elements().into_iter().chain(state[columns::LINKS].elements()) {
            let mut subtree = Subtree {
                symbol: bits as u16,
                flags: (bits >> 32) as u16 & 0x3fff,
                child_count: (bits >> 51) as u32 & 15,
                name: name(bits >> 55)?,
                ..Subtree::default()
            };
            if subtree.is_leaf() {
                subtree.lookahead = (bits >> 16) as u32 & 15;
                let size = (bits >> 20) as u32 & 63;
                subtree.size = [size, 0, size];
            } else {
                subtree.production = (bits >> 16) as u16;
            }
            all.push(subtree);
        }
        for precedence in state[columns::PRECEDENCES].elements() {
            all.get_mut(precedence as u32 as usize)?.precedence = (precedence >> 32) as i32;
        }
        let mut links = vec![Vec::new()];
        for chain in state[columns::CHAINS].elements() {
            let mut chain_links: Vec<usize> = links.get((chain & 0xffff) as usize)?.clone();
            chain_links.push(shapes.len() + (chain >> 16) as usize);
            links.push(chain_links);
        }
        let chains = state[columns::SHAPE_CHAINS].elements();
        let is_sound =
            chains.len() == shapes.len() && chains.iter().all(|&chain| (chain as usize) < links.len());
        is_sound.then_some(Self { all, chains, links })
    }
}

/// The operands of records, read from the front.
pub(crate) struct Operands<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl Operands<'_> {
    /// A number of so many bytes.
    pub(crate) fn number(&mut self, width: usize) -> Option<u32> {
        let bytes = self.bytes.get(self.at..self.at + width)?;
        self.at += width;
        Some(bytes.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte)))
    }

    /// The number of a shape that begins with this byte.
    pub(crate) fn shape(&mut self, byte: u8) -> Option<usize> {
        let number = match u32::from(byte) {
            page @ 248..=254 => (page - 248) * 256 + self.number(1)? + 248,
            255 => self.number(2)?,
            number => number,
        };
        Some(number as usize)
    }

    pub(crate) fn padding(&mut self, form: u64) -> Option<Extent> {
        match form {
            0 => Some([0; 3]),
            1 => Some([1, 0, 1]),
            2 => self.on_a_line(),
            3 => self.number(1).map(|columns| [columns + 1, 1, columns]),
            4 => self.short(),
            5 => self.long(),
            _ => None,
        }
    }

    pub(crate) fn on_a_line(&mut self) -> Option<Extent> {
        self.number(1).map(|bytes| [bytes, 0, bytes])
    }

    pub(crate) fn short(&mut self) -> Option<Extent> {
        Some([self.number(2)?, self.number(1)?, self.number(1)?])
    }

    pub(crate) fn long(&mut self) -> Option<Extent> {
        Some([self.number(4)?, self.number(4)?, self.number(4)?])
    }
}

/// What the tree takes from the allocator, as the header says it.
pub(crate) fn live_bytes(columns: &Columns, subtrees: &[Subtree]) -> u64 {
    let block = |size: u64| (size + 8).next_multiple_of(16);
    let ranges = columns.structure[columns::INCLUDED_RANGES].len() as u64;
    let mut bytes = block(32) + block(ranges * 24);
    let ids = columns.parser_state[columns::SCANNER_STATE_IDS].varints();
    let ends = columns.parser_state[columns::SCANNER_STATE_ENDS].elements();
    let mut ids = ids.iter();
    for subtree in subtrees.iter().filter(|subtree| !subtree.has(INLINE)) {
        bytes += block(80 + u64::from(subtree.child_count) * 8);
        if subtree.is_leaf() && subtree.has(EXTERNAL_TOKENS) {
            let id = ids.next().map_or(usize::MAX, |&id| id as usize);
            let end = ends.get(id).copied().unwrap_or(0);
            let start = id.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
            let length = end.saturating_sub(start);
            bytes += if length > 24 { block(length) } else { 0 };
        }
    }
    bytes
}
