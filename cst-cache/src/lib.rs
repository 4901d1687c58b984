//! A cache of tree-sitter syntax trees: live, bytecode, compressed and on disk, within one budget.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod cache;
mod clock;
mod document;
mod error;
mod flight;
mod grammars;
mod in_place;
mod maintain;
mod parsers;
mod payload;
mod quota;
mod removed;
mod stats;
mod store;
mod table;
mod writing;

#[cfg(feature = "index")]
pub mod care;
#[cfg(feature = "index")]
pub mod index;

#[cfg(feature = "cli")]
pub mod cli;

pub use builder::Builder;
pub use cache::{Cache, Edited, Frozen};
pub use clock::{Clock, SystemClock};
pub use document::{Document, Key};
pub use error::{InsertError, OpenError, ParseError, StoreError};
pub use grammars::{BundledGrammar, Grammars};
pub use parsers::Parsers;
pub use payload::Form;
pub use stats::Stats;
pub use store::{Damaged, Store};

// What the signatures above name.
pub use cst_bytecode::{
    Bytecode, DecodeError, DecodeErrorKind, Difference, EncodeError, Grammar, GrammarId, NodeView, SourceId,
    TreeView, ViewCursor, compare, live_bytes,
};
pub use cst_frozen::{Candidate, Durability, Evicted, Eviction};
pub use cst_tiers::{Budgets, Idle, Promotion, Tick, Tier};
