//! Writing a store: the batch, its commit, and who may do it.

use std::{
    any::Any,
    fmt,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use crate::{
    Commit, Durability, Key, Options,
    batch::{Batch, State},
    error::{OpenError, WriteError},
    layout::{checksum, wide},
    medium::{Folder, LockError, Medium},
    name::{self, CACHE_TAG, IGNORE, LOCK, STORE, Span},
    reader::{Reader, Shared},
    record::{Header, Kind},
    segment::{Segment, SegmentWriter},
    snapshot::{Snapshot, names},
    store_id,
};

const CACHE_TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # This folder is a cache and can be deleted. See https://bford.info/cachedir/\n";

/// A store, for writing, and for reading through [`Writer::reader`]. There is one per store at a time, in all processes.
///
/// May be shared by any number of threads; a put waits for other puts and for a commit that is under way, and no read
/// waits for anything. Dropping it gives up the batch that was not committed.
pub struct Writer {
    reader: Reader,
    pub(crate) batch: Mutex<Batch>,
    pub(crate) compacting: Mutex<()>,
    pending_bytes: AtomicU64,
    /// Dropped last, after the batch was cleaned up.
    _lock: Box<dyn Any + Send + Sync>,
}

impl Writer {
    /// Opens the store in a folder, and makes one where there is none.
    ///
    /// Costs what [`Reader::open`] costs, and removing what a writer that died has left behind.
    ///
    /// # Errors
    /// [`OpenError`]: another writer has it open, the folder is in other use, has segments of another format version, or
    /// cannot be written.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Writer, OpenError> {
        Writer::open_on(Arc::new(Folder::new(path.as_ref(), options.mmap)), options)
    }

    /// [`Writer::open`] on any medium; of the options, those that concern the medium are of no effect.
    ///
    /// # Errors
    /// Those of [`Writer::open`].
    pub fn open_on(medium: Arc<dyn Medium>, _options: Options) -> Result<Writer, OpenError> {
        let path = medium.path().to_owned();
        let io = |doing| {
            let path = path.clone();
            move |source| OpenError::Io { doing, path, source }
        };
        medium.prepare().map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
                OpenError::NotAStore { path: path.clone() }
            }
            _ => io("creating")(error),
        })?;
        let present = names(&*medium)?;
        if !name::is_store(present.iter()) && !name::is_blank(present.iter()) {
            return Err(OpenError::NotAStore { path });
        }
        let lock = medium.lock().map_err(|error| match error {
            LockError::Held(holder) => OpenError::Locked { path: path.join(LOCK), holder },
            LockError::Io(source) => OpenError::Io { doing: "locking", path: path.join(LOCK), source },
        })?;
        // From here on nobody else changes the folder, so what is temporary is a dead writer's.
        let present = names(&*medium)?;
        for leftover in present.iter().filter(|name| name::is_temporary(name)) {
            // One that cannot be removed is in nobody's way.
            let _ = medium.remove(leftover);
        }
        for (name, text) in [(IGNORE, "*\n"), (CACHE_TAG, CACHE_TAG_TEXT), (STORE, &*store_id::fresh())] {
            if !present.iter().any(|present| present == name) {
                store_id::publish(&*medium, name, text.as_bytes()).map_err(io("making a store in"))?;
            }
        }
        let reader = Reader::load(medium)?;
        let snapshot = reader.shared().snapshot();
        let unsynced =
            snapshot.segments.iter().skip(snapshot.first_unsynced()).map(|segment| segment.span).collect();
        remove_covered(reader.shared(), &snapshot);
        Ok(Writer {
            reader,
            // The process before may have died between giving a file its name and syncing the name.
            batch: Mutex::new(Batch {
                state: State::Empty,
                names_unsynced: true,
                unsynced,
                unsyncable: None,
            }),
            compacting: Mutex::new(()),
            pending_bytes: AtomicU64::new(0),
            _lock: lock,
        })
    }

    pub(crate) fn shared(&self) -> &Shared {
        self.reader.shared()
    }

    /// Adds a record to the batch, in place of an earlier one with this key. It is written to a temporary file, not
    /// kept in memory, and is not visible before the commit.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`] for 4 GiB or more, which leaves the batch as it was; so does a temporary file that cannot be
    /// created for the first record. Any other error gives up the batch: nothing of it will be committed, and each call
    /// says so until [`Writer::commit`] or [`Writer::abandon`].
    pub fn put(&self, key: &Key, payload: &[u8]) -> Result<(), WriteError> {
        let Ok(payload_len) = u32::try_from(payload.len()) else {
            return Err(WriteError::TooLarge { bytes: wide(payload.len()), limit: u32::MAX.into() });
        };
        self.append(Kind::Put, key, payload, payload_len)
    }

    /// Adds to the batch that there is no record of `key`, whether there was one or not.
    ///
    /// # Errors
    /// Those of [`Writer::put`].
    pub fn remove(&self, key: &Key) -> Result<(), WriteError> {
        self.append(Kind::Tombstone, key, &[], 0)
    }

    fn append(&self, kind: Kind, key: &Key, payload: &[u8], payload_len: u32) -> Result<(), WriteError> {
        // The one pass over the payload that takes time is made before the lock is taken.
        let payload_checksum = checksum(payload);
        let medium = &*self.shared().medium;
        let mut batch = self.batch.lock();
        if let State::Empty = batch.state {
            let span = self.shared().snapshot().next_span();
            let temporary = name::temporary("pending");
            let path = medium.path().join(&temporary);
            let created = SegmentWriter::create(medium, temporary, span);
            batch.state = State::Open(Box::new(created.map_err(|e| WriteError::io("creating", path, e))?));
        }
        let State::Open(pending) = &mut batch.state else {
            return Err(WriteError::Abandoned { path: medium.path().to_owned() });
        };
        let generation = pending.span.last;
        let header = Header { kind, key: *key, payload_len, payload_checksum, generation };
        if let Err(error) = pending.append(header, payload) {
            let path = medium.path().join(&pending.temporary);
            self.give_up(&mut batch);
            return Err(WriteError::io("writing", path, error));
        }
        self.pending_bytes.store(pending.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Publishes the batch: all of it becomes visible to [`Writer::reader`], to readers that are opened from now on, and
    /// to others when they refresh. Nothing of it was visible before, in no process and after no crash.
    ///
    /// With [`Durability::Fsync`], it is on disk when this returns, and so is every commit before it. An empty batch
    /// publishes nothing; with `Fsync` it still makes earlier commits durable.
    ///
    /// # Errors
    /// [`WriteError`]; the batch is given up, what was committed before stays. One error comes after the point of no
    /// return: when the folder cannot be synced (`doing` is `"syncing"`, `path` the folder), the batch is visible, and
    /// may be gone after a power failure; the next commit tries again.
    pub fn commit(&self, durability: Durability) -> Result<Commit, WriteError> {
        let shared = self.shared();
        let mut batch = self.batch.lock();
        match std::mem::take(&mut batch.state) {
            State::Abandoned => Err(WriteError::Abandoned { path: shared.medium.path().to_owned() }),
            State::Empty => {
                if durability == Durability::Fsync {
                    self.sync_earlier(&mut batch)?;
                }
                Ok(Commit { generation: shared.snapshot().tip(), records: 0, bytes: 0 })
            }
            State::Open(pending) => {
                self.pending_bytes.store(0, Ordering::Relaxed);
                let temporary = pending.temporary.clone();
                let committed = self.publish(&mut batch, *pending, durability);
                if committed.is_err() {
                    // After the point of no return there is no such file any more.
                    let _ = shared.medium.remove(&temporary);
                }
                committed
            }
        }
    }

    fn publish(
        &self,
        batch: &mut Batch,
        pending: SegmentWriter,
        durability: Durability,
    ) -> Result<Commit, WriteError> {
        let shared = self.shared();
        let (span, records) = (pending.span, pending.records());
        let durable = durability == Durability::Fsync;
        if durable {
            // A durable segment vouches for all before it, names included, so these come first.
            self.sync_earlier(batch)?;
        }
        let (segment, bytes) = write_out(shared, pending, durable)?;
        let snapshot = {
            let _changing = shared.changing.lock();
            publish_file(shared, segment)?
        };
        batch.names_unsynced = true;
        if !durable {
            batch.unsynced.push(span);
        }
        if span.first != span.last {
            remove_covered(shared, &snapshot);
        }
        if durable {
            self.sync_names(batch)?;
        }
        Ok(Commit { generation: span.last, records, bytes })
    }

    /// Makes durable what was committed without.
    fn sync_earlier(&self, batch: &mut Batch) -> Result<(), WriteError> {
        let medium = &*self.shared().medium;
        if let Some(span) = batch.unsyncable {
            return Err(WriteError::NotDurable { path: medium.path().join(span.to_string()) });
        }
        for &span in &batch.unsynced {
            let path = medium.path().join(span.to_string());
            if let Err(error) = medium.sync(&span.to_string()) {
                // A sync that fails once and then succeeds proves nothing: the system may have dropped what it could
                // not write. Only writing the records anew, to another file, helps.
                batch.unsyncable = Some(span);
                return Err(WriteError::io("syncing", path, error));
            }
        }
        batch.unsynced.clear();
        if batch.names_unsynced { self.sync_names(batch) } else { Ok(()) }
    }

    pub(crate) fn sync_names(&self, batch: &mut Batch) -> Result<(), WriteError> {
        let medium = &*self.shared().medium;
        medium.sync_folder().map_err(|e| WriteError::io("syncing", medium.path().to_owned(), e))?;
        batch.names_unsynced = false;
        Ok(())
    }

    /// Gives up the batch, and acknowledges that it was given up if it already was.
    pub fn abandon(&self) {
        let mut batch = self.batch.lock();
        self.give_up(&mut batch);
        batch.state = State::Empty;
    }

    fn give_up(&self, batch: &mut Batch) {
        if let State::Open(pending) = std::mem::replace(&mut batch.state, State::Abandoned) {
            let temporary = pending.temporary.clone();
            // Closed first: Windows does not remove an open file. What cannot be removed now, the next writer removes.
            drop(pending);
            let _ = self.shared().medium.remove(&temporary);
        }
        self.pending_bytes.store(0, Ordering::Relaxed);
    }

    /// Bytes that were put since the last commit, with their framing; zero when a commit would publish nothing.
    #[must_use]
    pub fn pending_bytes(&self) -> u64 {
        self.pending_bytes.load(Ordering::Relaxed)
    }

    /// For reading the store; sees each commit at once. Clone it to hand it on.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("path", &self.shared().medium.path()).finish_non_exhaustive()
    }
}

/// Finishes a segment's file and opens it as a reader would, before anyone else can see it: one that could not be read
/// back is not published.
pub(crate) fn write_out(
    shared: &Shared,
    pending: SegmentWriter,
    durable: bool,
) -> Result<((String, Segment), u64), WriteError> {
    let medium = &*shared.medium;
    let (span, temporary) = (pending.span, pending.temporary.clone());
    let path = medium.path().join(&temporary);
    let bytes = pending.finish(durable).map_err(|e| WriteError::io("writing", path.clone(), e))?;
    let contents = medium.read(&temporary).map_err(|e| WriteError::io("reading back", path.clone(), e))?;
    let published: PathBuf = medium.path().join(span.to_string());
    let segment = Segment::open(span, published, contents)
        .ok()
        .filter(|segment| !segment.is_rebuilt())
        .ok_or_else(|| WriteError::io("reading back", path, ErrorKind::InvalidData.into()))?;
    Ok(((temporary, segment), bytes))
}

/// Gives a finished segment its name, which is the moment at which it counts. `shared.changing` is held.
pub(crate) fn publish_file(
    shared: &Shared,
    (temporary, segment): (String, Segment),
) -> Result<Arc<Snapshot>, WriteError> {
    let medium = &*shared.medium;
    let name = segment.span.to_string();
    medium
        .rename(&temporary, &name)
        .map_err(|e| WriteError::io("renaming", medium.path().join(&temporary), e))?;
    shared.replace(shared.snapshot().with(Arc::new(segment)));
    Ok(shared.snapshot())
}

/// Removes the files that another segment stands for, in any order: merged ones are made up for by a synced segment, and
/// what is left of a tail that was cut begins with a hole, and so does not count in any case. Returns how many are gone; one that cannot be removed is left for
/// the next writer.
pub(crate) fn remove_covered(shared: &Shared, snapshot: &Snapshot) -> u64 {
    let medium = &*shared.medium;
    let counts = |span: Span| snapshot.segments.iter().any(|segment| segment.span == span);
    let covered = |span: Span| {
        snapshot.segments.iter().any(|by| by.span.first <= span.first && span.last <= by.span.last)
    };
    let Ok(names) = names(medium) else { return 0 };
    names
        .iter()
        .filter(|name| Span::parse(name).is_some_and(|span| !counts(span) && covered(span)))
        .fold(0, |gone, name| gone + u64::from(medium.remove(name).is_ok()))
}
