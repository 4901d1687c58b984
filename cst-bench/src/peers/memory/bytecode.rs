//! Bytecode, as in the warm tier.

use cst_bytecode::Bytecode;
use cst_cache::Document;
use tree_sitter::Tree;

use super::{Form, Outline, Peer, outline};
use crate::error::Error;

/// Bytecode.
pub const PEER: Peer = Peer {
    name: "cst-bytecode",
    about: "bytecode, without the text",
    form: || Box::new(Encoded(Vec::new())),
};

struct Encoded(Vec<Bytecode>);

impl Form for Encoded {
    fn hold(&mut self, document: &Document<'_>, tree: Tree) -> Result<(), Error> {
        let bytecode = Bytecode::encode_with(document.grammar(), &tree, document.source_id());
        self.0.push(bytecode.map_err(Error::during("encoding"))?);
        Ok(())
    }

    fn clear(&mut self) {
        self.0 = Vec::new();
    }

    fn outline(&self, document: &Document<'_>) -> Result<Vec<Outline>, Error> {
        let Some(bytecode) = self.0.last() else { return Ok(Vec::new()) };
        let tree = bytecode.decode(document.grammar()).map_err(Error::during("decoding"))?;
        Ok(outline(&tree))
    }
}
