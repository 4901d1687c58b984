//! The shapes of a tree, numbered so that the most used ones fit one byte.

use hashbrown::HashMap;

use crate::columns::Structure;
use crate::ffi::Row;
use crate::layout::ESCAPE;

/// What subtrees have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// The fields of 16 bits and less. Kept in one number: side by side in memory they would be written
    /// one by one and read at once, for which a processor waits.
    head: u64,
    child_count: u32,
    precedence: i32,
}

impl Shape {
    /// The shape of a row, whose lookahead has been made to fit.
    #[inline(always)]
    pub(super) fn new(row: &Row<'_>, flags: u16, lookahead: u8) -> Self {
        Self {
            head: u64::from(row.symbol)
                | u64::from(row.production_id) << 16
                | u64::from(flags) << 32
                | u64::from(lookahead) << 48,
            child_count: row.child_count,
            precedence: row.dynamic_precedence,
        }
    }

    /// One number that says as much, for nearly all shapes: few children, no precedence.
    #[inline(always)]
    fn short_key(self) -> Option<u64> {
        let is_short = self.child_count < 0xff && self.precedence == 0;
        is_short.then(|| self.head | u64::from(self.child_count) << 56)
    }

    fn write(self, out: &mut Structure) {
        out.shape_symbols.push(self.head as u16);
        out.shape_productions.push((self.head >> 16) as u16);
        out.shape_flags.push((self.head >> 32) as u16);
        out.shape_lookaheads.push((self.head >> 48) as u8);
        out.shape_child_counts.push(self.child_count);
        out.shape_precedences.push(self.precedence);
    }
}

/// Shapes in the order they are met, and which one each subtree has.
pub(super) struct ShapeTable {
    numbers: HashMap<Shape, u32>,
    /// The last shape with each slot's hash, and its number: answers nearly all look-ups.
    recent: Box<[(u64, u32); RECENT]>,
    shapes: Vec<Shape>,
    of_subtrees: Vec<u32>,
}

const RECENT: usize = 512;

/// No shape's short key, for none has 255 children.
const NO_KEY: u64 = u64::MAX;

impl ShapeTable {
    /// An empty table with room for about so many subtrees.
    pub(super) fn with_capacity(subtrees: usize) -> Self {
        Self {
            numbers: HashMap::new(),
            recent: Box::new([(NO_KEY, 0); RECENT]),
            shapes: Vec::new(),
            of_subtrees: Vec::with_capacity(subtrees),
        }
    }

    /// Notes the next subtree's shape. Inlined, so that the shape's fields never pass through memory.
    #[inline(always)]
    pub(super) fn push(&mut self, shape: Shape) {
        let number = match shape.short_key() {
            Some(key) => {
                // Multiplying spreads the key over the highest bits (Knuth's multiplicative hash).
                let slot = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55;
                let recent = self.recent[slot as usize % RECENT];
                if recent.0 == key {
                    recent.1
                } else {
                    let number = self.number(shape);
                    self.recent[slot as usize % RECENT] = (key, number);
                    number
                }
            }
            None => self.number(shape),
        };
        self.of_subtrees.push(number);
    }

    #[cold]
    #[inline(never)]
    fn number(&mut self, shape: Shape) -> u32 {
        let next = self.shapes.len() as u32;
        *self.numbers.entry(shape).or_insert_with(|| {
            self.shapes.push(shape);
            next
        })
    }

    /// Writes the shapes, the most used first (of equals the first met), and each subtree's number.
    pub(super) fn write(&self, out: &mut Structure) {
        let mut uses = vec![0u32; self.shapes.len()];
        for &number in &self.of_subtrees {
            uses[number as usize] += 1;
        }
        let mut by_use: Vec<u32> = (0..self.shapes.len() as u32).collect();
        by_use.sort_by_key(|&number| core::cmp::Reverse(uses[number as usize]));
        let mut rank = vec![0; self.shapes.len()];
        for (i, &number) in by_use.iter().enumerate() {
            rank[number as usize] = i as u32;
            self.shapes[number as usize].write(out);
        }
        let rank_of = |&number: &u32| rank[number as usize];
        out.shapes = self.of_subtrees.iter().map(|number| rank_of(number).min(ESCAPE.into()) as u8).collect();
        out.rare_shapes =
            self.of_subtrees.iter().map(rank_of).filter(|&rank| rank >= ESCAPE.into()).collect();
    }
}
