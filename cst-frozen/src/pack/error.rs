//! Why a pack could not be opened.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::error::OpenError;

/// Why a pack could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum PackError {
    /// The file is not a pack.
    NotAPack {
        /// The file.
        path: PathBuf,
    },
    /// The pack was written in another version of the format.
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this build reads and writes.
        supported: u32,
    },
    /// The pack is not as it was written: cut short, or changed.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which part of it.
        what: &'static str,
    },
    /// The records in it are of another format version, or cannot be read.
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// The operating system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackError::NotAPack { path } => {
                write!(f, "{} is not a pack; name a file that an export has written", path.display())
            }
            PackError::Version { path, found, supported } => write!(
                f,
                "{} is a pack of format version {found}, this build reads version {supported}; \
                 export it again with this release, or use the one that wrote it",
                path.display()
            ),
            PackError::Damaged { path, what } => write!(
                f,
                "the pack {} is damaged ({what}); copy it here again, or export it again",
                path.display()
            ),
            PackError::Open { path, source } => {
                write!(f, "the pack {} cannot be read: {source}", path.display())
            }
            PackError::Io { path, source } => {
                write!(f, "opening the pack {} failed: {source}; check the path", path.display())
            }
        }
    }
}

impl Error for PackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PackError::Open { source, .. } => Some(source),
            PackError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
