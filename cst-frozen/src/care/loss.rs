//! What is lost, as far as it can be told.

use std::{
    fmt,
    path::{Path, PathBuf},
};

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
    /// A record that a reader met.
    pub(crate) fn met(snapshot: &Snapshot, path: &Path, offset: u64) -> Loss {
        let segment = snapshot.segments.iter().find(|segment| segment.path() == path);
        let key = segment.and_then(|segment| Some(segment.header(offset).ok()?.key));
        let fault = if key.is_some() { Fault::Payload } else { Fault::RecordHeader };
        Loss { path: path.to_owned(), offset, key, fault }
    }

    /// The segments that do not count.
    pub(crate) fn segments(snapshot: &Snapshot) -> impl Iterator<Item = Loss> + '_ {
        snapshot.quarantined.iter().map(|bad| Loss {
            path: bad.path.clone(),
            offset: 0,
            key: None,
            fault: bad.fault,
        })
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
