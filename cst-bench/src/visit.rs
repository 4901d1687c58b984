//! Visiting every node of a tree with a cursor, as an indexer or a linter does.

use std::collections::HashSet;
use std::ops::Range;

use cst_bytecode::ViewCursor;
use tree_sitter::{Language, TreeCursor};

/// What a pass saw; the same from the parser and from the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Visible nodes.
    pub nodes: u64,
    /// Those of them that are names.
    pub identifiers: u64,
    /// Names that differ, by file.
    pub distinct: u64,
}

/// Visits every visible node and collects the identifiers of each file.
pub struct Visitor {
    /// By kind.
    is_identifier: Vec<bool>,
    seen: Seen,
}

impl Visitor {
    /// For trees of this language; without one no kind is an identifier.
    #[must_use]
    pub fn new(language: Option<&Language>) -> Self {
        Self { is_identifier: language.map_or(Vec::new(), identifiers), seen: Seen::default() }
    }

    /// What was seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Visits one more tree, from its root on.
    pub fn visit(&mut self, mut cursor: impl Cursor, source: &[u8]) {
        let mut names = HashSet::new();
        loop {
            self.seen.nodes += 1;
            if self.is_identifier.get(usize::from(cursor.kind_id())) == Some(&true) {
                self.seen.identifiers += 1;
                names.insert(source.get(cursor.byte_range()).unwrap_or_default());
            }
            if cursor.goto_first_child() || cursor.goto_next_sibling() {
                continue;
            }
            loop {
                if !cursor.goto_parent() {
                    self.seen.distinct += names.len() as u64;
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
            }
        }
    }
}

/// A cursor over a live tree, or over bytecode.
pub trait Cursor {
    /// Kind of the node.
    fn kind_id(&self) -> u16;
    /// Where its text is.
    fn byte_range(&self) -> Range<usize>;
    /// Moves to the first child, if there is one.
    fn goto_first_child(&mut self) -> bool;
    /// Moves to the next sibling, if there is one.
    fn goto_next_sibling(&mut self) -> bool;
    /// Moves to the parent, if there is one.
    fn goto_parent(&mut self) -> bool;
}

macro_rules! cursors {
    ($($cursor:ident)*) => {
        $(impl Cursor for $cursor<'_> {
            fn kind_id(&self) -> u16 {
                self.node().kind_id()
            }

            fn byte_range(&self) -> Range<usize> {
                self.node().byte_range()
            }

            fn goto_first_child(&mut self) -> bool {
                $cursor::goto_first_child(self)
            }

            fn goto_next_sibling(&mut self) -> bool {
                $cursor::goto_next_sibling(self)
            }

            fn goto_parent(&mut self) -> bool {
                $cursor::goto_parent(self)
            }
        })*
    };
}

cursors! { TreeCursor ViewCursor }

/// Which kinds are names: `identifier`, `type_identifier`, `tag_name`, `word` and the like.
fn identifiers(language: &Language) -> Vec<bool> {
    let is_one = |id: usize| {
        let id = u16::try_from(id).unwrap_or(u16::MAX);
        let kind = language.node_kind_for_id(id).unwrap_or_default();
        language.node_kind_is_named(id)
            && (kind.ends_with("identifier")
                || kind.ends_with("_name")
                || matches!(kind, "word" | "constant"))
    };
    (0..language.node_kind_count()).map(is_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Corpus, File, parse};

    #[test]
    fn nodes_and_names_are_counted() {
        let corpus = Corpus::sample().unwrap();
        let rust = corpus.languages.iter().find(|language| language.name == "rust").unwrap();
        let file = File { name: "a.rs".to_owned(), source: b"fn one(two: Two) { two; }".to_vec() };
        let tree = parse(&mut rust.parser().unwrap(), &file).unwrap();
        let mut visitor = Visitor::new(Some(rust.grammar.language()));
        visitor.visit(tree.walk(), &file.source);
        // source_file, function_item, fn, one, parameters, (, parameter, two, :, Two, ), block, {, statement, two, ;, }
        assert_eq!(visitor.seen(), Seen { nodes: 17, identifiers: 4, distinct: 3 });
        let bytecode = cst_bytecode::Bytecode::encode(&tree, &file.source).unwrap();
        visitor.visit(bytecode.view(&rust.grammar).unwrap().walk(), &file.source);
        assert_eq!(visitor.seen(), Seen { nodes: 34, identifiers: 8, distinct: 6 });
    }
}
