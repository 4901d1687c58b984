//! Live trees, as the library makes them.

use cst_cache::Document;
use tree_sitter::Tree;

use super::{Form, Outline, Peer, outline};
use crate::error::Error;

/// Live trees.
pub const PEER: Peer = Peer {
    name: "tree-sitter",
    about: "live trees, without their text",
    form: || Box::new(Live(Vec::new())),
};

struct Live(Vec<Tree>);

impl Form for Live {
    fn hold(&mut self, _: &Document<'_>, tree: Tree) -> Result<(), Error> {
        self.0.push(tree);
        Ok(())
    }

    fn clear(&mut self) {
        self.0 = Vec::new();
    }

    fn outline(&self, _: &Document<'_>) -> Result<Vec<Outline>, Error> {
        Ok(self.0.last().map(outline).unwrap_or_default())
    }
}
