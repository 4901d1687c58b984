//! Helpers to change a single subtree of sound bytecode, and to see what becomes of it.

use std::ops::Range;

use cst_bytecode::{Bytecode, DecodeError, DecodeErrorKind};
use tree_sitter::{Language, Tree};

use crate::support::columns::{self, Columns};
use crate::support::exercise::read_view;
use crate::support::subtrees::{self, Place, Subtree};
use crate::support::{Sample, aligned, mutate, sample};

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

    /// The shape of a subtree's record, and its operands but for those of the shape's number. A link has none.
    #[track_caller]
    pub(crate) fn record(&self, subtree: usize) -> (u64, Vec<u8>) {
        let (number, operands) = self.place(subtree);
        let bytes = &self.columns.structure[columns::OPERANDS].bytes;
        (self.columns.structure[columns::SHAPES].get(number), bytes[operands].to_vec())
    }

    /// Gives a subtree's record a shape of its own, with the chain of its old one, and other operands.
    #[track_caller]
    pub(crate) fn set_record(&mut self, subtree: usize, shape: u64, operands: &[u8]) {
        let number = self.columns.structure[columns::SHAPES].len();
        let chain = self.chain(subtree);
        self.put(subtree, &shape_number(number), operands);
        self.add_shapes(shape, chain, number + 1);
    }

    /// The chain above a subtree with a record.
    #[track_caller]
    pub(crate) fn chain(&self, subtree: usize) -> u64 {
        self.columns.parser_state[columns::SHAPE_CHAINS].get(self.place(subtree).0)
    }

    /// Adds a shape with a chain until there are so many shapes.
    pub(crate) fn add_shapes(&mut self, shape: u64, chain: u64, count: usize) {
        let Columns { structure, parser_state, .. } = &mut self.columns;
        let before = structure[columns::SHAPES].len();
        for _ in before..count {
            structure[columns::SHAPES].push(shape);
            parser_state[columns::SHAPE_CHAINS].push(chain);
        }
        let added = structure[columns::SHAPES].len() - before;
        // Precedences of links count on after the shapes.
        let precedences = &mut parser_state[columns::PRECEDENCES];
        for i in 0..precedences.len() {
            let precedence = precedences.get(i);
            let is_of_link = precedence as u32 as usize >= before;
            precedences.set(i, precedence + if is_of_link { added as u64 } else { 0 });
        }
    }

    /// Writes a subtree's record anew: the number of its shape, the first byte of which stands in a column of its own,
    /// and its operands. The parents above say how many there then are.
    #[track_caller]
    pub(crate) fn put(&mut self, subtree: usize, number: &[u8], operands: &[u8]) {
        let record = self.subtrees()[subtree].record.unwrap();
        let (_, old) = self.place(subtree);
        let added = [&number[1..], operands].concat();
        let more = added.len().wrapping_sub(old.end - record.operands);
        for parent in self.above(subtree) {
            if let Some([_, said]) = self.counts(parent) {
                let before = self.said(&said);
                self.say(&said, before.wrapping_add(more));
            }
        }
        self.columns.structure[columns::NUMBERS].bytes[record.number] = number[0];
        self.columns.structure[columns::OPERANDS].bytes.splice(record.operands..old.end, added);
    }

    /// A number among the operands.
    pub(crate) fn said(&self, place: &Range<usize>) -> usize {
        let bytes = &self.columns.structure[columns::OPERANDS].bytes[place.clone()];
        bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
    }

    pub(crate) fn say(&mut self, place: &Range<usize>, number: usize) {
        let bytes = &mut self.columns.structure[columns::OPERANDS].bytes[place.clone()];
        bytes.copy_from_slice(&number.to_le_bytes()[..place.len()]);
    }

    /// Parents above a subtree that have records, the nearest first.
    fn above(&self, subtree: usize) -> Vec<usize> {
        let subtrees = self.subtrees();
        let mut depth = subtrees[subtree].depth;
        let mut parents = Vec::new();
        for (i, above) in subtrees.iter().enumerate().take(subtree).rev() {
            if above.depth < depth {
                depth = above.depth;
                parents.extend(above.record.is_some().then_some(i));
            }
        }
        parents
    }

    /// Where a parent's extent stands; it ends the operands. Empty where its form is 0.
    #[track_caller]
    pub(crate) fn extent(&self, parent: usize) -> Range<usize> {
        let (number, operands) = self.place(parent);
        let shape = self.columns.structure[columns::SHAPES].get(number);
        let is_visible = self.subtrees()[parent].has(subtrees::VISIBLE | subtrees::RENAMED);
        operands.end - subtrees::extent_length(shape >> 49 & 3, is_visible)..operands.end
    }

    /// Where a parent's extent says how many records there are below it, and where, how many bytes of operands; `None`
    /// where its form is 0.
    #[track_caller]
    pub(crate) fn counts(&self, parent: usize) -> Option<[Range<usize>; 2]> {
        let width = match self.record(parent).0 >> 49 & 3 {
            0 => return None,
            form => 1 << (form - 1),
        };
        // After bytes and descendants, as wide as they are.
        let start = self.extent(parent).start + 2 * width;
        Some([start..start + width, start + width..start + 2 * width])
    }

    /// Has a subtree's record name another shape.
    #[track_caller]
    pub(crate) fn renumber(&mut self, subtree: usize, shape: usize) {
        let (_, operands) = self.record(subtree);
        self.put(subtree, &shape_number(shape), &operands);
    }

    /// The number of its shape, and where its operands stand but for those of that.
    #[track_caller]
    fn place(&self, subtree: usize) -> (usize, Range<usize>) {
        let [numbers, bytes] =
            [columns::NUMBERS, columns::OPERANDS].map(|column| &self.columns.structure[column].bytes);
        let mut records = self.subtrees().into_iter().skip(subtree).map(|subtree| subtree.record);
        let Place { number, operands } = records.next().flatten().expect("a subtree with a record");
        let end = records.flatten().next().map_or(bytes.len() - subtrees::TAIL, |next| next.operands);
        let operand = |place: usize| usize::from(bytes[operands + place]);
        match numbers[number] {
            255 => (operand(0) | operand(1) << 8, operands + 2..end),
            page @ 248.. => (usize::from(page - 248) * 256 + operand(0) + 248, operands + 1..end),
            byte => (byte.into(), operands..end),
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

    /// They are refused when they come in, before anyone asks for a tree: a view would believe them. One that was made without
    /// asking bears it.
    #[track_caller]
    pub(crate) fn refused_at_once(&self) {
        let bytes = self.columns.write();
        let error = Bytecode::copy_from(&bytes).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Corrupt, "{error}");
        if let Ok(unchecked) = Bytecode::from_checksummed(aligned(&bytes)) {
            read_view(&unchecked, &self.sample.grammar);
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
pub(crate) fn shape_number(shape: usize) -> Vec<u8> {
    match shape {
        ..248 => vec![shape as u8],
        248..2_040 => vec![248 + ((shape - 248) / 256) as u8, (shape - 248) as u8],
        _ => long_number(shape),
    }
}

/// The same in the longest form.
pub(crate) fn long_number(shape: usize) -> Vec<u8> {
    let [low, high] = (shape as u16).to_le_bytes();
    vec![255, low, high]
}
