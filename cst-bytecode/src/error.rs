//! What can go wrong, and what to do about it.

use core::fmt;

use crate::ffi::Status;
use crate::layout::FORMAT_VERSION;

/// Why a tree could not be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The tree was made with another language than the [`Grammar`](crate::Grammar) given.
    WrongLanguage,
    /// The tree reaches beyond the end of the source: it was parsed from another text.
    WrongSource {
        /// Where the tree ends, in bytes.
        tree_end: u64,
        /// How long the source is, in bytes.
        source_length: u64,
    },
    /// Positions end at 2^32: the source is longer, the tree has more subtrees, or a column of its bytecode
    /// would. Or an error over all of the tree could cost more than 2^31 - 1, at one a byte and thirty a line,
    /// where the library's sums of costs end.
    TooLarge,
    /// The tree breaks a rule that every tree of the library keeps; the text says which.
    Unsupported(&'static str),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongLanguage => {
                f.write_str("the tree was made with another language; encode it with that language's grammar")
            }
            Self::WrongSource { tree_end, source_length } => write!(
                f,
                "the tree ends at byte {tree_end} but the source has {source_length} bytes; \
                 pass the very text that the tree was parsed from"
            ),
            Self::TooLarge => f.write_str(
                "the text or its tree is too large: positions have 32 bits, and a byte costs one and a line thirty \
                 of 2^31; parse it in parts",
            ),
            Self::Unsupported(what) => write!(f, "the tree cannot be kept: {what}"),
        }
    }
}

impl std::error::Error for EncodeError {}

impl From<Status> for EncodeError {
    fn from(status: Status) -> Self {
        if status == Status::BAD_EXTENT { Self::TooLarge } else { Self::Unsupported(status.what()) }
    }
}

/// What kind of fault stopped a decode: what a caller would act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// Not bytecode at all.
    NotBytecode,
    /// Bytecode of another format version. Made by another release of this crate: parse again.
    FormatVersion,
    /// Made with another release of tree-sitter, whose trees may differ: parse again.
    Runtime,
    /// Made with another grammar, or another build of the same grammar: parse again.
    Grammar,
    /// Of an edited tree, which has no view: decode it and parse again.
    Edited,
    /// Damaged, or never what it claims to be.
    Corrupt,
    /// The bytes do not start at a multiple of 16. [`Bytecode::copy_from`](crate::Bytecode::copy_from) helps.
    Misaligned,
    /// The allocator gave nothing.
    OutOfMemory,
}

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    what: &'static str,
}

impl DecodeError {
    pub(crate) const fn new(kind: DecodeErrorKind, what: &'static str) -> Self {
        Self { kind, what }
    }

    pub(crate) const fn corrupt(what: &'static str) -> Self {
        Self::new(DecodeErrorKind::Corrupt, what)
    }

    /// What a caller would act on.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DecodeErrorKind::NotBytecode => write!(f, "not bytecode of a syntax tree: {}", self.what),
            DecodeErrorKind::FormatVersion => write!(
                f,
                "bytecode of another format version ({} {FORMAT_VERSION}); parse the source again",
                self.what
            ),
            DecodeErrorKind::Runtime => {
                write!(f, "made with another tree-sitter ({}); parse the source again", self.what)
            }
            DecodeErrorKind::Grammar => {
                write!(f, "made with another grammar ({}); parse the source again", self.what)
            }
            DecodeErrorKind::Edited => write!(f, "an edited tree ({}); decode it instead", self.what),
            DecodeErrorKind::Corrupt => write!(f, "corrupt bytecode: {}", self.what),
            DecodeErrorKind::Misaligned => {
                write!(f, "misaligned bytecode: {}; copy it to aligned memory first", self.what)
            }
            DecodeErrorKind::OutOfMemory => write!(f, "out of memory: {}", self.what),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<Status> for DecodeError {
    fn from(status: Status) -> Self {
        if status == Status::OUT_OF_MEMORY {
            Self::new(DecodeErrorKind::OutOfMemory, "building the tree")
        } else {
            Self::corrupt(status.what())
        }
    }
}
