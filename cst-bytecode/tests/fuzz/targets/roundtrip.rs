//! Any bytes, taken for source text: its tree comes back equal, and as good for editing.

use cst_bytecode::{Bytecode, Grammar, SourceId, compare};
use tree_sitter::Tree;

use super::exercise::replace;
use super::mutate::{Choices as _, Script};
use super::{Edit, SAMPLES};

/// Parses, encodes, decodes and compares; then the same after an edit, from both trees.
///
/// An input is a number of a grammar, four bytes of an edit, then the text.
pub(crate) fn run(data: &[u8]) {
    let (head, text) = data.split_at(data.len().min(5));
    let mut script = Script(head);
    let sample = &SAMPLES[script.below(SAMPLES.len())];
    let edit = Edit::choose(&mut script, text.len().min(255));
    let mut parser = sample.parser();
    let mut original = parser.parse(text, None).expect("a tree");
    let mut decoded = there_and_back(&sample.grammar, &original, text);

    let mut text = text.to_vec();
    let edit = replace(&mut text, edit.at, edit.removed, edit.inserted);
    original.edit(&edit);
    decoded.edit(&edit);
    compare(&original, &decoded).unwrap();
    there_and_back(&sample.grammar, &original, &text);
    let from_original = parser.parse(&text, Some(&original)).expect("a tree");
    let from_decoded = parser.parse(&text, Some(&decoded)).expect("a tree");
    compare(&from_original, &from_decoded).unwrap();
    let changed = |old: &Tree, new: &Tree| old.changed_ranges(new).collect::<Vec<_>>();
    assert_eq!(changed(&original, &from_original), changed(&decoded, &from_decoded));
    there_and_back(&sample.grammar, &from_original, &text);
}

/// The decoded tree, which equals the original and has the same bytes.
fn there_and_back(grammar: &Grammar, tree: &Tree, text: &[u8]) -> Tree {
    let id = SourceId::of(text);
    let bytecode = Bytecode::encode_with(grammar, tree, &id).unwrap();
    let decoded = bytecode.decode(grammar).unwrap();
    compare(tree, &decoded).unwrap();
    let again = Bytecode::encode_with(grammar, &decoded, &id).unwrap();
    assert!(again.as_bytes() == bytecode.as_bytes(), "the decoded tree gives other bytes");
    let expanded = Bytecode::from_compact(&bytecode.to_compact().unwrap()).unwrap();
    assert!(expanded.as_bytes() == bytecode.as_bytes(), "the compact form gives other bytes");
    decoded
}
