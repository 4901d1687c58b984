//! Edits of a source text, and the same edits told to a tree.

use proptest::prelude::*;
use tree_sitter::{InputEdit, Point};

/// Replaces a span of the text. Positions are taken modulo the text's length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) start: usize,
    pub(crate) removed: usize,
    pub(crate) inserted: &'static str,
}

const SNIPPETS: &[&str] = &[
    "",
    " ",
    "\n",
    "\n\n    ",
    "\t",
    "\r\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "`",
    "'''",
    "/*",
    "*/",
    "//",
    "#",
    "<",
    ">",
    "</",
    "<p>",
    "<<EOF\n",
    "EOF\n",
    "r#\"",
    "\"#",
    ";",
    ":",
    ",",
    ".",
    "=",
    "\\",
    "$",
    "@",
    "0",
    "1e9",
    "x",
    "end",
    "if ",
    "else",
    "for ",
    "def ",
    "fn ",
    "class ",
    "return",
    "null",
    "\u{e9}",
    "\u{6f22}\u{5b57}",
    "\u{1f600}",
    "\0",
    "a_name_of_more_than_twenty_four_bytes_",
    "#{x}",
    "f\"{x}\"",
    "${x}",
    "pass\n",
];

/// A single change anywhere.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    let removed = prop_oneof![4 => Just(0), 4 => 0..12_usize, 1 => 0..400_usize];
    (any::<usize>(), removed, prop::sample::select(SNIPPETS)).prop_map(|(start, removed, inserted)| Change {
        start,
        removed,
        inserted,
    })
}

/// A few steps of a few changes each; a tree is parsed again after each step.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(change(), 1..3), 1..5)
}

impl Change {
    /// Changes `text`, and says how.
    pub(crate) fn apply(self, text: &mut Vec<u8>) -> InputEdit {
        let start_byte = self.start % (text.len() + 1);
        let old_end_byte = start_byte + self.removed.min(text.len() - start_byte);
        let new_end_byte = start_byte + self.inserted.len();
        let start_position = point_at(text, start_byte);
        let old_end_position = point_at(text, old_end_byte);
        text.splice(start_byte..old_end_byte, self.inserted.bytes());
        let new_end_position = point_at(text, new_end_byte);
        InputEdit {
            start_byte,
            old_end_byte,
            new_end_byte,
            start_position,
            old_end_position,
            new_end_position,
        }
    }
}

/// Row and column, in bytes, of a position.
pub(crate) fn point_at(text: &[u8], byte: usize) -> Point {
    let before = &text[..byte];
    let row = before.iter().filter(|&&b| b == b'\n').count();
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    Point { row, column: byte - line_start }
}
