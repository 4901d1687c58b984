//! A tree comes back equal in every field, whatever the text, and its bytes are always the same.

use std::collections::BTreeSet;

use crate::support::columns::{self, Columns};
use crate::support::edits::Change;
use crate::support::trees::{of_long_chains, of_long_lookaheads, of_many_shapes};
use crate::support::{SAMPLES, Sample, aligned, check_round_trip, sample, subtrees};
use cst_bytecode::Bytecode;
use tree_sitter::Tree;

#[test]
fn samples_are_what_they_are_called() {
    for sample in SAMPLES.iter() {
        let sound = sample.parse(sample.sound);
        assert!(!sound.root_node().has_error(), "{}: {}", sample.name, sound.root_node().to_sexp());
        assert!(sample.parse(sample.broken).root_node().has_error(), "{}", sample.name);
    }
}

#[test]
fn every_sample() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            check_round_trip(&sample.grammar, &sample.parse(source), source.as_bytes());
        }
    }
}

#[test]
fn every_sample_cut_short() {
    for sample in SAMPLES.iter() {
        for prefix in sample.prefixes(40) {
            check_round_trip(&sample.grammar, &sample.parse(prefix), prefix);
        }
    }
}

#[test]
fn every_sample_with_its_front_cut_off() {
    for sample in SAMPLES.iter() {
        let bytes = sample.sound.as_bytes();
        for i in 1..12 {
            let rest = &bytes[bytes.len() * i / 12..];
            check_round_trip(&sample.grammar, &sample.parse(rest), rest);
        }
    }
}

#[test]
fn other_line_ends_and_a_byte_order_mark() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            let mark = "\u{feff}";
            for text in [source.replace('\n', "\r\n"), source.replace('\n', "\r"), format!("{mark}{source}")]
            {
                check_round_trip(&sample.grammar, &sample.parse(&text), text.as_bytes());
            }
        }
    }
}

#[test]
fn hardly_any_text() {
    let long_space = " ".repeat(300);
    let many_lines = "\n".repeat(20);
    let far = format!("{many_lines}{long_space}x{many_lines}");
    let texts = ["", " ", "\n", "\t\r\n  \n", ")", "\u{feff}", "\0", "\u{1f600}", "\"", "'", "<", "#", "/*"];
    for sample in SAMPLES.iter() {
        for text in texts.into_iter().chain([&*long_space, &*many_lines, &*far]) {
            check_round_trip(&sample.grammar, &sample.parse(text), text.as_bytes());
        }
        for bytes in [&[0xff, 0xfe, 0x80][..], &[0xe6, 0xbc], &[b'"', 0xc0, 0x80, b'"']] {
            check_round_trip(&sample.grammar, &sample.parse(bytes), bytes);
        }
    }
}

#[test]
fn parts_repeated_in_an_order_that_makes_no_sense() {
    for sample in SAMPLES.iter() {
        let mut lines: Vec<&str> = sample.sources().into_iter().flat_map(str::lines).collect();
        for turn in 0..6 {
            let middle = (turn * 7 + 3) % lines.len();
            lines.rotate_left(middle);
            lines.reverse();
            let text = lines.join(["\n", "  ", "\n\t"][turn % 3]);
            check_round_trip(&sample.grammar, &sample.parse(&text), text.as_bytes());
        }
    }
}

/// The document describes all of the format: from it alone the bytes can be taken apart, down to each
/// subtree, and put together again.
#[test]
fn a_second_writer_gives_the_same_bytes() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            let tree = sample.parse(source);
            written_again(sample, &tree, source);
            // An edited tree has exceptions, and is written by rules of its own.
            for (place, inserted) in [(3, "\n("), (source.len() / 2, "x"), (source.len() - 2, "")] {
                let (mut edited, mut text) = (tree.clone(), source.as_bytes().to_vec());
                edited.edit(&Change { start: place, removed: 2, inserted }.apply(&mut text));
                written_again(sample, &edited, &text);
                let parsed = sample.parser().parse(&text, Some(&edited)).unwrap();
                written_again(sample, &parsed, &text);
            }
        }
    }
    // Numbers of shapes that take two bytes, extents of all forms, chains that may not grow.
    let source = [sample("rust").sound, sample("cpp").sound, sample("c").broken].concat().repeat(40);
    written_again(sample("cpp"), &sample("cpp").parse(&source), &source);
    // Numbers of three bytes.
    let (source, tree) = of_many_shapes(2_500);
    written_again(sample("json"), &tree, &source);
}

/// Where one parent has more records or operands than its extent's form has room for, all extents are longer.
#[test]
fn extents_without_room() {
    let (json, python) = (sample("json"), sample("python"));
    let call = format!("f({})", ["a"; 20].join(", "));
    assert_eq!(extent_forms(python, &python.parse(&call), &call), [1]);
    // More records.
    assert_eq!(extent_forms(python, &of_long_chains(python, &call, 200), &call), [2]);

    // More operands, on one line and on many.
    let array = |lines: usize| format!("[{}1]", vec!["1, ".repeat(29); lines].join("\n"));
    for (lines, expected, longer) in [(1, &[1][..], [2]), (200, &[1, 2], [3])] {
        let source = array(lines);
        assert_eq!(extent_forms(json, &json.parse(&source), &source), expected);
        assert_eq!(extent_forms(json, &of_long_lookaheads(json, &source), &source), longer);
    }

    // Too many descendants for a form whose room their records might still have: two for each number, and two more.
    for (numbers, expected) in [(16_382, &[1, 2][..]), (16_383, &[1, 2, 3])] {
        let mut source = "1,".repeat(numbers);
        (100..numbers).step_by(100).rev().for_each(|line| source.insert(line * 2, '\n'));
        let source = format!("[{}]", source.trim_end_matches(','));
        assert_eq!(extent_forms(json, &json.parse(&source), &source), expected);
    }
}

/// The forms of extents that there are in a tree's bytecode, which a second writer gives as well.
fn extent_forms(sample: &Sample, tree: &Tree, source: impl AsRef<[u8]>) -> Vec<u64> {
    written_again(sample, tree, &source);
    check_round_trip(&sample.grammar, tree, source.as_ref());
    let columns = Columns::read(sample.encode(tree, &source).as_bytes());
    let shapes = columns.structure[columns::SHAPES].elements().into_iter();
    let parents = shapes.filter(|shape| shape >> 51 & 15 != 0);
    let forms: BTreeSet<u64> = parents.map(|shape| shape >> 49 & 3).filter(|&form| form > 0).collect();
    forms.into_iter().collect()
}

fn written_again(sample: &Sample, tree: &Tree, source: impl AsRef<[u8]>) {
    let bytecode = sample.encode(tree, source);
    let mut columns = Columns::read(bytecode.as_bytes());
    assert!(columns.write() == bytecode.as_bytes(), "{}", sample.name);
    assert_eq!(columns.structure[columns::INCLUDED_RANGES].len(), 1);
    let subtrees = subtrees::read(&columns, sample.grammar.language());
    let Columns { structure, parser_state, .. } = &mut columns;
    let written = structure[..columns::INCLUDED_RANGES].iter_mut();
    written.chain(&mut parser_state[..columns::EXCEPTIONS]).for_each(|column| column.bytes.clear());
    columns.header[104..116].fill(0);
    subtrees::write(&mut columns, sample.grammar.language(), &subtrees);
    let original = Columns::read(bytecode.as_bytes());
    for (ours, theirs) in columns.structure.iter().zip(&original.structure) {
        assert_eq!(ours, theirs, "{}", sample.name);
    }
    for (ours, theirs) in columns.parser_state.iter().zip(&original.parser_state) {
        assert_eq!(ours, theirs, "{}", sample.name);
    }
    assert!(columns.write() == bytecode.as_bytes(), "{}", sample.name);
}

#[test]
fn bytes_may_be_borrowed_copied_and_given_back() {
    let sample = &SAMPLES[0];
    let owned = sample.encode(&sample.parse(sample.sound), sample.sound);
    let borrowed = Bytecode::from_bytes(owned.as_bytes()).unwrap();
    let copied = Bytecode::copy_from(owned.as_bytes()).unwrap();
    assert_eq!(borrowed.header(), copied.header());
    let bytes = copied.into_bytes();
    assert!(*bytes == *borrowed.into_bytes());
    assert!(*aligned(&bytes) == *bytes);
}
