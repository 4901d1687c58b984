//! What the tests share: the grammars with their samples, and small helpers.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod agree;
pub(crate) mod columns;
pub(crate) mod compact;
pub(crate) mod edits;
pub(crate) mod exercise;
pub(crate) mod mutate;
pub(crate) mod rules;
pub(crate) mod scanners;
pub(crate) mod subtrees;
pub(crate) mod trees;

use std::sync::LazyLock;

use cst_bytecode::{AlignedBytes, Bytecode, Grammar, SourceId, compare, live_bytes};
use proptest::test_runner::Config;
use tree_sitter::{Language, Parser, Tree};

/// A grammar with a sound and a broken source.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) grammar: Grammar,
    pub(crate) sound: &'static str,
    pub(crate) broken: &'static str,
}

macro_rules! samples {
    ($($name:literal $extension:literal $language:expr;)*) => {
        vec![$(Sample {
            name: $name,
            grammar: Grammar::new(&Language::new($language)),
            sound: include_str!(concat!("../data/", $name, "/sound.", $extension)),
            broken: include_str!(concat!("../data/", $name, "/broken.", $extension)),
        }),*]
    };
}

/// Every grammar that the tests know.
pub(crate) static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    samples! {
        "rust" "rs" tree_sitter_rust::LANGUAGE;
        "python" "py" tree_sitter_python::LANGUAGE;
        "javascript" "js" tree_sitter_javascript::LANGUAGE;
        "typescript" "ts" tree_sitter_typescript::LANGUAGE_TYPESCRIPT;
        "tsx" "tsx" tree_sitter_typescript::LANGUAGE_TSX;
        "go" "go" tree_sitter_go::LANGUAGE;
        "c" "c" tree_sitter_c::LANGUAGE;
        "cpp" "cpp" tree_sitter_cpp::LANGUAGE;
        "java" "java" tree_sitter_java::LANGUAGE;
        "json" "json" tree_sitter_json::LANGUAGE;
        "bash" "sh" tree_sitter_bash::LANGUAGE;
        "html" "html" tree_sitter_html::LANGUAGE;
        "css" "css" tree_sitter_css::LANGUAGE;
        "ruby" "rb" tree_sitter_ruby::LANGUAGE;
    }
});

/// The sample called `name`.
pub(crate) fn sample(name: &str) -> &'static Sample {
    SAMPLES.iter().find(|sample| sample.name == name).unwrap()
}

impl Sample {
    pub(crate) fn sources(&self) -> [&'static str; 2] {
        [self.sound, self.broken]
    }

    /// Both sources cut short: after each so-manieth part of their bytes, from none on.
    pub(crate) fn prefixes(&self, parts: usize) -> impl Iterator<Item = &'static [u8]> {
        let sources = self.sources().into_iter().map(str::as_bytes);
        sources.flat_map(move |bytes| (0..parts).map(move |part| &bytes[..bytes.len() * part / parts]))
    }

    pub(crate) fn parser(&self) -> Parser {
        let mut parser = Parser::new();
        parser.set_language(self.grammar.language()).unwrap();
        parser
    }

    pub(crate) fn parse(&self, source: impl AsRef<[u8]>) -> Tree {
        self.parser().parse(source, None).unwrap()
    }

    /// Whether the grammar's own scanner bears the text.
    pub(crate) fn bears(&self, text: &[u8]) -> bool {
        scanners::bears(self.name, text)
    }

    pub(crate) fn encode(&self, tree: &Tree, source: impl AsRef<[u8]>) -> Bytecode {
        Bytecode::encode_with(&self.grammar, tree, &SourceId::of(source.as_ref())).unwrap()
    }
}

/// Writes the tree down and builds it again: it is the same, and so are the bytes, every time.
/// Returns the decoded tree.
#[track_caller]
pub(crate) fn check_round_trip(grammar: &Grammar, tree: &Tree, source: &[u8]) -> Tree {
    let id = SourceId::of(source);
    let bytecode = Bytecode::encode_with(grammar, tree, &id).unwrap();
    let decoded = bytecode.decode(grammar).unwrap();
    let count = compare(tree, &decoded).unwrap();

    let header = bytecode.header();
    assert_eq!(u64::from(header.subtree_count), count);
    assert_eq!(header.tree_sitter_release, cst_bytecode::TREE_SITTER_RELEASE);
    assert_eq!((header.grammar, header.source), (grammar.id(), id));
    assert_eq!(header.live_bytes, live_bytes(tree));
    assert_eq!(header.live_bytes, live_bytes(&decoded));

    let again = Bytecode::encode_with(grammar, tree, &id).unwrap();
    assert!(again.as_bytes() == bytecode.as_bytes(), "the same tree gives other bytes");
    let from_decoded = Bytecode::encode_with(grammar, &decoded, &id).unwrap();
    assert!(from_decoded.as_bytes() == bytecode.as_bytes(), "the decoded tree gives other bytes");
    let reread = Bytecode::from_bytes(bytecode.as_bytes()).unwrap();
    assert_eq!(reread.header(), header);
    let expanded = Bytecode::from_compact(&bytecode.to_compact().unwrap()).unwrap();
    assert!(expanded.as_bytes() == bytecode.as_bytes(), "the compact form gives other bytes");
    decoded
}

/// Bytes at a multiple of 16, from a slice that may be anywhere.
pub(crate) fn aligned(bytes: &[u8]) -> AlignedBytes {
    AlignedBytes::copy_from(bytes)
}

/// How many cases a property runs: `PROPTEST_CASES`, else `default`. Failures are reported, never
/// written into the source tree.
pub(crate) fn config(default: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { failure_persistence: None, ..Config::with_cases(cases.unwrap_or(default)) }
}
