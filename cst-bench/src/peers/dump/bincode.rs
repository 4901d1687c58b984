//! The nodes in bincode's format, with integers of variable length as bincode 2 has by default. Written by
//! wincode, which is maintained and the faster of the two; bincode itself is given up.

use tree_sitter::Tree;
use wincode::config::Configuration;

use super::{Dump, Node, Peer, nodes, pack, unpack};
use crate::case::Case;
use crate::error::Error;

/// As it is.
pub const PEER: Peer = Peer {
    name: "bincode",
    about: "kind, field, flags, range and child count of each node, as bincode 2 writes them (by wincode)",
    dump: &Plain,
};

/// Compressed.
pub const PACKED: Peer = Peer { name: "bincode-zstd", about: "the same, with zstd -3", dump: &Packed };

struct Plain;
struct Packed;

impl Dump for Plain {
    fn dump(&self, _: &Case<'_>, tree: &Tree) -> Result<Vec<u8>, Error> {
        let config = Configuration::default().with_varint_encoding();
        wincode::config::serialize(&nodes(tree), config).map_err(Error::during("wincode"))
    }

    fn nodes(&self, _: &Case<'_>, bytes: &[u8]) -> Result<Vec<Node>, Error> {
        let config = Configuration::default().with_varint_encoding().disable_preallocation_size_limit();
        wincode::config::deserialize(bytes, config).map_err(Error::during("wincode"))
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
