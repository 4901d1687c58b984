//! The bodies of the fuzz targets: ordinary functions, so that ordinary tests call them as well.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each program includes all of it and uses a part; a failure is a panic"
)]

#[path = "../../support/columns.rs"]
mod columns;
pub(crate) mod decode;
#[path = "../../support/exercise.rs"]
mod exercise;
#[path = "../../support/mutate.rs"]
mod mutate;
pub(crate) mod rebuild;
pub(crate) mod roundtrip;
#[path = "../../support/subtrees/mod.rs"]
mod subtrees;
pub(crate) mod view;

use std::sync::LazyLock;

use cst_bytecode::{Bytecode, Grammar, SourceId, compare};
use tree_sitter::{Language, Parser, Tree};

/// A grammar with a sound and a broken source.
struct Sample {
    grammar: Grammar,
    sources: [&'static str; 2],
}

macro_rules! samples {
    ($($name:literal $extension:literal $language:expr;)*) => {
        vec![$(Sample {
            grammar: Grammar::new(&Language::new($language)),
            sources: [
                include_str!(concat!("../../data/", $name, "/sound.", $extension)),
                include_str!(concat!("../../data/", $name, "/broken.", $extension)),
            ],
        }),*]
    };
}

/// The grammars that are fuzzed; their places are part of the inputs. Those of Bash, C++ and Ruby are
/// left out because their scanners assert, on states or on texts, what a fuzzer soon breaks: that
/// would be found over and over, and it is not ours.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    samples! {
        "json" "json" tree_sitter_json::LANGUAGE;
        "rust" "rs" tree_sitter_rust::LANGUAGE;
        "c" "c" tree_sitter_c::LANGUAGE;
        "javascript" "js" tree_sitter_javascript::LANGUAGE;
        "python" "py" tree_sitter_python::LANGUAGE;
    }
});

/// How many of the samples have scanners that bear any state. Python's takes a length out of the
/// state and copies so many bytes, be they there or not.
const WITH_ROBUST_SCANNERS: usize = 4;

impl Sample {
    fn parser(&self) -> Parser {
        let mut parser = Parser::new();
        parser.set_language(self.grammar.language()).unwrap();
        parser
    }
}

/// A replacement of a few bytes.
struct Edit {
    at: usize,
    removed: usize,
    inserted: &'static [u8],
}

impl Edit {
    /// One of a text of `length` bytes.
    fn choose(choices: &mut impl mutate::Choices, length: usize) -> Self {
        const INSERTED: [&[u8]; 16] = [
            b"", b" ", b"\n", b"(", b")", b"{", b"}", b"[", b"]", b"\"", b"'", b";", b"x", b"/*", b"r#\"",
            b"\n    ",
        ];
        Self {
            at: choices.below(length + 1),
            removed: choices.below(16),
            inserted: INSERTED[choices.below(INSERTED.len())],
        }
    }
}

/// Does with a tree that came out of bytes what users do with theirs: reads all of it, edits it and
/// parses again, and writes it down. What can be written down comes back the same.
fn use_tree(sample: &Sample, tree: &Tree, source: &[u8], edit: &Edit) {
    exercise::read_all(tree);
    exercise::parse_edited(&mut sample.parser(), tree, source, edit.at, edit.removed, edit.inserted);
    if let Ok(bytecode) = Bytecode::encode_with(&sample.grammar, tree, &SourceId::of(source)) {
        let again = bytecode.decode(&sample.grammar).expect("what was encoded can be decoded");
        compare(tree, &again).unwrap();
    }
}
