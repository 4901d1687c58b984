//! Trees in mimalloc's heap: made, written down, built again, edited, and freed by other threads.
#![allow(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "tests may; their helpers are not seen as such")]

use std::sync::mpsc::channel;
use std::thread;

use cst_bytecode::{Bytecode, Grammar, compare, release_memory, use_mimalloc};
use tree_sitter::{InputEdit, Language, Parser, Point, Tree};

fn language() -> Language {
    tree_sitter_python::LANGUAGE.into()
}

fn parse(source: &str, old: Option<&Tree>) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    parser.parse(source, old).unwrap()
}

fn round_trip(source: &str) -> (Tree, Tree) {
    let tree = parse(source, None);
    let bytecode = Bytecode::encode(&tree, source.as_bytes()).unwrap();
    let decoded = bytecode.decode(&Grammar::new(&language())).unwrap();
    compare(&tree, &decoded).unwrap();
    (tree, decoded)
}

/// A decoded tree is edited and parsed again: the new tree has blocks of the old one, and outlives it.
fn an_edited_tree_outlives_the_decoded_one() {
    let source = "def f(a, b):\n    return a if b else f'{a!r:>{b}}'\n".repeat(2_000);
    let (tree, mut decoded) = round_trip(&source);
    let point = Point { row: 0, column: 0 };
    decoded.edit(&InputEdit {
        start_byte: 0,
        old_end_byte: 0,
        new_end_byte: 4,
        start_position: point,
        old_end_position: point,
        new_end_position: Point { row: 1, column: 0 },
    });
    let source = format!("( )\n{source}");
    let reparsed = parse(&source, Some(&decoded));
    thread::spawn(move || drop((tree, decoded))).join().unwrap();
    release_memory();
    round_trip(&source);
    assert_eq!(reparsed.root_node().to_sexp(), parse(&source, None).root_node().to_sexp());
}

/// Trees of all sizes are decoded by some threads and freed by another, some at once, some much later.
fn threads_free_what_others_decode() {
    let (sender, receiver) = channel();
    let workers: Vec<_> = (0..4)
        .map(|seed: usize| {
            let sender = sender.clone();
            thread::spawn(move || {
                for i in 0..60 {
                    let lines = (seed * 7 + i * i) % 900;
                    let list = "1, ".repeat(if i % 10 == 0 { 12_000 } else { 3 });
                    let (tree, decoded) = round_trip(&format!("x = [{list}]\n{}", "f(a.b)\n".repeat(lines)));
                    drop(tree);
                    sender.send((i, decoded)).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut kept = Vec::new();
    for (i, tree) in receiver {
        let kinds = tree.root_node().descendant_count();
        assert!(kinds > 3, "{kinds}");
        if i % 13 == 0 {
            kept.push(tree);
        }
        if i % 17 == 0 {
            release_memory();
        }
    }
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    for tree in &kept {
        assert!(!tree.root_node().has_error() && tree.root_node().to_sexp().starts_with("(module"));
    }
}

// The only test of its binary: nothing else of tree-sitter runs before or beside it.
#[test]
fn trees_make_the_round_trip_and_are_freed_anywhere() {
    // SAFETY: see above.
    unsafe { use_mimalloc() };
    an_edited_tree_outlives_the_decoded_one();
    threads_free_what_others_decode();
}
