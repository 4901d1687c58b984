//! Giving finished segments their names, and taking away the files that they stand for.

use std::{io::ErrorKind, path::PathBuf, sync::Arc};

use crate::{
    error::WriteError,
    listing::names,
    name::{DAMAGED, LOCK, Name, Span},
    reader::Shared,
    segment::{Segment, SegmentWriter},
    snapshot::Snapshot,
    writer::Writer,
};

impl Writer {
    /// Gives a finished segment its name, which is the moment at which it counts. `shared.changing` is held.
    pub(crate) fn publish_file(
        &self,
        temporary: &str,
        segment: Arc<Segment>,
    ) -> Result<Arc<Snapshot>, WriteError> {
        let shared = self.shared();
        let medium = &*shared.medium;
        let name = segment.name.to_string();
        self.still_held()?;
        // Only a merge of the one segment that there is takes the place of another file.
        let replaces = shared.snapshot().segments.iter().any(|known| known.name == segment.name);
        let named = if replaces && segment.name.durable {
            medium.rename(temporary, &name)
        } else {
            medium.publish(temporary, &name)
        };
        named.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => WriteError::Taken { path: medium.path().join(&name) },
            _ => WriteError::io("renaming", medium.path().join(temporary), error),
        })?;
        shared.replace(shared.snapshot().with(segment));
        Ok(shared.snapshot())
    }

    /// Checks that no other writer can have the store by now.
    pub(crate) fn still_held(&self) -> Result<(), WriteError> {
        let path = self.shared().medium.path().join(LOCK);
        match self.lock.is_held() {
            Ok(true) => Ok(()),
            Ok(false) => Err(WriteError::LockLost { path }),
            Err(error) => Err(WriteError::io("looking at", path, error)),
        }
    }

    /// The reason of an error, where that is a lock that is lost: nothing works in a folder that is gone.
    pub(crate) fn blame(&self, error: WriteError) -> WriteError {
        match (error, self.lock.is_held()) {
            (WriteError::Io { .. }, Ok(false)) => {
                WriteError::LockLost { path: self.shared().medium.path().join(LOCK) }
            }
            (error, _) => error,
        }
    }
}

/// Finishes a segment's file and opens it as a reader would, before anyone else can see it: one that could not be read
/// back is not published.
pub(crate) fn write_out(
    shared: &Shared,
    pending: SegmentWriter,
    synced: bool,
) -> Result<((String, Segment), u64), WriteError> {
    let medium = &*shared.medium;
    let (name, temporary) = (pending.name(synced), pending.temporary.clone());
    let path = medium.path().join(&temporary);
    let bytes = pending.finish(synced).map_err(|e| WriteError::io("writing", path.clone(), e))?;
    let contents = medium.read(&temporary).map_err(|e| WriteError::io("reading back", path.clone(), e))?;
    contents.populate();
    let published: PathBuf = medium.path().join(name.to_string());
    let segment = Segment::open(name, published, contents)
        .ok()
        .filter(|segment| !segment.is_mended())
        .ok_or_else(|| WriteError::io("reading back", path, ErrorKind::InvalidData.into()))?;
    Ok(((temporary, segment), bytes))
}

/// The files that another segment stands for, among those within a span.
pub(crate) fn covered(shared: &Shared, snapshot: &Snapshot, within: Span) -> Vec<String> {
    let is_covered = |name: Name| {
        within.covers(name.span)
            && snapshot.segments.iter().all(|segment| segment.name != name)
            && snapshot.segments.iter().any(|by| by.span().covers(name.span))
    };
    let mut names = names(&*shared.medium).unwrap_or_default();
    names.retain(|name| Name::parse(name).is_some_and(is_covered));
    names
}

/// Removes files in any order; one that cannot be removed is left for the next writer.
///
/// Either they were merged, and the segment that stands for them is synced, and its name is. Or they are left of a tail
/// that was cut: then they begin with a hole, and so do not count in any case. Or they are damaged: what is intact in
/// them is nowhere else, so they are put aside.
pub(crate) fn remove(shared: &Shared, names: &[String]) {
    let medium = &*shared.medium;
    for name in names {
        let _ = if is_damaged(shared, name) {
            medium.rename(name, &format!("{name}{DAMAGED}"))
        } else {
            medium.remove(name)
        };
    }
}

/// Whether a segment cannot be opened. What cannot even be read may be read another time.
fn is_damaged(shared: &Shared, name: &str) -> bool {
    let Some(parsed) = Name::parse(name) else { return false };
    let path = shared.medium.locate(name);
    !shared.medium.read(name).is_ok_and(|bytes| Segment::open(parsed, path, bytes).is_ok())
}
