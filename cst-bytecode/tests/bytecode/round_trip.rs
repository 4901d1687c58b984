//! A tree comes back equal in every field, whatever the text, and its bytes are always the same.

use crate::support::columns::{self, Columns};
use crate::support::edits::Change;
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
    // Numbers of shapes that take three bytes, extents of all forms, chains that may not grow.
    let source = [sample("rust").sound, sample("cpp").sound, sample("c").broken].concat().repeat(40);
    written_again(sample("cpp"), &sample("cpp").parse(&source), &source);
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
