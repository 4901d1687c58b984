//! A tree is never handed out under a grammar, a source or a release that it was not made with.

use std::collections::HashSet;

use cst_bytecode::{Bytecode, DecodeErrorKind, EncodeError, Grammar, SourceId, compare};
use tree_sitter::Language;

use crate::support::columns::{put_u32, repair_checksum};
use crate::support::{SAMPLES, aligned, sample};

#[test]
fn every_grammar_has_its_own_identity_and_keeps_it() {
    let ids: HashSet<_> = SAMPLES.iter().map(|sample| sample.grammar.id()).collect();
    assert_eq!(ids.len(), SAMPLES.len());
    for sample in SAMPLES.iter() {
        assert_eq!(Grammar::new(sample.grammar.language()), sample.grammar);
        assert_eq!(sample.grammar.id().to_string().len(), 64);
    }
}

#[test]
fn another_grammar_is_refused() {
    for (i, sample) in SAMPLES.iter().enumerate() {
        let other = &SAMPLES[(i + 1) % SAMPLES.len()];
        let tree = sample.parse(sample.sound);
        let error = sample.encode(&tree, sample.sound).decode(&other.grammar).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Grammar);
        let id = SourceId::of(sample.sound.as_bytes());
        let error = Bytecode::encode_with(&other.grammar, &tree, &id).unwrap_err();
        assert_eq!(error, EncodeError::WrongLanguage);
    }
}

#[test]
fn a_shorter_source_is_refused() {
    let json = sample("json");
    let tree = json.parse("[1, 2]");
    let error = Bytecode::encode(&tree, b"[1]").unwrap_err();
    assert_eq!(error, EncodeError::WrongSource { tree_end: 6, source_length: 3 });
    assert!(error.to_string().contains("byte 6"), "{error}");
    assert!(Bytecode::encode(&tree, b"[1, 2]").is_ok());
}

#[test]
fn another_release_is_refused() {
    let json = sample("json");
    let mut bytes = aligned(json.encode(&json.parse("[1]"), "[1]").as_bytes());
    put_u32(&mut bytes, 12, cst_bytecode::TREE_SITTER_RELEASE ^ 1);
    repair_checksum(&mut bytes);
    let bytecode = Bytecode::from_bytes(bytes).unwrap();
    assert_eq!(bytecode.decode(&json.grammar).unwrap_err().kind(), DecodeErrorKind::Runtime);
}

#[test]
fn encode_computes_both_identities() {
    let rust = sample("rust");
    let tree = rust.parse(rust.sound);
    let bytecode = Bytecode::encode(&tree, rust.sound.as_bytes()).unwrap();
    assert!(bytecode.as_bytes() == rust.encode(&tree, rust.sound).as_bytes());
    assert_eq!(bytecode.header().source, SourceId::of(rust.sound.as_bytes()));
    // A grammar made anew, in another place, is the same grammar.
    let grammar = Grammar::new(&Language::new(tree_sitter_rust::LANGUAGE));
    compare(&tree, &bytecode.decode(&grammar).unwrap()).unwrap();
}

#[test]
fn trees_that_differ_are_told_apart() {
    let json = sample("json");
    let difference = compare(&json.parse("[1, 2]"), &json.parse("[1, 22]")).unwrap_err();
    assert!(difference.to_string().contains(difference.field));
    assert!(compare(&json.parse("[1]"), &sample("c").parse("[1]")).is_err());
    assert!(compare(&json.parse("[1]"), &json.parse("[1] ")).is_err());
}
