//! Files written once and committed: bytes that stay readable, or are refused by name.

use std::fs;
use std::path::PathBuf;

use cst_bytecode::{Bytecode, DecodeErrorKind, FORMAT_VERSION, TREE_SITTER_RELEASE, compare};

use crate::support::sample;

/// The release that the committed files were written with: 0.27.1.
const GOLDEN_RELEASE: u32 = 27 << 10 | 1;

#[test]
fn committed_files() {
    for name in ["rust", "python", "json", "html"] {
        let sample = sample(name);
        for (case, source) in [("sound", sample.sound), ("broken", sample.broken)] {
            let file = format!("{name}_{case}.cstb");
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/1").join(file);
            let bytes = fs::read(&path).unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; write it with `cargo run -p cst-bytecode --example bless-golden`",
                    path.display()
                )
            });
            check(name, source, &bytes);
        }
    }
}

fn check(name: &str, source: &str, bytes: &[u8]) {
    let sample = sample(name);
    if FORMAT_VERSION != 1 {
        let error = Bytecode::copy_from(bytes).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::FormatVersion, "{name}");
        return;
    }
    let bytecode = Bytecode::copy_from(bytes).unwrap();
    assert_eq!(bytecode.header().tree_sitter_release, GOLDEN_RELEASE);
    let decoded = bytecode.decode(&sample.grammar);
    if TREE_SITTER_RELEASE != GOLDEN_RELEASE {
        assert_eq!(decoded.unwrap_err().kind(), DecodeErrorKind::Runtime, "{name}");
        return;
    }
    let tree = sample.parse(source);
    if bytecode.header().grammar != sample.grammar.id() {
        // Another release of the grammar crate: the numbers may mean something else.
        assert_eq!(decoded.unwrap_err().kind(), DecodeErrorKind::Grammar, "{name}");
        return;
    }
    compare(&tree, &decoded.unwrap()).unwrap();
    let fresh = sample.encode(&tree, source);
    assert!(fresh.as_bytes() == bytes, "{name}: other bytes; a change of the format needs a new version");
}
