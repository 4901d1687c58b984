//! Helpers to change a single subtree of sound bytecode, and to see what becomes of it.

use cst_bytecode::{Bytecode, DecodeErrorKind};

use crate::support::columns::{self, Columns};
use crate::support::{Sample, mutate, sample};

pub(crate) const VISIBLE: u32 = 1 << 0;
pub(crate) const NAMED: u32 = 1 << 1;
pub(crate) const EXTRA: u32 = 1 << 2;
pub(crate) const FRAGILE: u32 = 1 << 3 | 1 << 4;
pub(crate) const HAS_CHANGES: u32 = 1 << 5;
pub(crate) const EXTERNAL_TOKENS: u32 = 1 << 6;
pub(crate) const SCANNER_STATE_CHANGE: u32 = 1 << 7;
pub(crate) const DEPENDS_ON_COLUMN: u32 = 1 << 8;
pub(crate) const MISSING: u32 = 1 << 9;
pub(crate) const KEYWORD: u32 = 1 << 10;
pub(crate) const INLINE: u32 = 1 << 11;

pub(crate) const END: u32 = 0;
pub(crate) const ERROR: u32 = 65_535;
pub(crate) const ERROR_REPEAT: u32 = 65_534;

/// A subtree as its shape says it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subtree {
    pub(crate) symbol: u32,
    pub(crate) flags: u32,
    pub(crate) child_count: u32,
    pub(crate) depth: usize,
}

/// Sound bytecode of a sample, taken apart.
pub(crate) struct Case {
    pub(crate) sample: &'static Sample,
    pub(crate) columns: Columns,
}

impl Case {
    pub(crate) fn new(name: &str, pick: fn(&Sample) -> &'static str) -> Self {
        let sample = sample(name);
        let source = pick(sample);
        let bytecode = sample.encode(&sample.parse(source), source);
        Self { sample, columns: Columns::read(bytecode.as_bytes()) }
    }

    pub(crate) fn sound(name: &str) -> Self {
        Self::new(name, |sample| sample.sound)
    }

    pub(crate) fn broken(name: &str) -> Self {
        Self::new(name, |sample| sample.broken)
    }

    /// All subtrees in pre-order.
    pub(crate) fn subtrees(&self) -> Vec<Subtree> {
        let structure = &self.columns.structure;
        let mut open: Vec<u32> = Vec::new();
        let mut rare = 0;
        let subtree = |i| {
            let mut shape = structure[columns::SHAPES].get(i);
            if shape == 255 {
                shape = structure[columns::RARE_SHAPES].get(rare);
                rare += 1;
            }
            let field = |column: usize| structure[column].get(shape as usize);
            while open.last() == Some(&0) {
                open.pop();
            }
            let depth = open.len();
            if let Some(awaited) = open.last_mut() {
                *awaited -= 1;
            }
            let child_count = field(columns::SHAPE_CHILD_COUNTS);
            if child_count > 0 {
                open.push(child_count);
            }
            let (symbol, flags) = (field(columns::SHAPE_SYMBOLS), field(columns::SHAPE_FLAGS));
            Subtree { symbol, flags, child_count, depth }
        };
        (0..self.columns.subtree_count()).map(subtree).collect()
    }

    /// The first subtree that is so.
    #[track_caller]
    pub(crate) fn find(&self, is_so: impl Fn(&Subtree) -> bool) -> usize {
        self.subtrees().iter().position(is_so).expect("the sample has such a subtree")
    }

    /// Gives one subtree a shape of its own, with the fields of its old one but for some.
    #[track_caller]
    pub(crate) fn reshape(&mut self, subtree: usize, fields: &[(usize, u32)]) {
        let structure = &mut self.columns.structure;
        let shape = structure[columns::SHAPES].get(subtree) as usize;
        let new = structure[columns::SHAPE_SYMBOLS].len();
        assert!(shape < 255 && new < 255);
        for column in &mut structure[columns::SHAPE_SYMBOLS..=columns::SHAPE_LOOKAHEADS] {
            let width = column.width;
            column.bytes.extend_from_within(shape * width..(shape + 1) * width);
        }
        structure[columns::SHAPES].set(subtree, new as u32);
        for &(field, value) in fields {
            structure[field].set(new, value);
        }
    }

    /// Sets some flags of one subtree and clears others.
    #[track_caller]
    pub(crate) fn reflag(&mut self, subtree: usize, set: u32, clear: u32) {
        let flags = self.subtrees()[subtree].flags;
        self.reshape(subtree, &[(columns::SHAPE_FLAGS, (flags | set) & !clear)]);
    }

    /// Adds an exception to one subtree, which has none yet.
    pub(crate) fn except(&mut self, subtree: usize, stored: u32, values: &[u32]) {
        let mut list = mutate::exceptions(&self.columns);
        let place = list.partition_point(|entry| entry.0 < subtree as u32);
        list.insert(place, (subtree as u32, stored, values.to_vec()));
        mutate::set_exceptions(&mut self.columns, &list);
    }

    /// The bytes are refused as damaged: when they come in, or when a tree is built from them.
    #[track_caller]
    pub(crate) fn refused(&self) {
        let decoded =
            Bytecode::copy_from(&self.columns.write()).and_then(|bytes| bytes.decode(&self.sample.grammar));
        match decoded {
            Ok(tree) => {
                // Not dropped, nor looked at: it may be a tree that the library cannot bear.
                core::mem::forget(tree);
                panic!("a tree was built from them");
            }
            Err(error) => assert_eq!(error.kind(), DecodeErrorKind::Corrupt, "{error}"),
        }
    }

    /// The bytes still make a tree: what is refused elsewhere is refused for its own sake.
    #[track_caller]
    pub(crate) fn accepted(&self) {
        Bytecode::copy_from(&self.columns.write())
            .and_then(|bytes| bytes.decode(&self.sample.grammar))
            .unwrap();
    }
}
