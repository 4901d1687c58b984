//! Why a store or a pack could not be cared for.

use core::fmt;
use std::path::PathBuf;

use cst_frozen::{OpenError, PackError, WriteError};

/// Why a store or a pack could not be cared for. What was committed before is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum CareError {
    /// Copying, restoring or repairing failed.
    Store(cst_frozen::care::CareError),
    /// The file is no pack, or a damaged one.
    Pack(PackError),
    /// The file is a pack, but not one of trees.
    NotTrees {
        /// The file.
        path: PathBuf,
    },
    /// The pack's trees were made with another release, so none of them would ever be found here.
    OtherRelease {
        /// The file.
        path: PathBuf,
        /// What it was made with.
        made_with: String,
        /// What this build has.
        here: String,
    },
    /// None of the pack's grammars is one of this build's.
    OtherGrammars {
        /// The file.
        path: PathBuf,
        /// The languages of its trees.
        languages: String,
    },
}

impl fmt::Display for CareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Pack(error) => error.fmt(f),
            Self::NotTrees { path } => write!(
                f,
                "{} is a pack, but not one of syntax trees; name a file that `cst export` has written",
                path.display()
            ),
            Self::OtherRelease { path, made_with, here } => write!(
                f,
                "the trees in {} were made with {made_with}, and this build has {here}, so it would find none of them; \
                 export them with the same release, or index the sources here",
                path.display()
            ),
            Self::OtherGrammars { path, languages } => write!(
                f,
                "the trees in {} ({languages}) were made with other builds of their grammars than this one has, so it \
                 would find none of them; export them with the same release, or index the sources here",
                path.display()
            ),
        }
    }
}

impl std::error::Error for CareError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Pack(error) => Some(error),
            _ => None,
        }
    }
}

impl CareError {
    /// Whether somebody asked for the end; nothing was changed then.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Store(cst_frozen::care::CareError::Stopped))
    }
}

impl From<cst_frozen::care::CareError> for CareError {
    fn from(error: cst_frozen::care::CareError) -> Self {
        Self::Store(error)
    }
}

impl From<OpenError> for CareError {
    fn from(error: OpenError) -> Self {
        Self::Store(error.into())
    }
}

impl From<WriteError> for CareError {
    fn from(error: WriteError) -> Self {
        Self::Store(error.into())
    }
}

impl From<PackError> for CareError {
    fn from(error: PackError) -> Self {
        Self::Pack(error)
    }
}
