//! Edits of a source text, and the same edits told to a tree.

use proptest::prelude::*;
use tree_sitter::InputEdit;

use super::exercise::replace;

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
        let start = self.start % (text.len() + 1);
        replace(text, start, self.removed.min(text.len()), self.inserted.as_bytes())
    }
}
