//! What is lost, as far as it can be told.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::Problem;
use crate::{Key, error::Fault, snapshot::Snapshot};

/// Something that could not be saved.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Loss {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub offset: u64,
    /// Whose record it was, where that is known. With a record's header goes its key; what was in a whole segment, nobody knows.
    pub key: Option<Key>,
    /// What is wrong there.
    pub fault: Fault,
}

impl Loss {
    /// Something that a check found.
    pub(crate) fn found(snapshot: &Snapshot, problem: &Problem) -> Loss {
        Loss { fault: problem.fault, ..Loss::met(snapshot, &problem.path, problem.offset) }
    }

    /// A record that a reader met.
    pub(crate) fn met(snapshot: &Snapshot, path: &Path, offset: u64) -> Loss {
        let segment = snapshot.segments.iter().find(|segment| segment.path() == path);
        let key = segment.and_then(|segment| Some(segment.header(offset).ok()?.key));
        let fault = if key.is_some() { Fault::Payload } else { Fault::RecordHeader };
        Loss { path: path.to_owned(), offset, key, fault }
    }

    /// The segments that do not count, or are missing.
    pub(crate) fn segments(snapshot: &Snapshot) -> impl Iterator<Item = Loss> + '_ {
        let whole = |path: &PathBuf, fault| Loss { path: path.clone(), offset: 0, key: None, fault };
        // With one of another store something is lost only where it may stand in place of one of this store.
        let missing = snapshot.gaps.iter().filter(|gap| matches!(gap.fault, Fault::Missing | Fault::Foreign));
        let missing = missing.map(move |gap| whole(&gap.path, gap.fault));
        let damaged = snapshot.quarantined.iter().filter(|bad| !bad.is_foreign());
        damaged.map(move |bad| whole(&bad.path, bad.fault)).chain(missing)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: byte {}: {}", self.path.display(), self.offset, self.fault)?;
        match &self.key {
            Some(key) => {
                f.write_str(", record of key ")?;
                key.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            None => Ok(()),
        }
    }
}
