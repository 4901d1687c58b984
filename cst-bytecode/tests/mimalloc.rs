//! Trees in mimalloc's heap: made, written down, built again, edited, and freed by another thread.
#![allow(unsafe_code)]

use cst_bytecode::{Bytecode, Grammar, compare, release_memory, use_mimalloc};
use tree_sitter::{InputEdit, Parser, Point, Tree};

// The only test of its binary: nothing else of tree-sitter runs before or beside it.
#[test]
fn trees_make_the_round_trip() {
    // SAFETY: see above.
    unsafe { use_mimalloc() };
    let language = tree_sitter_python::LANGUAGE.into();
    let mut parser = Parser::new();
    parser.set_language(&language).unwrap();
    let mut parse = |source: &str, old: Option<&Tree>| parser.parse(source, old).unwrap();

    let source = "def f(a, b):\n    return a if b else f'{a!r:>{b}}'\n".repeat(2_000);
    let tree = parse(&source, None);
    let bytecode = Bytecode::encode(&tree, source.as_bytes()).unwrap();
    let mut decoded = bytecode.decode(&Grammar::new(&language)).unwrap();
    compare(&tree, &decoded).unwrap();

    let point = Point { row: 0, column: 0 };
    let edit = InputEdit {
        start_byte: 0,
        old_end_byte: 0,
        new_end_byte: 4,
        start_position: point,
        old_end_position: point,
        new_end_position: Point { row: 1, column: 0 },
    };
    decoded.edit(&edit);
    let source = format!("( )\n{source}");
    let reparsed = parse(&source, Some(&decoded));
    assert_eq!(reparsed.root_node().to_sexp(), parse(&source, None).root_node().to_sexp());

    std::thread::spawn(move || drop((tree, decoded))).join().unwrap();
    release_memory();
    assert_eq!(reparsed.root_node().end_byte(), source.len());
}
