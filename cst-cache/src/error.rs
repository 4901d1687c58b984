//! What can go wrong, and what to do about it. A damaged entry is no error: it is a miss, and counted.

use core::fmt;

use cst_bytecode::EncodeError;
use tree_sitter::{IncludedRangesError, LanguageError};

/// Why a store could not be opened.
pub type OpenError = cst_frozen::OpenError;

/// Why the store could not be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The cache has no store, or was given one to read from only.
    ReadOnly,
    /// Writing failed. What was committed before is still there; what was not is lost from the store.
    Write(cst_frozen::WriteError),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadOnly => f.write_str("there is no store to write to; open the cache with one"),
            Self::Write(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::ReadOnly => None,
            Self::Write(error) => Some(error),
        }
    }
}

impl From<cst_frozen::WriteError> for StoreError {
    fn from(error: cst_frozen::WriteError) -> Self {
        Self::Write(error)
    }
}

/// Why a tree could not be put into the cache.
#[derive(Debug)]
#[non_exhaustive]
pub enum InsertError {
    /// The tree is not of this document: other included ranges.
    WrongRanges,
    /// The tree could not be written down.
    Encode(EncodeError),
    /// The store could not be written.
    Store(StoreError),
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongRanges => {
                f.write_str("the tree was parsed from other ranges; name them with `with_included_ranges`")
            }
            Self::Encode(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InsertError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::WrongRanges => None,
            Self::Encode(error) => Some(error),
            Self::Store(error) => Some(error),
        }
    }
}

impl From<EncodeError> for InsertError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<StoreError> for InsertError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why a document could not be parsed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ParseError {
    /// The grammar is of an ABI that this tree-sitter does not know.
    Language(LanguageError),
    /// The included ranges overlap or are out of order.
    Ranges(IncludedRangesError),
    /// The source is larger than tree-sitter's 32-bit positions reach.
    TooLarge,
    /// The parser gave up without a tree.
    Stopped,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language(error) => write!(f, "the grammar does not fit this tree-sitter: {error}"),
            Self::Ranges(error) => write!(f, "the included ranges are not in order: {error}"),
            Self::TooLarge => {
                f.write_str("the source is larger than 4 GiB, which tree-sitter cannot address")
            }
            Self::Stopped => f.write_str("the parser stopped without a tree"),
        }
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Language(error) => Some(error),
            Self::Ranges(error) => Some(error),
            Self::TooLarge | Self::Stopped => None,
        }
    }
}
