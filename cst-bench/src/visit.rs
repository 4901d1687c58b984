//! A live tree and its bytecode, read by the same code: every node, as an indexer or a linter does, or what is beside a node.

use std::num::NonZeroU16;
use std::ops::Range;

use cst_bytecode::{Descendants, NodeView, ViewCursor};
use hashbrown::HashSet;
use tree_sitter::{Language, Node as TreeNode, TreeCursor};

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
    pub fn visit(&mut self, nodes: impl Walk, source: &[u8]) {
        let mut names = HashSet::new();
        nodes.each(|at| {
            let node = at.node();
            self.seen.nodes += 1;
            if self.is_identifier.get(usize::from(node.kind_id())) == Some(&true) {
                self.seen.identifiers += 1;
                names.insert(source.get(node.byte_range()).unwrap_or_default());
            }
        });
        self.seen.distinct += names.len() as u64;
    }
}

/// Kind, bytes and field of every node, added up.
#[inline(never)]
pub fn walk(nodes: impl Walk) -> usize {
    let mut sum = 0;
    nodes.each(|at| {
        let node = at.node();
        let field = at.field_id().map_or(0, NonZeroU16::get);
        sum += usize::from(node.kind_id()) + node.start_byte() + node.end_byte() + usize::from(field);
    });
    sum
}

/// A way to every visible node, parents before their children.
pub trait Walk {
    /// Where it is on its way.
    type At: At;

    /// Calls `at` for every node.
    fn each(self, at: impl FnMut(&Self::At));
}

impl<C: Cursor> Walk for C {
    type At = C;

    #[inline]
    fn each(mut self, mut at: impl FnMut(&C)) {
        loop {
            at(&self);
            if self.goto_first_child() {
                continue;
            }
            while !self.goto_next_sibling() {
                if !self.goto_parent() {
                    return;
                }
            }
        }
    }
}

impl<'t> Walk for Descendants<'t> {
    type At = NodeView<'t>;

    #[inline]
    fn each(self, mut at: impl FnMut(&NodeView<'t>)) {
        for node in self {
            at(&node);
        }
    }
}

/// What stands on a node.
pub trait At {
    /// What it stands on.
    type Node: Node;
    /// The node.
    fn node(&self) -> Self::Node;
    /// Field of that node in its parent.
    fn field_id(&self) -> Option<NonZeroU16>;
}

impl<'t> At for NodeView<'t> {
    type Node = Self;

    #[inline]
    fn node(&self) -> Self {
        *self
    }

    #[inline]
    fn field_id(&self) -> Option<NonZeroU16> {
        Self::field_id(self)
    }
}

/// A cursor over a live tree, or over bytecode.
pub trait Cursor: At {
    /// Moves to the first child, if there is one.
    fn goto_first_child(&mut self) -> bool;
    /// Moves to the next sibling, if there is one.
    fn goto_next_sibling(&mut self) -> bool;
    /// Moves to the parent, if there is one.
    fn goto_parent(&mut self) -> bool;
}

/// A node of a live tree, or of bytecode.
pub trait Node: Copy {
    /// Kind of the node.
    fn kind_id(&self) -> u16;
    /// Where its text begins.
    fn start_byte(&self) -> usize;
    /// Where its text ends.
    fn end_byte(&self) -> usize;
    /// How many visible children it has.
    fn child_count(&self) -> u32;
    /// Its visible child of this number.
    fn child(&self, i: u32) -> Option<Self>;
    /// Its parent, if it is not the root.
    fn parent(&self) -> Option<Self>;
    /// The visible node after it.
    fn next_sibling(&self) -> Option<Self>;
    /// The visible node before it.
    fn prev_sibling(&self) -> Option<Self>;
    /// The smallest visible node beneath that covers these bytes.
    fn descendant_for_byte_range(&self, start: usize, end: usize) -> Option<Self>;
    /// Its text.
    #[inline]
    fn byte_range(&self) -> Range<usize> {
        self.start_byte()..self.end_byte()
    }
}

/// Each method is the type's own of that name, inlined as that is.
macro_rules! forward {
    ($type:ident; $(fn $name:ident(&self $(, $argument:ident: $of:ty)*) -> $result:ty;)*) => {
        $(#[inline(always)]
        fn $name(&self $(, $argument: $of)*) -> $result {
            $type::$name(self $(, $argument)*)
        })*
    };
    ($type:ident; $(mut fn $name:ident() -> $result:ty;)*) => {
        $(#[inline(always)]
        fn $name(&mut self) -> $result {
            $type::$name(self)
        })*
    };
}

macro_rules! trees {
    ($($cursor:ident, $node:ident;)*) => {
        $(impl<'t> At for $cursor<'t> {
            type Node = $node<'t>;

            forward! { $cursor;
                fn node(&self) -> Self::Node;
                fn field_id(&self) -> Option<NonZeroU16>;
            }
        }

        impl Cursor for $cursor<'_> {
            forward! { $cursor;
                mut fn goto_first_child() -> bool;
                mut fn goto_next_sibling() -> bool;
                mut fn goto_parent() -> bool;
            }
        }

        impl Node for $node<'_> {
            forward! { $node;
                fn kind_id(&self) -> u16;
                fn start_byte(&self) -> usize;
                fn end_byte(&self) -> usize;
                fn child_count(&self) -> u32;
                fn child(&self, i: u32) -> Option<Self>;
                fn parent(&self) -> Option<Self>;
                fn next_sibling(&self) -> Option<Self>;
                fn prev_sibling(&self) -> Option<Self>;
                fn descendant_for_byte_range(&self, start: usize, end: usize) -> Option<Self>;
            }
        })*
    };
}

trees! {
    TreeCursor, TreeNode;
    ViewCursor, NodeView;
}

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
        visitor.visit(bytecode.view(&rust.grammar).unwrap().root_node().descendants(), &file.source);
        assert_eq!(visitor.seen(), Seen { nodes: 51, identifiers: 12, distinct: 9 });
    }
}
