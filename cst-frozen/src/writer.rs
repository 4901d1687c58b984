//! Writing a store: the batch, its commit, and who may do it.

use std::{
    fmt,
    io::ErrorKind,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use crate::{
    Key, Options,
    batch::{Batch, Published, State},
    compact::Merge,
    error::{OpenError, WriteError},
    evict::alone,
    identity, inside,
    layout::{checksum, wide},
    listing::names,
    medium::{Folder, Lock, LockError, Medium},
    name::{self, CACHE_TAG, IGNORE, LOCK, STORE, Span},
    publish::{covered, remove},
    reader::{Reader, Shared},
    record::{Header, Kind, frame_len},
    segment::SegmentWriter,
    snapshot::Snapshot,
    store_id,
};

const CACHE_TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # This folder is a cache and can be deleted. See https://bford.info/cachedir/\n";

/// A store, for writing, and for reading through [`Writer::reader`]. There is one per store at a time, in all processes.
///
/// May be shared by any number of threads, which then share the batch. A put waits for other puts, not for a commit that is
/// under way, and no read waits for anything. Dropping it gives up the batch that was not committed, and publishes commits that were
/// volatile.
pub struct Writer {
    reader: Reader,
    /// The number of the store, which each segment gets.
    pub(crate) store: u64,
    /// Locked last of the three.
    pub(crate) batch: Mutex<Batch>,
    pub(crate) published: Mutex<Published>,
    /// The merge that is under way; locked first.
    pub(crate) merging: Mutex<Option<Merge>>,
    pub(crate) pending_bytes: AtomicU64,
    /// `u64::MAX` for none.
    quota: AtomicU64,
    /// Dropped last, after the batch was cleaned up.
    pub(crate) lock: Box<dyn Lock>,
}

impl Writer {
    /// Opens the store in a folder, and makes one where there is none.
    ///
    /// Costs what [`Reader::open`] costs, and removing what a writer that died has left behind.
    ///
    /// # Errors
    /// [`OpenError`]: another writer has it open, the folder is in other use, has segments of another format version,
    /// cannot be written, or there is no store in it and it lies in the folder of another one.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Writer, OpenError> {
        let path = path.as_ref();
        let folder = Folder::new(path, options.mmap);
        let is_there = names(&folder).is_ok_and(|names| name::is_store(names.iter()));
        if !is_there && let Some(store) = inside::around_folder(path) {
            return Err(OpenError::Inside { path: path.to_owned(), store });
        }
        Writer::open_on(Arc::new(folder), options)
    }

    /// [`Writer::open`] on any medium; of the options, those that concern the medium are of no effect.
    ///
    /// # Errors
    /// Those of [`Writer::open`].
    pub fn open_on(medium: Arc<dyn Medium>, options: Options) -> Result<Writer, OpenError> {
        let path = medium.path().to_owned();
        let io = |doing| {
            let path = path.clone();
            move |source: std::io::Error| match source.kind() {
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
                    OpenError::ReadOnly { path, source }
                }
                _ => OpenError::Io { doing, path, source },
            }
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
            LockError::Io(source) => io("locking the store in")(source),
        })?;
        // From here on nobody else changes the folder, so what is temporary is a dead writer's.
        let present = names(&*medium)?;
        for leftover in present.iter().filter(|name| name::is_temporary(name)) {
            // One that cannot be removed is in nobody's way.
            let _ = medium.remove(leftover);
        }
        for (name, text) in [(IGNORE, "*\n"), (CACHE_TAG, CACHE_TAG_TEXT)] {
            if !present.iter().any(|present| present == name) {
                store_id::publish(&*medium, name, text.as_bytes()).map_err(io("making a store in"))?;
            }
        }
        // What cannot be read now may well say whose the segments are.
        let said = store_id::try_read(&*medium).map_err(io("reading STORE in"))?;
        let store = match said.signed() {
            Some(number) => number,
            None => {
                // Before STORE is written: a folder with segments of a version that is not known is left as it is.
                let owner = Snapshot::load(&*medium, &Snapshot::default())?.owner;
                let number = owner.unwrap_or_else(identity::draw);
                store_id::publish(&*medium, STORE, store_id::text(number).as_bytes())
                    .map_err(io("making a store in"))?;
                number
            }
        };
        let reader = Reader::load(medium)?;
        let snapshot = reader.shared().snapshot();
        let unsynced =
            snapshot.segments.iter().skip(snapshot.first_unsynced()).map(|segment| segment.span()).collect();
        let leftovers = covered(reader.shared(), &snapshot, Span { first: 1, last: u64::MAX });
        // The process before may have died between giving a file its name and syncing the name. Until that is done, the
        // files that it was merged from are needed.
        if !leftovers.is_empty() && reader.shared().medium.sync_folder().is_ok() {
            remove(reader.shared(), &leftovers);
        }
        Ok(Writer {
            reader,
            store,
            batch: Mutex::default(),
            // Names may not be synced, for the same reason.
            published: Mutex::new(Published { names_unsynced: true, unsynced, ..Published::default() }),
            merging: Mutex::new(None),
            pending_bytes: AtomicU64::new(0),
            quota: AtomicU64::new(options.quota.unwrap_or(u64::MAX)),
            lock,
        })
    }

    pub(crate) fn shared(&self) -> &Shared {
        self.reader.shared()
    }

    /// Adds a record to the batch, in place of an earlier one with this key. It is written to a temporary file, not
    /// kept in memory, and is not visible before the commit.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`] for 4 GiB or more, and [`WriteError::OverQuota`] for what the quota could never hold, leave
    /// the batch as it was; so does a temporary file that cannot be created for the first record. Any other error gives up the batch: nothing of it will be committed, and each call
    /// says so until [`Writer::commit`] or [`Writer::abandon`].
    pub fn put(&self, key: &Key, payload: &[u8]) -> Result<(), WriteError> {
        let Ok(payload_len) = u32::try_from(payload.len()) else {
            return Err(WriteError::TooLarge { bytes: wide(payload.len()), limit: u32::MAX.into() });
        };
        let bytes = alone(frame_len(payload_len));
        if let Some(quota) = self.quota().filter(|&quota| bytes > quota) {
            return Err(WriteError::OverQuota { bytes, quota });
        }
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
            batch.state = State::Open(Box::new(self.begin(batch.before)?));
        }
        let State::Open(pending) = &mut batch.state else {
            return Err(self.abandoned());
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

    /// Begins the segment of a batch, which follows on the one that is being committed, if one is.
    pub(crate) fn begin(&self, before: Option<Span>) -> Result<SegmentWriter, WriteError> {
        let span = match before.and_then(|before| before.last.checked_add(1)) {
            Some(next) => Span { first: next, last: next },
            None => self.shared().snapshot().next_span(),
        };
        let medium = &*self.shared().medium;
        if span.last > name::LAST_GENERATION || span.last - span.first > name::MOST_SKIPPED {
            return Err(WriteError::Exhausted { path: medium.path().to_owned() });
        }
        let temporary = name::temporary("pending");
        let path = medium.path().join(&temporary);
        SegmentWriter::create(medium, temporary, span, self.store)
            .map_err(|error| self.blame(WriteError::io("creating", path, error)))
    }

    /// Gives up the batch, and acknowledges that it was given up if it already was. Threads that are waiting in
    /// [`Writer::commit`] for this batch are told that it was.
    pub fn abandon(&self) {
        let mut batch = self.batch.lock();
        self.give_up(&mut batch);
        if batch.callers == 0 {
            batch.state = State::Empty;
        }
    }

    pub(crate) fn give_up(&self, batch: &mut Batch) {
        if let State::Open(pending) = std::mem::replace(&mut batch.state, State::Abandoned) {
            let temporary = pending.temporary.clone();
            // Closed first: Windows does not remove an open file. What cannot be removed now, the next writer removes.
            drop(pending);
            let _ = self.shared().medium.remove(&temporary);
        }
        self.pending_bytes.store(0, Ordering::Relaxed);
    }

    /// How many bytes the segments of the store may have: [`Options::quota`], or what was set since.
    #[must_use]
    pub fn quota(&self) -> Option<u64> {
        Some(self.quota.load(Ordering::Relaxed)).filter(|&bytes| bytes < u64::MAX)
    }

    /// Replaces the quota; takes effect with the next put and the next [`Writer::make_room`].
    pub fn set_quota(&self, bytes: Option<u64>) {
        self.quota.store(bytes.unwrap_or(u64::MAX), Ordering::Relaxed);
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
        self.abandon_merge(&mut self.merging.lock());
        // What cannot be named is gone, as it would be without this.
        let _ = self.name_volatile(&mut self.published.lock());
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("path", &self.shared().medium.path()).finish_non_exhaustive()
    }
}
