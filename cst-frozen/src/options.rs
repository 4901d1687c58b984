//! What is chosen when a store is opened or committed to, and what comes back.

/// How a store is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    pub(crate) mmap: bool,
    pub(crate) quota: Option<u64>,
}

impl Options {
    /// Whether segments are mapped, which is the default, or read into memory whole.
    ///
    /// Without mapping, opening a store takes as much memory and time as the store is large. It is for file systems that
    /// cannot map, and for folders where others may truncate files: a mapped file that is truncated ends the process.
    #[must_use]
    pub fn mmap(mut self, mmap: bool) -> Options {
        self.mmap = mmap;
        self
    }

    /// How many bytes the segments of the store may have; none by default.
    ///
    /// Commits do not look at it: [`Writer::make_room`](crate::Writer::make_room) does, whenever it is called. Only a record
    /// that could never be kept is refused when it is put, with [`WriteError::OverQuota`](crate::WriteError::OverQuota).
    #[must_use]
    pub fn quota(mut self, bytes: u64) -> Options {
        self.quota = Some(bytes);
        self
    }
}

impl Default for Options {
    fn default() -> Options {
        Options { mmap: true, quota: None }
    }
}

/// What a commit survives; each promises more than the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Durability {
    /// Nothing: it is gone when the process ends without dropping the writer. Readers of this process see it through
    /// [`Writer::reader`](crate::Writer::reader), others not. The next commit that promises more, an empty one too, gives
    /// it that durability as well; so do compaction and dropping the writer, as far as `Buffered` goes.
    #[default]
    Volatile,
    /// The end of the process, killed or not. After a power failure or a crash of the operating system, it and all that
    /// followed it may be gone, or some of its records may be found damaged.
    Buffered,
    /// Everything: it is on disk when the commit returns.
    Fsync,
}

/// What was committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Commit {
    /// The number of the commit; rises with each, not always by one.
    pub generation: u64,
    /// How many records it has, overridden ones and tombstones included; zero when the batch was empty.
    pub records: u64,
    /// Bytes that were written.
    pub bytes: u64,
}

/// What a compaction did; all zero when there was nothing to gain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Compaction {
    /// Segments that were merged.
    pub segments: u64,
    /// Records in the new one.
    pub records: u64,
    /// Records that were left out: overridden, removed, tombstones, damaged.
    pub dropped: u64,
    /// Those of them that were damaged.
    pub corrupt: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Bytes that the segments in use are fewer by.
    pub freed: u64,
}

impl Compaction {
    /// What both did.
    pub(crate) fn add(&mut self, other: Compaction) {
        self.segments += other.segments;
        self.records += other.records;
        self.dropped += other.dropped;
        self.corrupt += other.corrupt;
        self.bytes += other.bytes;
        self.freed += other.freed;
    }
}

/// How far a step of compaction came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Step {
    /// There is nothing to gain.
    Idle,
    /// Part of a merge is done; the next step goes on with it.
    Copied {
        /// Bytes of old segments that were gone through.
        bytes: u64,
    },
    /// A merge is finished and published; the next step may begin another one.
    Merged(Compaction),
}
