//! Whether a record is the tree that its key stands for.

use cst_bytecode::{Bytecode, GrammarId};

use crate::document::is_key_of;
use crate::grammars::{BundledGrammar, Grammars};
use crate::payload;

/// What a record of a tree turns out to be.
pub(super) enum Tree {
    /// A tree of this key, good in every field that can be checked without its source.
    Sound,
    /// A tree of another build of its grammar or of tree-sitter, which nobody here can look into.
    OtherBuild(GrammarId),
    /// No tree, or not the one that the key stands for.
    Wrong,
}

/// The bytecode of a record.
pub(super) fn bytecode(record: &[u8]) -> Option<Bytecode> {
    payload::unpack(record)
}

/// Decompresses, decodes and compares with the key. Costs what a `get` costs.
pub(super) fn examine(key: &[u8; 32], record: &[u8], grammars: &Grammars) -> Tree {
    let Some(bytecode) = bytecode(record) else { return Tree::Wrong };
    let header = *bytecode.header();
    let Some(language) = by_id(grammars, header.grammar) else { return Tree::OtherBuild(header.grammar) };
    if header.tree_sitter_release != cst_bytecode::TREE_SITTER_RELEASE {
        return Tree::OtherBuild(header.grammar);
    }
    match bytecode.decode(&language.grammar) {
        Ok(tree) if is_key_of(key, &language.grammar, &header.source, &tree) => Tree::Sound,
        _ => Tree::Wrong,
    }
}

/// The bundled grammar of this identity.
pub(super) fn by_id(grammars: &Grammars, id: GrammarId) -> Option<&BundledGrammar> {
    grammars.iter().find(|language| language.grammar.id() == id)
}
