//! What is asked for: a source text under a grammar.

use core::fmt;

use cst_bytecode::{FORMAT_VERSION, Grammar, Header, SourceId, TREE_SITTER_RELEASE};
use tree_sitter::{Point, Range, Tree};

/// What makes two requests the same tree: a BLAKE3 hash over the source's identity, the grammar's
/// identity, the included ranges, the release of tree-sitter and the version of the byte format.
///
/// So a tree made with another build of any of them is simply not found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 32]);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// A source text under a grammar, and the key that follows from them.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    grammar: &'a Grammar,
    source: &'a [u8],
    source_id: SourceId,
    included_ranges: Vec<Range>,
    key: Key,
}

impl<'a> Document<'a> {
    /// The whole of `source` under `grammar`. Hashes the source: about 1 GB/s or more.
    #[must_use]
    pub fn new(grammar: &'a Grammar, source: &'a [u8]) -> Self {
        let source_id = SourceId::of(source);
        let key = key(grammar, &source_id, &[]);
        Self { grammar, source, source_id, included_ranges: Vec::new(), key }
    }

    /// The same text, of which only `ranges` are parsed (as with `Parser::set_included_ranges`);
    /// none means the whole.
    #[must_use]
    pub fn with_included_ranges(mut self, ranges: &[Range]) -> Self {
        self.key = key(self.grammar, &self.source_id, ranges);
        self.included_ranges = ranges.to_vec();
        self
    }

    /// The grammar.
    #[must_use]
    pub fn grammar(&self) -> &'a Grammar {
        self.grammar
    }

    /// The text.
    #[must_use]
    pub fn source(&self) -> &'a [u8] {
        self.source
    }

    /// The identity of the text.
    #[must_use]
    pub fn source_id(&self) -> &SourceId {
        &self.source_id
    }

    /// The ranges to parse; empty for the whole text.
    #[must_use]
    pub fn included_ranges(&self) -> &[Range] {
        &self.included_ranges
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// Whether bytecode with this header is of this document.
    pub(crate) fn owns(&self, header: &Header) -> bool {
        header.source == self.source_id
            && header.grammar == self.grammar.id()
            && header.tree_sitter_release == TREE_SITTER_RELEASE
    }

    /// Whether the tree was parsed from this document's ranges.
    pub(crate) fn has_ranges_of(&self, tree: &Tree) -> bool {
        self.has_ranges(&tree.included_ranges())
    }

    /// Whether these are this document's ranges, as a tree has them.
    pub(crate) fn has_ranges(&self, ranges: &[Range]) -> bool {
        let all = [everything()];
        let wanted = if self.included_ranges.is_empty() { &all[..] } else { &self.included_ranges };
        ranges == wanted
    }
}

/// What tree-sitter takes for the whole of any text.
fn everything() -> Range {
    let end = u32::MAX as usize;
    Range { start_byte: 0, end_byte: end, start_point: Point::new(0, 0), end_point: Point::new(end, end) }
}

/// Whether `key` is that of a document of this source with the tree's own ranges.
#[cfg(feature = "index")]
pub(crate) fn is_key_of(bytes: &[u8; 32], grammar: &Grammar, source: &SourceId, tree: &Tree) -> bool {
    let ranges = tree.included_ranges();
    let is_whole = ranges == [everything()] && key(grammar, source, &[]).0 == *bytes;
    is_whole || key(grammar, source, &ranges).0 == *bytes
}

fn key(grammar: &Grammar, source: &SourceId, ranges: &[Range]) -> Key {
    let mut hasher = blake3::Hasher::new_derive_key("cst-cache tree key");
    hasher.update(&FORMAT_VERSION.to_le_bytes());
    hasher.update(&TREE_SITTER_RELEASE.to_le_bytes());
    hasher.update(&grammar.id().0);
    hasher.update(&source.hash);
    hasher.update(&source.length.to_le_bytes());
    for range in ranges {
        let Range { start_byte, end_byte, start_point, end_point } = *range;
        for number in
            [start_byte, end_byte, start_point.row, start_point.column, end_point.row, end_point.column]
        {
            hasher.update(&(number as u64).to_le_bytes());
        }
    }
    Key(*hasher.finalize().as_bytes())
}
