//! Where positions end: they have 32 bits, and the cost of an error over all of a text has 31.

use cst_bytecode::{Bytecode, EncodeError, SourceId, compare};
use tree_sitter::{InputEdit, Point, Range, Tree};

use crate::support::{Sample, check_round_trip, sample};

const TEXT: &[u8] = b"[1, {\"a\": [true]}, x]";

/// A text that would begin with so many bytes that nobody reads, parsed behind them.
fn parse_far(json: &Sample, start_byte: usize, row: usize) -> Tree {
    let mut parser = json.parser();
    let end_byte = start_byte + TEXT.len();
    let range = Range {
        start_byte,
        end_byte,
        start_point: Point { row, column: 0 },
        end_point: Point { row, column: TEXT.len() },
    };
    parser.set_included_ranges(&[range]).unwrap();
    let mut read = |byte: usize, _: Point| TEXT.get(byte.wrapping_sub(start_byte)..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, None).unwrap();
    assert_eq!(tree.root_node().end_byte(), end_byte);
    tree
}

fn id(length: u64) -> SourceId {
    SourceId { hash: [7; 32], length }
}

fn check_far(start_byte: usize, row: usize, expected: Result<(), EncodeError>) {
    let json = sample("json");
    let tree = parse_far(json, start_byte, row);
    let encoded = Bytecode::encode_with(&json.grammar, &tree, &id((start_byte + TEXT.len()) as u64));
    let decoded = encoded.map(|bytecode| {
        compare(&tree, &bytecode.decode(&json.grammar).unwrap()).unwrap();
    });
    assert_eq!(decoded, expected, "{start_byte}, {row}");
}

#[test]
fn a_tree_far_into_its_text() {
    let most = i32::MAX as usize;
    check_far(500_000_000, 0, Ok(()));
    check_far(500_000_000, 20_000_000, Ok(()));
    check_far(most - TEXT.len(), 0, Ok(()));
    check_far(most - TEXT.len() + 1, 0, Err(EncodeError::TooLarge));
    // A line is thirty bytes' worth.
    check_far(500_000_000, 60_000_000, Err(EncodeError::TooLarge));
    check_far(u32::MAX as usize - TEXT.len() - 1, 0, Err(EncodeError::TooLarge));
}

#[test]
fn a_source_longer_than_positions() {
    let json = sample("json");
    let tree = json.parse(TEXT);
    let encode = |length| Bytecode::encode_with(&json.grammar, &tree, &id(length)).map(drop);
    assert_eq!(encode(u64::from(u32::MAX)), Ok(()));
    let error = encode(u64::from(u32::MAX) + 1).unwrap_err();
    assert_eq!(error, EncodeError::TooLarge);
    assert!(error.to_string().contains("32 bits"), "{error}");
}

/// What an edit inserts has never been read.
#[test]
fn an_edit_that_inserts_more_than_there_are_positions() {
    let json = sample("json");
    for new_end_byte in [1 << 31, u32::MAX as usize - TEXT.len()] {
        for at in [0, 4, TEXT.len()] {
            let mut tree = json.parse(TEXT);
            tree.edit(&InputEdit {
                start_byte: at,
                old_end_byte: at,
                new_end_byte,
                start_position: Point { row: 0, column: at },
                old_end_position: Point { row: 0, column: at },
                new_end_position: Point { row: 0, column: new_end_byte },
            });
            let error = Bytecode::encode_with(&json.grammar, &tree, &id(u64::from(u32::MAX))).unwrap_err();
            assert_eq!(error, EncodeError::TooLarge, "{at}");
        }
    }
}

/// Nothing recurses: not in an edited tree of 100,000 levels, nor in what is parsed from it again.
#[test]
fn wide_and_deep_trees_that_are_edited_and_not_parsed_again() {
    let json = sample("json");
    let wide = format!("[{}]", vec!["1"; 100_000].join(","));
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    for text in [wide, deep] {
        let original = json.parse(&text);
        let decoded = check_round_trip(&json.grammar, &original, text.as_bytes());
        let mut bytes = text.as_bytes().to_vec();
        let edit = crate::support::exercise::replace(&mut bytes, text.len() / 2, 0, b" ");
        let mut trees = [original, decoded];
        trees.iter_mut().for_each(|tree| tree.edit(&edit));
        let [original, decoded] = &trees;
        compare(original, decoded).unwrap();
        check_round_trip(&json.grammar, original, &bytes);
        let parse = |old| json.parser().parse(&bytes, Some(old)).unwrap();
        compare(&parse(original), &parse(decoded)).unwrap();
    }
}
