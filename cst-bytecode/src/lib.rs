//! tree-sitter syntax trees as bytes, and back as real trees without parsing.
#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod advance;
mod aligned;
mod assemble;
mod bytecode;
mod columns;
mod compact;
mod compare;
mod decode;
mod encode;
mod error;
mod family;
mod ffi;
mod grammar;
mod header;
mod layout;
mod memory;
mod number;
mod pass;
mod place;
mod record;
mod shape;
mod source;
mod span;
mod step;
mod validate;
mod varint;
mod view;

pub use aligned::AlignedBytes;
pub use bytecode::Bytecode;
pub use compare::{Difference, compare};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use grammar::{Grammar, GrammarId};
pub use header::Header;
#[cfg(feature = "mimalloc")]
pub use memory::use_mimalloc;
pub use memory::{live_bytes, release_memory};
pub use source::SourceId;
pub use view::{Descendants, NodeView, TreeView, ViewCursor};

/// The release of tree-sitter in this build: major << 20 | minor << 10 | patch.
pub const TREE_SITTER_RELEASE: u32 = layout::TREE_SITTER_RELEASE;

/// The version of the byte format that this build writes and reads.
pub const FORMAT_VERSION: u32 = layout::FORMAT_VERSION;
