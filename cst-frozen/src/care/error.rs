//! Why a store could not be cared for.

use std::{error::Error, fmt, path::PathBuf};

use super::Loss;
use crate::{
    Reader,
    error::{OpenError, WriteError},
};

/// Why a store could not be cared for. What was committed before is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum CareError {
    /// It could not be opened or read.
    Open(OpenError),
    /// What was to be written could not be.
    Write(WriteError),
    /// The place for a copy holds something already.
    NotEmpty {
        /// The store.
        path: PathBuf,
        /// How many records, or segments that are damaged or another store's, whichever are more.
        records: u64,
    },
    /// The copy that was to replace a store holds nothing. Nothing was changed.
    Empty {
        /// The copy.
        path: PathBuf,
    },
    /// Somebody has put records into the writer's batch and not committed them.
    Pending {
        /// The store.
        path: PathBuf,
    },
    /// The store is damaged, and what is intact in it would be lost.
    Damaged {
        /// The store.
        path: PathBuf,
        /// What cannot be taken along.
        lost: Vec<Loss>,
    },
    /// The watcher asked for the end. Nothing was changed.
    Stopped,
}

impl CareError {
    pub(super) fn damaged(store: &Reader, lost: Vec<Loss>) -> CareError {
        CareError::Damaged { path: store.shared().medium.path().to_owned(), lost }
    }
}

impl fmt::Display for CareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CareError::Open(error) => error.fmt(f),
            CareError::Write(error) => error.fmt(f),
            CareError::NotEmpty { path, records } => write!(
                f,
                "{} already holds {records} records, or as many segments that cannot be read; name a folder that is empty or does not exist, or ask for a replacement",
                path.display()
            ),
            CareError::Empty { path } => write!(
                f,
                "{} holds no records, as if its files had been deleted; nothing was replaced. Delete the store to empty it",
                path.display()
            ),
            CareError::Pending { path } => write!(
                f,
                "the batch for {} has records that are not committed; commit or abandon it first",
                path.display()
            ),
            CareError::Damaged { path, lost } => {
                write!(f, "{} is damaged in {} places", path.display(), lost.len())?;
                lost.first().map_or(Ok(()), |loss| write!(f, ", the first is {loss}"))?;
                f.write_str("; nothing was changed, repair it first")
            }
            CareError::Stopped => f.write_str("stopped; nothing was changed"),
        }
    }
}

impl Error for CareError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CareError::Open(error) => Some(error),
            CareError::Write(error) => Some(error),
            _ => None,
        }
    }
}

impl From<OpenError> for CareError {
    fn from(error: OpenError) -> CareError {
        CareError::Open(error)
    }
}

impl From<WriteError> for CareError {
    fn from(error: WriteError) -> CareError {
        CareError::Write(error)
    }
}
