//! Role: trees held in memory, all at once.

pub mod bytecode;
pub mod live;
pub mod rowan;
mod run;

use cst_cache::Document;
use tree_sitter::Tree;

use crate::error::Error;
pub use run::{measure, serve};

/// A form in which trees are held.
pub trait Form {
    /// Keeps `tree`, which is that of `document`, in this form.
    ///
    /// # Errors
    ///
    /// Where it cannot be brought into this form.
    fn hold(&mut self, document: &Document<'_>, tree: Tree) -> Result<(), Error>;

    /// Gives up all that is held.
    fn clear(&mut self);

    /// Kind and range of each node of the tree that was held last, parents first.
    ///
    /// # Errors
    ///
    /// Where it cannot be read again.
    fn outline(&self, document: &Document<'_>) -> Result<Vec<Outline>, Error>;
}

/// Kind, first byte, and byte after the last of a node.
pub type Outline = (u16, u32, u32);

/// A form to be measured.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its crate.
    pub name: &'static str,
    /// What is held, in a line for people.
    pub about: &'static str,
    /// The form, holding nothing.
    pub form: fn() -> Box<dyn Form>,
}

/// All forms, this project's first.
pub const PEERS: [Peer; 3] = [bytecode::PEER, live::PEER, rowan::PEER];

fn outline(tree: &Tree) -> Vec<Outline> {
    super::dump::nodes(tree).iter().map(|node| (node.kind, node.start, node.end)).collect()
}
