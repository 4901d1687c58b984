//! Whole folders: walk, parse in parallel, encode, commit; and verify what was stored.
//!
//! Feature `index`. A store holds three kinds of records: trees, by the key of their content; a
//! catalog, by path, that says which tree a file had when it was last seen; and a ledger of the runs.

mod catalog;
mod file;
mod gate;
mod ledger;
mod open;
mod progress;
mod report;
mod retain;
mod run;
mod summary;
mod upkeep;
mod verify;
mod walk;
mod weight;

use core::fmt;
use std::io;
use std::path::PathBuf;

pub(crate) use catalog::{Entry, entries};
pub use open::open_store;
pub use progress::Progress;
pub use report::{Counts, Report};
pub use run::{Options, index};
pub use summary::{LanguageSummary, Summary, summarize};
pub use upkeep::Quota;
pub(crate) use upkeep::make_room;
pub use verify::{Mismatch, VerifyReport, verify};

use crate::error::{OpenError, StoreError};

/// Why a folder could not be indexed or verified.
#[derive(Debug)]
#[non_exhaustive]
pub enum IndexError {
    /// The folder is not there, or cannot be entered.
    Folder {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The store could not be opened.
    Open(OpenError),
    /// The store could not be written. What was committed before is still there.
    Store(StoreError),
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path, source } => {
                write!(
                    f,
                    "cannot read the folder {}: {source}; check the path and its permissions",
                    path.display()
                )
            }
            Self::Open(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for IndexError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Folder { source, .. } => Some(source),
            Self::Open(error) => Some(error),
            Self::Store(error) => Some(error),
        }
    }
}

impl From<OpenError> for IndexError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<StoreError> for IndexError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// `path`, absolute and without links, if it is a folder that can be read.
pub(crate) fn folder(path: &std::path::Path) -> Result<PathBuf, IndexError> {
    let open = || {
        std::fs::read_dir(path)?;
        path.canonicalize()
    };
    open().map_err(|source| IndexError::Folder { path: path.to_owned(), source })
}
