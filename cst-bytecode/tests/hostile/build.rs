//! Helpers to change a single subtree of sound bytecode, and to see what becomes of it.

use cst_bytecode::{Bytecode, DecodeError, DecodeErrorKind};
use tree_sitter::{Language, Tree};

use crate::support::columns::{self, Columns};
use crate::support::exercise::read_view;
use crate::support::subtrees::{self, Subtree};
use crate::support::{Sample, mutate, sample};

/// Sound bytecode of a sample, taken apart.
#[derive(Clone)]
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

    fn language(&self) -> &'static Language {
        self.sample.grammar.language()
    }

    /// All subtrees in pre-order.
    pub(crate) fn subtrees(&self) -> Vec<Subtree> {
        subtrees::read(&self.columns, self.language())
    }

    /// Writes them again, with sums that match.
    pub(crate) fn write(&mut self, subtrees: &[Subtree]) {
        let language = self.language();
        subtrees::write(&mut self.columns, language, subtrees);
    }

    /// Makes the sums match the subtrees, whatever those are.
    #[track_caller]
    pub(crate) fn add_up(&mut self) {
        let subtrees = subtrees::read_records(&self.columns).expect("records");
        subtrees::set_header(&mut self.columns, &subtrees);
    }

    /// The first subtree that is so.
    #[track_caller]
    pub(crate) fn find(&self, is_so: impl Fn(&Subtree) -> bool) -> usize {
        self.subtrees().iter().position(is_so).expect("the sample has such a subtree")
    }

    /// Changes one subtree, and nothing of the others.
    #[track_caller]
    pub(crate) fn change(&mut self, subtree: usize, change: impl FnOnce(&mut Subtree)) {
        let mut subtrees = self.subtrees();
        change(&mut subtrees[subtree]);
        self.write(&subtrees);
    }

    /// Sets some flags of one subtree and clears others.
    #[track_caller]
    pub(crate) fn reflag(&mut self, subtree: usize, set: u16, clear: u16) {
        self.change(subtree, |subtree| subtree.flags = (subtree.flags | set) & !clear);
    }

    /// The shape of a subtree's record, and its operands. A link has none.
    #[track_caller]
    pub(crate) fn record(&self, subtree: usize) -> (u64, Vec<u8>) {
        let (number, operands) = self.place(subtree);
        let bytes = &self.columns.structure[columns::RECORDS].bytes;
        (self.columns.structure[columns::SHAPES].get(number), bytes[operands].to_vec())
    }

    /// Gives a subtree's record a shape of its own, with the chain of its old one, and other operands. The parents
    /// above say how long it then is.
    #[track_caller]
    pub(crate) fn set_record(&mut self, subtree: usize, shape: u64, operands: &[u8]) {
        let start = self.subtrees()[subtree].record.unwrap();
        let (number, place) = self.place(subtree);
        let lengths = self.lengths_above(subtree);
        let Columns { structure, parser_state, .. } = &mut self.columns;
        let new = structure[columns::SHAPES].len();
        structure[columns::SHAPES].push(shape);
        let chain = parser_state[columns::SHAPE_CHAINS].get(number);
        parser_state[columns::SHAPE_CHAINS].push(chain);
        // Precedences of links count on after the shapes.
        let precedences = &mut parser_state[columns::PRECEDENCES];
        for i in 0..precedences.len() {
            let precedence = precedences.get(i);
            precedences.set(i, precedence + u64::from(precedence as u32 as usize >= new));
        }
        let record = [&shape_number(new), operands].concat();
        let more = record.len().wrapping_sub(place.end - start);
        for (place, width) in lengths {
            let bytes = &mut self.columns.structure[columns::RECORDS].bytes[place..place + width];
            let length = bytes.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
            bytes.copy_from_slice(&length.wrapping_add(more).to_le_bytes()[..width]);
        }
        self.columns.structure[columns::RECORDS].bytes.splice(start..place.end, record);
    }

    /// Where parents above a subtree say how long the records below them are, and in how many bytes.
    fn lengths_above(&self, subtree: usize) -> Vec<(usize, usize)> {
        let subtrees = self.subtrees();
        let mut depth = subtrees[subtree].depth;
        let mut lengths = Vec::new();
        for (i, above) in subtrees.iter().enumerate().take(subtree).rev() {
            if above.depth < depth {
                depth = above.depth;
                if above.record.is_none() {
                    continue;
                }
                let (shape, (_, operands)) = (self.record(i).0, self.place(i));
                let is_visible = above.has(subtrees::VISIBLE | subtrees::RENAMED);
                // The extent ends the operands. Where its length stands in it, and how wide it is.
                let (whole, offset, width) = match (shape >> 49 & 3, is_visible) {
                    (1, true) => (4, 2, 2),
                    (1, false) => (6, 2, 2),
                    (2, true) => (8, 4, 2),
                    (2, false) => (12, 4, 2),
                    (3, true) => (20, 8, 4),
                    (3, false) => (28, 8, 4),
                    _ => continue,
                };
                lengths.push((operands.end - whole + offset, width));
            }
        }
        lengths
    }

    /// Has a subtree's record name another shape.
    #[track_caller]
    pub(crate) fn renumber(&mut self, subtree: usize, shape: usize) {
        let start = self.subtrees()[subtree].record.unwrap();
        let (_, operands) = self.place(subtree);
        self.columns.structure[columns::RECORDS].bytes.splice(start..operands.start, shape_number(shape));
    }

    /// The number of its shape, and where its operands stand.
    fn place(&self, subtree: usize) -> (usize, std::ops::Range<usize>) {
        let bytes = &self.columns.structure[columns::RECORDS].bytes;
        let mut starts = self.subtrees().into_iter().skip(subtree).map(|subtree| subtree.record);
        let start = starts.next().flatten().expect("a subtree with a record");
        let end = starts.flatten().next().unwrap_or(bytes.len() - subtrees::TAIL);
        match bytes[start] {
            255 => (usize::from(bytes[start + 1]) | usize::from(bytes[start + 2]) << 8, start + 3..end),
            number => (number.into(), start + 1..end),
        }
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
        self.refused_for("");
    }

    /// The same, and an error that says why.
    #[track_caller]
    pub(crate) fn refused_for(&self, reason: &str) {
        match self.decode() {
            Ok(tree) => {
                // Not dropped, nor looked at: it may be a tree that the library cannot bear.
                core::mem::forget(tree);
                panic!("a tree was built from them");
            }
            Err(error) => {
                assert_eq!(error.kind(), DecodeErrorKind::Corrupt, "{error}");
                assert!(error.to_string().contains(reason), "{error}");
            }
        }
    }

    /// The bytes still make a tree: what is refused elsewhere is refused for its own sake.
    #[track_caller]
    pub(crate) fn accepted(&self) {
        self.decode().unwrap();
    }

    /// The tree, if one can be built; a view, which asks for less, is read all the same.
    fn decode(&self) -> Result<Tree, DecodeError> {
        let bytecode = Bytecode::copy_from(&self.columns.write())?;
        read_view(&bytecode, &self.sample.grammar);
        bytecode.decode(&self.sample.grammar)
    }
}

/// The number of a shape, as a record has it.
fn shape_number(shape: usize) -> Vec<u8> {
    let [low, high] = (shape as u16).to_le_bytes();
    if shape < 255 { vec![low] } else { vec![255, low, high] }
}
