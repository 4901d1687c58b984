//! A view says what tree-sitter says, of every node and every question.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod ancestors;
mod wide;

use support::SAMPLES;
use support::agree::check_view;

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
