//! Giving finished segments their names, and taking away the files that they stand for.

use std::{io::ErrorKind, path::PathBuf, sync::Arc};

use crate::{
    error::{Fault, WriteError},
    foreign::is_foreign,
    listing::names,
    name::{DAMAGED, LOCK, Name, STORE, Span},
    reader::Shared,
    segment::{Reject, Segment, SegmentWriter},
    snapshot::Snapshot,
    store_id,
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
        let mut named = if replaces && segment.name.durable {
            medium.rename(temporary, &name)
        } else {
            medium.publish(temporary, &name)
        };
        if matches!(&named, Err(error) if error.kind() == ErrorKind::AlreadyExists)
            && is_foreign(medium, segment.name, Some(self.store))
        {
            named = self.put_aside(segment.name).and_then(|_| medium.publish(temporary, &name));
        }
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
            (WriteError::Io { .. } | WriteError::Disowned { .. }, Ok(false)) => {
                WriteError::LockLost { path: self.shared().medium.path().join(LOCK) }
            }
            (error, _) => error,
        }
    }

    /// Finishes a segment's file and opens it as a reader would, before anyone else can see it: one that could not be read
    /// back is not published, nor one of which readers would say that it is another store's.
    pub(crate) fn write_out(
        &self,
        pending: SegmentWriter,
        synced: bool,
    ) -> Result<((String, Segment), u64), WriteError> {
        let medium = &*self.shared().medium;
        self.still_owned()?;
        let (name, temporary) = (pending.name(synced), pending.temporary.clone());
        let path = medium.path().join(&temporary);
        let bytes = pending.finish(synced).map_err(|e| WriteError::io("writing", path.clone(), e))?;
        let contents =
            medium.read(&temporary).map_err(|e| WriteError::io("reading back", path.clone(), e))?;
        contents.populate();
        let published: PathBuf = medium.path().join(name.to_string());
        let segment = Segment::open(name, published, contents, Some(self.store))
            .ok()
            .filter(|segment| !segment.is_mended())
            .ok_or_else(|| WriteError::io("reading back", path, ErrorKind::InvalidData.into()))?;
        Ok(((temporary, segment), bytes))
    }

    /// Checks that `STORE` does not say that the folder is another store's by now. One that is missing or damaged says nothing.
    fn still_owned(&self) -> Result<(), WriteError> {
        let medium = &*self.shared().medium;
        let path = || medium.path().join(STORE);
        let said = store_id::try_read(medium).map_err(|error| WriteError::io("reading", path(), error))?;
        match said.number {
            Some(other) if other != self.store => Err(WriteError::Disowned { path: path() }),
            _ => Ok(()),
        }
    }
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
/// them is nowhere else, so they are put aside. Or they are of another store, and nobody stands for them.
pub(crate) fn remove(shared: &Shared, names: &[String]) {
    let medium = &*shared.medium;
    for name in names {
        let _ = match wrong(shared, name) {
            None => medium.remove(name),
            Some(Fault::Foreign) => Ok(()),
            Some(_) => medium.rename(name, &format!("{name}{DAMAGED}")),
        };
    }
}

/// What is wrong with a segment, if it cannot be opened. What cannot even be read may be read another time.
fn wrong(shared: &Shared, name: &str) -> Option<Fault> {
    let parsed = Name::parse(name)?;
    let path = shared.medium.locate(name);
    let Ok(bytes) = shared.medium.read(name) else { return Some(Fault::Header) };
    match Segment::open(parsed, path, bytes, shared.snapshot().owner) {
        Ok(segment) if segment.footer.durable || segment.is_whole() => None,
        Ok(_) => Some(Fault::Payload),
        Err(Reject::Bad(fault)) => Some(fault),
        Err(Reject::Version(_)) => Some(Fault::Header),
    }
}
