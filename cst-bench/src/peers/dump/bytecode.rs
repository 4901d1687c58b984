//! This project's bytes: all of the tree, hidden nodes and parse states included.

use cst_bytecode::Bytecode;
use tree_sitter::Tree;

use super::{Dump, Node, Peer, nodes, pack, unpack};
use crate::case::Case;
use crate::error::Error;

/// As it is.
pub const PEER: Peer =
    Peer { name: "cst-bytecode", about: "bytecode, which gives the tree back", dump: &Plain };

/// Compressed, as in the cold and frozen tiers.
pub const PACKED: Peer = Peer { name: "cst-bytecode-zstd", about: "the same, with zstd -3", dump: &Packed };

struct Plain;
struct Packed;

impl Dump for Plain {
    fn dump(&self, case: &Case<'_>, tree: &Tree) -> Result<Vec<u8>, Error> {
        let document = &case.document;
        let bytecode = Bytecode::encode_with(document.grammar(), tree, document.source_id());
        Ok(bytecode.map_err(Error::during("encoding"))?.as_bytes().to_vec())
    }

    fn nodes(&self, case: &Case<'_>, bytes: &[u8]) -> Result<Vec<Node>, Error> {
        let bytecode = Bytecode::copy_from(bytes).map_err(Error::during("checking bytecode"))?;
        let tree = bytecode.decode(case.document.grammar()).map_err(Error::during("decoding"))?;
        Ok(nodes(&tree))
    }
}

impl Dump for Packed {
    fn dump(&self, case: &Case<'_>, tree: &Tree) -> Result<Vec<u8>, Error> {
        pack(&Plain.dump(case, tree)?)
    }

    fn nodes(&self, case: &Case<'_>, bytes: &[u8]) -> Result<Vec<Node>, Error> {
        Plain.nodes(case, &unpack(bytes)?)
    }
}
