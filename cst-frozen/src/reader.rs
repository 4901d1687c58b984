//! Reading a store, without locks between processes and without ever waiting for its writer.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::{Mutex, RwLock};

use crate::{
    Key, Options,
    care::{Level, Verification, verify},
    error::{OpenError, ReadError},
    evict::Candidate,
    layout::wide,
    listing::names,
    medium::{Folder, Medium},
    name,
    record::{Kind, Record},
    snapshot::Snapshot,
    stats::{Stats, Written},
};

/// A store, for reading. Clones share everything: what one refreshes, all see.
///
/// A reader sees the store as it was when it was opened or last refreshed, whatever a writer does meanwhile. That of
/// [`crate::Writer::reader`] sees each commit at once.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) medium: Arc<dyn Medium>,
    /// Held only to copy or to replace the pointer.
    current: RwLock<Arc<Snapshot>>,
    /// Held by whoever is about to replace the snapshot, from looking at the folder until it is replaced.
    pub(crate) changing: Mutex<()>,
    corrupt: AtomicU64,
    pub(crate) written: Written,
}

impl Shared {
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read())
    }

    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let old = std::mem::replace(&mut *self.current.write(), Arc::new(snapshot));
        // Outside of the lock: this may unmap segments.
        drop(old);
    }

    /// Counts a damaged record on its way to the caller.
    fn counted(&self, error: ReadError) -> ReadError {
        self.corrupt.fetch_add(1, Ordering::Relaxed);
        error
    }
}

impl Reader {
    /// Opens the store in a folder. Takes no lock and changes nothing, so it also works where nothing can be written.
    ///
    /// Costs a listing of the folder, and for each segment a map and a pass over its index (about 23 bytes per record); over all
    /// of it, if it was committed without a sync, and nothing with one since.
    ///
    /// # Errors
    /// [`OpenError`]: the folder is missing, is not a store, has segments of another format version, or cannot be read.
    /// A damaged segment is no error: it is mended from what is left of it or left out, and counted in [`Reader::stats`].
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Reader, OpenError> {
        Reader::open_on(Arc::new(Folder::new(path.as_ref(), options.mmap)), options)
    }

    /// [`Reader::open`] on any medium; of the options, those that concern the medium are of no effect.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn open_on(medium: Arc<dyn Medium>, _options: Options) -> Result<Reader, OpenError> {
        if !name::is_store(names(&*medium)?.iter()) {
            return Err(OpenError::NotAStore { path: medium.path().to_owned() });
        }
        Reader::load(medium)
    }

    pub(crate) fn load(medium: Arc<dyn Medium>) -> Result<Reader, OpenError> {
        let snapshot = Snapshot::load(&*medium, &Snapshot::default())?;
        Ok(Reader {
            shared: Arc::new(Shared {
                medium,
                current: RwLock::new(Arc::new(snapshot)),
                changing: Mutex::new(()),
                corrupt: AtomicU64::new(0),
                written: Written::default(),
            }),
        })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The record of `key`, or nothing when there is none. Nothing is copied. The record's checksum is verified when it
    /// is first got from an open segment, by whichever thread, and then no more: the file does not change, and
    /// [`Reader::verify`] reads everything again whenever that is in doubt.
    ///
    /// Costs a probe per segment, newest first, until one has the key; the first time also a pass over the payload.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] when the record's bytes are not those that were written, [`ReadError::Doubtful`] when a newer one
    /// may have been in a part of the store that cannot be read. To treat them as a miss:
    /// `reader.get(&key).unwrap_or_default()`; it is counted in [`Reader::stats`] either way.
    pub fn get(&self, key: &Key) -> Result<Option<Record>, ReadError> {
        let snapshot = self.shared.snapshot();
        let read = || {
            let Some((segment, found)) = snapshot.find(key)? else { return Ok(None) };
            match found.header.kind {
                Kind::Tombstone => Ok(None),
                Kind::Put | Kind::Same => {
                    let payload = segment.payload_once(&found)?;
                    Ok(Some(Record::new(Arc::clone(segment), payload)))
                }
            }
        };
        read().map_err(|error| self.shared.counted(error))
    }

    /// Whether there is a record of `key`, for certain. Reads the index and the record's header, not its payload, which may turn out
    /// damaged when it is read.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        let snapshot = self.shared.snapshot();
        matches!(snapshot.find(key), Ok(Some((_, found))) if found.header.kind != Kind::Tombstone)
    }

    /// Picks up what was committed or compacted since; returns whether anything was. When nothing was, costs a listing
    /// of the folder, and one look at each file, which tells another one of its name and length: the segment is then opened anew.
    /// One that was cut short is not read any more. Records that are held, and reads in other threads, are not disturbed.
    ///
    /// The reader of a writer sees all commits without this, and looks at nothing while one of them has no file yet
    /// ([`Durability::Volatile`](crate::Durability::Volatile)).
    ///
    /// # Errors
    /// [`OpenError`], as for [`Reader::open`], and [`OpenError::Gone`] instead of those that name no store; the reader then goes on
    /// with what it had.
    pub fn refresh(&self) -> Result<bool, OpenError> {
        let _changing = self.shared.changing.lock();
        let current = self.shared.snapshot();
        // What the folder says leaves out what has no name there.
        if current.has_unnamed() || !current.is_stale(&*self.shared.medium)? {
            return Ok(false);
        }
        self.shared.replace(Snapshot::load(&*self.shared.medium, &current)?);
        Ok(true)
    }

    /// All live records, each once, in the order in which they lie on disk, as of this moment.
    ///
    /// Costs a walk over all indexes before the first record, and 16 bytes of memory per record. Where something is missing
    /// that may have held newer ones, records from before it are left out, and the first item is [`ReadError::Doubtful`].
    pub fn iter(&self) -> impl Iterator<Item = Result<(Key, Record), ReadError>> + use<> {
        self.records(self.shared.snapshot())
    }

    /// All live records of a snapshot of this store.
    pub(crate) fn records(
        &self,
        snapshot: Arc<Snapshot>,
    ) -> impl Iterator<Item = Result<(Key, Record), ReadError>> + use<> {
        let shared = Arc::clone(&self.shared);
        let count = snapshot.live().places.len();
        let doubt = snapshot.gaps.last().map(|gap| Err(gap.doubt()));
        doubt.into_iter().chain((0..count).filter_map(move |i| {
            let &(segment, offset) = snapshot.live().places.get(i)?;
            let segment = snapshot.segments.get(segment)?;
            let read = || {
                let header = segment.header(offset)?;
                if header.kind == Kind::Tombstone {
                    // The index, which says otherwise, is not one that a writer makes.
                    return Err(segment.corrupt(offset));
                }
                let payload = segment.payload(offset, &header)?;
                Ok((header.key, Record::new(Arc::clone(segment), payload)))
            };
            Some(read().map_err(|error| shared.counted(error)))
        }))
    }

    /// All live records without their payloads, in the order in which they lie on disk, as of this moment. Those whose headers
    /// are damaged are passed over.
    ///
    /// Costs what [`Reader::iter`] costs before its first record, and reads the header of each.
    pub fn candidates(&self) -> impl Iterator<Item = Candidate> + use<> {
        let snapshot = self.shared.snapshot();
        let count = snapshot.live().places.len();
        (0..count).filter_map(move |i| {
            let &(segment, offset) = snapshot.live().places.get(i)?;
            Some(Candidate::new(&snapshot.segments.get(segment)?.header(offset).ok()?))
        })
    }

    /// The number of the last commit that counts; zero in a store without commits. Costs nothing.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.shared.snapshot().tip()
    }

    /// Figures about the store. The first call after a change walks all indexes; further ones cost little.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let snapshot = self.shared.snapshot();
        let live = snapshot.live();
        let mut stats = Stats {
            generation: snapshot.tip(),
            segments: wide(snapshot.segments.len()),
            live_records: wide(live.places.len()),
            dead_bytes: live.dead_bytes,
            quarantined_segments: snapshot.unusable(),
            foreign_segments: wide(snapshot.foreign().count()),
            gaps: wide(snapshot.gaps.len()),
            corrupt_records: self.shared.corrupt.load(Ordering::Relaxed),
            ..Stats::default()
        };
        self.shared.written.add_to(&mut stats);
        for segment in &snapshot.segments {
            stats.records = stats.records.saturating_add(segment.footer.records);
            stats.tombstones = stats.tombstones.saturating_add(segment.footer.tombstones);
            stats.payload_bytes = stats.payload_bytes.saturating_add(segment.footer.payload_bytes);
            stats.file_bytes = stats.file_bytes.saturating_add(wide(segment.bytes().len()));
            stats.mended_segments += u64::from(segment.is_mended() && !segment.is_partial());
        }
        stats
    }

    /// Checks every header, footer, index entry and record of what this reader sees, and reads all of it to do so.
    /// Changes nothing and counts nothing in [`Reader::stats`].
    #[must_use]
    pub fn verify(&self) -> Verification {
        self.verify_to(Level::Checksums)
    }

    /// [`Reader::verify`] to another level: less, or more.
    #[must_use]
    pub fn verify_to(&self, level: Level<'_>) -> Verification {
        verify(&self.shared.snapshot(), level)
    }
}
