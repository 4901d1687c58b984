//! Shapes, names and chains, numbered as they are met.

use hashbrown::HashMap;

use crate::columns::{ParserState, Structure};
use crate::error::EncodeError;
use crate::layout::{MAX_CHAIN_LENGTH, MAX_CHAINS, MAX_NAMES, MAX_SHAPES};
use crate::shape::Shape;

/// What decides on the shape of a record: the shape without its name, the name (as in the column:
/// alias, and above 16 bits the rest), the chain above it, and what it adds to its children's dynamic precedences.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) shape: Shape,
    pub(super) name: u32,
    pub(super) chain: u8,
    pub(super) precedence: i32,
}

/// What has been met so far.
pub(super) struct Shapes {
    numbers: HashMap<Key, u32>,
    names: HashMap<u32, u32>,
    chains: HashMap<(u8, Shape, i32), u8>,
    links: HashMap<(Shape, i32), u16>,
    chain_lengths: Vec<usize>,
    /// The last shape with each slot's hash: answers nearly all look-ups.
    recent: Box<[Recent; RECENT]>,
    /// The same for chains.
    recent_chains: [(u8, Shape, u8); RECENT_CHAINS],
    columns: Found,
}

/// The columns that come of it. Precedences of links stand apart until the number of shapes is known.
#[derive(Default)]
struct Found {
    shapes: Vec<u64>,
    shape_chains: Vec<u8>,
    names: Vec<[u16; 2]>,
    chains: Vec<[u16; 2]>,
    links: Vec<u64>,
    shape_precedences: Vec<(u32, i32)>,
    link_precedences: Vec<(u32, i32)>,
}

#[derive(Clone, Copy)]
struct Recent {
    shape: Shape,
    rest: u64,
    number: u32,
}

const RECENT: usize = 1024;
const RECENT_CHAINS: usize = 64;

impl Shapes {
    pub(super) fn new() -> Self {
        // No key has this rest, whose chain would have 256 bits and more.
        let nothing = Recent { shape: Shape(0), rest: u64::MAX, number: 0 };
        Self {
            numbers: HashMap::with_capacity(448),
            names: HashMap::new(),
            chains: HashMap::new(),
            links: HashMap::new(),
            chain_lengths: Vec::new(),
            recent: Box::new([nothing; RECENT]),
            recent_chains: [(0, Shape(u64::MAX), 0); RECENT_CHAINS],
            columns: Found::default(),
        }
    }

    /// The number of a shape.
    #[inline(always)]
    pub(super) fn number(&mut self, key: Key) -> Result<u32, EncodeError> {
        if key.precedence != 0 {
            return self.find(key);
        }
        let rest = u64::from(key.name) | u64::from(key.chain) << 32;
        let slot = slot(key.shape.0 ^ rest.rotate_left(27)) % RECENT;
        let recent = &self.recent[slot];
        if recent.shape == key.shape && recent.rest == rest {
            return Ok(recent.number);
        }
        let number = self.find(key)?;
        self.recent[slot] = Recent { shape: key.shape, rest, number };
        Ok(number)
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, key: Key) -> Result<u32, EncodeError> {
        if let Some(&number) = self.numbers.get(&key) {
            return Ok(number);
        }
        if self.columns.shapes.len() >= MAX_SHAPES {
            return Err(EncodeError::TooLarge);
        }
        let number = self.columns.shapes.len() as u32;
        let shape = key.shape.with_name(self.name(key.name)?);
        self.columns.shapes.push(shape.0);
        self.columns.shape_chains.push(key.chain);
        if key.precedence != 0 {
            self.columns.shape_precedences.push((number, key.precedence));
        }
        self.numbers.insert(key, number);
        Ok(number)
    }

    fn name(&mut self, name: u32) -> Result<u32, EncodeError> {
        if name == 0 {
            return Ok(0);
        }
        if let Some(&number) = self.names.get(&name) {
            return Ok(number);
        }
        if self.columns.names.len() >= MAX_NAMES {
            return Err(EncodeError::TooLarge);
        }
        self.columns.names.push([name as u16, (name >> 16) as u16]);
        let number = self.columns.names.len() as u32;
        self.names.insert(name, number);
        Ok(number)
    }

    /// The chain that `chain` becomes with one link more; `None` where it may not grow, and the link must be
    /// a record.
    #[inline(always)]
    pub(super) fn link(&mut self, chain: u8, link: Shape, precedence: i32) -> Option<u8> {
        if precedence != 0 {
            return self.find_chain(chain, link, 0, precedence);
        }
        let at = slot(link.0 ^ u64::from(chain) << 56) % RECENT_CHAINS;
        let (above, shape, found) = self.recent_chains[at];
        if above == chain && shape == link {
            return Some(found);
        }
        self.find_chain(chain, link, at, precedence)
    }

    #[cold]
    #[inline(never)]
    fn find_chain(&mut self, chain: u8, link: Shape, slot: usize, precedence: i32) -> Option<u8> {
        let found = match self.chains.get(&(chain, link, precedence)) {
            Some(&found) => found,
            None => self.new_chain(chain, link, precedence)?,
        };
        if precedence == 0 {
            self.recent_chains[slot] = (chain, link, found);
        }
        Some(found)
    }

    fn new_chain(&mut self, chain: u8, link: Shape, precedence: i32) -> Option<u8> {
        let length = if chain == 0 { 1 } else { self.chain_lengths[chain as usize - 1] + 1 };
        if self.columns.chains.len() >= MAX_CHAINS || length > MAX_CHAIN_LENGTH {
            return None;
        }
        let columns = &mut self.columns;
        let number = *self.links.entry((link, precedence)).or_insert_with(|| {
            let number = columns.links.len() as u16;
            columns.links.push(link.0);
            if precedence != 0 {
                columns.link_precedences.push((number.into(), precedence));
            }
            number
        });
        self.columns.chains.push([chain.into(), number]);
        self.chain_lengths.push(length);
        let found = self.columns.chains.len() as u8;
        self.chains.insert((chain, link, precedence), found);
        Some(found)
    }

    /// Moves the columns out.
    pub(super) fn write(self, structure: &mut Structure, parser_state: &mut ParserState) {
        let Found { shapes, shape_chains, names, chains, links, shape_precedences, link_precedences } =
            self.columns;
        let count = shapes.len() as u32;
        structure.shapes = shapes;
        structure.names = names;
        parser_state.shape_chains = shape_chains;
        parser_state.chains = chains;
        parser_state.links = links;
        parser_state.precedences = shape_precedences;
        let after_shapes = |(number, precedence): (u32, i32)| (count + number, precedence);
        parser_state.precedences.extend(link_precedences.into_iter().map(after_shapes));
    }
}

/// Spreads a key over the highest bits (Knuth's multiplicative hash), and takes those.
#[inline(always)]
fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize
}
