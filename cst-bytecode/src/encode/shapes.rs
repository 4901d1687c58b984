//! The shapes of a tree, numbered so that the most used ones fit one byte.

use hashbrown::HashMap;

use crate::columns::Structure;
use crate::layout::ESCAPE;

/// What subtrees have in common.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) symbol: u16,
    pub(super) production: u16,
    pub(super) flags: u16,
    pub(super) lookahead: u8,
    pub(super) child_count: u32,
    pub(super) precedence: i32,
}

impl Shape {
    /// All fields in one number: quick to hash and to compare.
    fn key(self) -> u128 {
        u128::from(self.symbol)
            | u128::from(self.production) << 16
            | u128::from(self.flags) << 32
            | u128::from(self.lookahead) << 48
            | u128::from(self.child_count) << 56
            | u128::from(self.precedence as u32) << 88
    }
}

/// Shapes in the order they are met, and which one each subtree has.
pub(super) struct ShapeTable {
    numbers: HashMap<u128, u32>,
    /// The last shape with each slot's hash, and its number: answers nearly all look-ups. A key is
    /// never `u128::MAX`, for a leaf has no children and a parent no lookahead.
    recent: Box<[(u128, u32); RECENT]>,
    shapes: Vec<(Shape, u32)>,
    of_subtrees: Vec<u32>,
}

const RECENT: usize = 512;

impl ShapeTable {
    /// An empty table with room for about so many subtrees.
    pub(super) fn with_capacity(subtrees: usize) -> Self {
        Self {
            numbers: HashMap::new(),
            recent: Box::new([(u128::MAX, 0); RECENT]),
            shapes: Vec::new(),
            of_subtrees: Vec::with_capacity(subtrees),
        }
    }

    /// Notes the next subtree's shape.
    pub(super) fn push(&mut self, shape: Shape) {
        let key = shape.key();
        let folded = (key as u64 ^ (key >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let recent = &mut self.recent[(folded >> 55) as usize % RECENT];
        if recent.0 != key {
            let next = self.shapes.len() as u32;
            let number = *self.numbers.entry(key).or_insert_with(|| {
                self.shapes.push((shape, 0));
                next
            });
            *recent = (key, number);
        }
        let number = recent.1;
        self.shapes[number as usize].1 += 1;
        self.of_subtrees.push(number);
    }

    /// Writes the shapes, the most used first (of equals the first met), and each subtree's number.
    pub(super) fn write(&self, out: &mut Structure) {
        let mut by_use: Vec<u32> = (0..self.shapes.len() as u32).collect();
        by_use.sort_by_key(|&number| core::cmp::Reverse(self.shapes[number as usize].1));
        let mut rank = vec![0; self.shapes.len()];
        for (i, &number) in by_use.iter().enumerate() {
            rank[number as usize] = i as u32;
            let (shape, _) = self.shapes[number as usize];
            out.shape_symbols.push(shape.symbol);
            out.shape_productions.push(shape.production);
            out.shape_flags.push(shape.flags);
            out.shape_child_counts.push(shape.child_count);
            out.shape_precedences.push(shape.precedence);
            out.shape_lookaheads.push(shape.lookahead);
        }
        let rank_of = |&number: &u32| rank[number as usize];
        out.shapes = self.of_subtrees.iter().map(|number| rank_of(number).min(ESCAPE.into()) as u8).collect();
        out.rare_shapes = self.of_subtrees.iter().map(rank_of).filter(|&rank| rank >= ESCAPE.into()).collect();
    }
}
