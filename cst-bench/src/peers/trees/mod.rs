//! Role: a tree by its key, again and again, within a memory budget.

pub mod cst;
pub mod foyer;
pub mod moka;
pub mod parse;
pub mod quick_cache;
mod run;
pub mod source;

use std::path::Path;

use cst_cache::Document;
use tree_sitter::Tree;

use crate::error::Error;
pub use run::{measure, serve};

/// A tree that is asked for.
#[derive(Debug)]
pub struct Request<'f> {
    /// Its key, grammar and text. Who keeps texts or trees of his own does not look at the text again.
    pub document: Document<'f>,
    /// What the live tree takes, worked out beforehand so that no cache has to.
    pub live_bytes: u64,
}

/// The tree.
#[derive(Debug)]
pub struct Answer {
    /// The tree.
    pub tree: Tree,
    /// Whether it was parsed just now.
    pub parsed: bool,
}

/// What a user could build to get trees from.
pub trait TreeCache {
    /// Is shown every document once, before any is asked for, and keeps what it wants to keep: unless it has a better
    /// way, what it keeps of those that it is asked for.
    ///
    /// # Errors
    ///
    /// Where that fails.
    fn fill(&mut self, requests: &[Request<'_>]) -> Result<(), Error> {
        requests.iter().try_for_each(|request| self.get(request).map(drop))
    }

    /// The tree, by whatever way.
    ///
    /// # Errors
    ///
    /// Where there is none.
    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error>;
}

/// Where a cache is, and how much it may take.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'s> {
    /// An empty folder.
    pub folder: &'s Path,
    /// Memory, in bytes.
    pub budget: u64,
    /// Bytes of all texts.
    pub source: u64,
}

/// A cache to be measured.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its crate.
    pub name: &'static str,
    /// What it keeps, in a line for people.
    pub about: &'static str,
    /// Makes an empty one.
    pub open: fn(Setting<'_>) -> Result<Box<dyn TreeCache>, Error>,
}

/// This project's.
pub const OURS: &str = "cst-cache";

/// What every ratio is to, beside this project.
pub const REFERENCE: &str = "tree-sitter";

/// All of them, this project's first.
pub const PEERS: [Peer; 9] = [
    cst::PEER,
    parse::PEER,
    quick_cache::PEER,
    moka::PEER,
    source::REDB,
    source::HEED,
    source::FJALL,
    foyer::SOURCE,
    foyer::BYTECODE,
];
