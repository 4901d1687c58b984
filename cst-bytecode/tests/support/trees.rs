//! Trees that no parser makes: changed subtrees, written down and built.

use cst_bytecode::Bytecode;
use tree_sitter::Tree;

use super::columns::Columns;
use super::subtrees::{self, INLINE, Subtree};
use super::{Sample, sample};

/// The tree of a text, with other subtrees than the parser made.
pub(crate) fn changed(
    sample: &Sample,
    source: &str,
    change: impl FnOnce(Vec<Subtree>) -> Vec<Subtree>,
) -> Tree {
    let language = sample.grammar.language();
    let mut columns = Columns::read(sample.encode(&sample.parse(source), source).as_bytes());
    let subtrees = change(subtrees::read(&columns, language));
    subtrees::write(&mut columns, language, &subtrees);
    Bytecode::copy_from(&columns.write()).unwrap().decode(&sample.grammar).unwrap()
}

/// A text in JSON of so many arrays, and its tree, in which each of them has a shape of its own.
pub(crate) fn of_many_shapes(count: usize) -> (String, Tree) {
    let sample = sample("json");
    let source = format!("[{}[]]", "[1], ".repeat(count));
    let tree = changed(sample, &source, |mut subtrees| {
        let symbol = sample.grammar.language().id_for_node_kind("array", true);
        let arrays = subtrees.iter_mut().filter(|subtree| subtree.symbol == symbol);
        // Each adds something else to the precedences.
        arrays.zip(1..).for_each(|(array, number)| array.precedence = number);
        subtrees
    });
    (source, tree)
}

/// The tree of a text in which each parent that has no record is there so many times more, each in the one before.
pub(crate) fn of_long_chains(sample: &Sample, source: &str, times: usize) -> Tree {
    changed(sample, source, |subtrees| {
        let mut deeper = Vec::new();
        for subtree in subtrees {
            // A production would name what is inserted.
            if subtree.record.is_none() && subtree.production == 0 {
                deeper.extend(vec![subtree.clone(); times]);
            }
            deeper.push(subtree);
        }
        deeper
    })
}

/// The tree of a text in which each leaf makes for four bytes of operands more.
pub(crate) fn of_long_lookaheads(sample: &Sample, source: &str) -> Tree {
    changed(sample, source, |mut subtrees| {
        for leaf in subtrees.iter_mut().filter(|subtree| subtree.is_leaf()) {
            leaf.lookahead = 15;
            // Its parent's array has no room for so many.
            leaf.flags &= !INLINE;
        }
        subtrees
    })
}
