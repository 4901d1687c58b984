//! Role: a tree's nodes as bytes. The rivals write what a public cursor sees, and give back nodes, not a
//! tree; this project's bytes give back the tree.

pub mod bincode;
pub mod bytecode;
mod nodes;
mod run;

use tree_sitter::Tree;

use crate::case::Case;
use crate::error::Error;
pub use nodes::{Node, nodes};
pub use run::measure;

/// A way to write a tree down.
pub trait Dump {
    /// All of `tree`, which is that of `case`, as bytes.
    ///
    /// # Errors
    ///
    /// Where it cannot be written down.
    fn dump(&self, case: &Case<'_>, tree: &Tree) -> Result<Vec<u8>, Error>;

    /// The nodes that a cursor would see, from the bytes.
    ///
    /// # Errors
    ///
    /// Where they are not such bytes.
    fn nodes(&self, case: &Case<'_>, bytes: &[u8]) -> Result<Vec<Node>, Error>;
}

/// A form to be measured.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its crate.
    pub name: &'static str,
    /// What is in it, in a line for people.
    pub about: &'static str,
    /// The adapter.
    pub dump: &'static (dyn Dump + Sync),
}

/// All forms: each of this project's before what it is compared with.
pub const PEERS: [Peer; 4] = [bytecode::PEER, bytecode::PACKED, bincode::PEER, bincode::PACKED];

/// The level of the cold and frozen forms.
const LEVEL: i32 = 3;

fn pack(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    zstd::bulk::compress(bytes, LEVEL).map_err(Error::during("zstd"))
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    zstd::stream::decode_all(bytes).map_err(Error::during("zstd"))
}
