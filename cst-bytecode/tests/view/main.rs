//! A view says what tree-sitter says, of every node and every question.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod ancestors;
mod wide;

use support::agree::check_view;
use support::trees::{of_long_chains, of_many_shapes};
use support::{SAMPLES, sample};

#[test]
fn every_sample() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            check_view(&sample.grammar, &sample.parse(source), source.as_bytes(), 1);
        }
    }
}

#[test]
fn every_sample_cut_short() {
    for sample in SAMPLES.iter() {
        for prefix in sample.prefixes(20) {
            check_view(&sample.grammar, &sample.parse(prefix), prefix, 7);
        }
    }
}

#[test]
fn every_sample_with_its_front_cut_off() {
    for sample in SAMPLES.iter() {
        let bytes = sample.sound.as_bytes();
        for i in 1..12 {
            let rest = &bytes[bytes.len() * i / 12..];
            check_view(&sample.grammar, &sample.parse(rest), rest, 7);
        }
    }
}

/// Numbers of shapes in one byte, in two and in three.
#[test]
fn many_shapes() {
    let (source, tree) = of_many_shapes(2_500);
    check_view(&sample("json").grammar, &tree, source.as_bytes(), 97);
}

/// More hidden records below a parent than a short extent has room for.
#[test]
fn long_chains() {
    let python = sample("python");
    let source = python.sound.repeat(2);
    let tree = of_long_chains(python, &source, 60);
    check_view(&python.grammar, &tree, source.as_bytes(), 7);
}
