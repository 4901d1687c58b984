//! What can go wrong, one enum per kind of operation; each says what happened, to which path, and what to do.

use std::{error::Error, fmt, io, path::PathBuf, time::SystemTime};

/// Who holds the write lock of a store, as that process wrote it down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// When it took the lock, in seconds since the beginning of 1970.
    pub started: u64,
}

impl Holder {
    /// For how long, by a clock that may have been set meanwhile.
    fn seconds(&self) -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs());
        now.saturating_sub(self.started)
    }
}

/// Why a store could not be opened or refreshed.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such folder.
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is there and is not a store. A writer makes a store only in a folder that holds nothing else.
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// Another writer has the store open.
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The other writer, when it has said who it is.
        holder: Option<Holder>,
    },
    /// The folder, or the file system that it is on, may not be written by this process.
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
    /// A segment was written in another version of the format.
    Version {
        /// The segment.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this build reads and writes.
        supported: u32,
    },
    /// The store that was open is not there any more: its folder was deleted, moved or emptied. What was read stays.
    Gone {
        /// The folder.
        path: PathBuf,
    },
    /// The folder lies within that of another store, in which no store is made.
    Inside {
        /// The folder.
        path: PathBuf,
        /// That of the other store.
        store: PathBuf,
    },
    /// There are segments of several stores, and the file `STORE`, which says whose the folder is, is missing or damaged.
    Mixed {
        /// The folder.
        path: PathBuf,
        /// Two that are of different stores.
        segments: [PathBuf; 2],
    },
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Missing { path } => {
                write!(
                    f,
                    "there is no folder {}; open it for writing first to create the store",
                    path.display()
                )
            }
            OpenError::NotAStore { path } => write!(
                f,
                "{} is not a store; name the folder of one, or a folder that is empty or does not exist",
                path.display()
            ),
            OpenError::Locked { path, holder: Some(holder) } => write!(
                f,
                "the store is being written by process {}, which has held {} for {} s; \
                 open it for reading, or wait for that process to end",
                holder.pid,
                path.display(),
                holder.seconds()
            ),
            OpenError::Locked { path, holder: None } => write!(
                f,
                "the store is being written by another process, which holds {}; \
                 open it for reading, or wait for that process to end",
                path.display()
            ),
            OpenError::ReadOnly { path, source } => write!(
                f,
                "{} cannot be written ({source}); open it for reading, or name a folder that may be written",
                path.display()
            ),
            OpenError::Version { path, found, supported } => write!(
                f,
                "{} is of format version {found}, this build reads version {supported}; \
                 use the release that wrote it, or delete the folder if it is only a cache",
                path.display()
            ),
            OpenError::Gone { path } => write!(
                f,
                "the store in {} is gone, its folder was deleted, moved or emptied; \
                 what was read before can still be read, open the store again when it is back",
                path.display()
            ),
            OpenError::Inside { path, store } => write!(
                f,
                "{} lies in the store {}, and would be deleted and copied with it; name a folder outside of it",
                path.display(),
                store.display()
            ),
            OpenError::Mixed { path, segments: [one, other] } => write!(
                f,
                "{} and {} are of different stores, and the file STORE, which would say which of them is that of {}, \
                 is missing or damaged; move the segments of the other store out of the folder, or bring STORE back",
                one.display(),
                other.display(),
                path.display()
            ),
            OpenError::Io { doing, path, source } => {
                write!(
                    f,
                    "{doing} {} failed: {source}; check that the folder exists and may be used",
                    path.display()
                )
            }
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            OpenError::Io { source, .. } | OpenError::ReadOnly { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a record could not be read. A cache treats each of these as a miss.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The record's bytes are not the ones that were written.
    Corrupt {
        /// The segment.
        path: PathBuf,
        /// Where in it the record begins.
        offset: u64,
    },
    /// A segment that was on disk for good is damaged or missing, and with it an unknown part of what was committed. It may
    /// have held a newer record of this key, or its removal, so that no older one may be taken for the present one. Putting
    /// the record again answers for this key, a repair of the store for all.
    Doubtful {
        /// The segment; of several, the newest.
        path: PathBuf,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Corrupt { path, offset } => write!(
                f,
                "the record at byte {offset} of {} is damaged; put it again, and check the disk",
                path.display()
            ),
            ReadError::Doubtful { path } => write!(
                f,
                "{}, which was committed, cannot be read and may have held this record; \
                 repair the store, or put the record again",
                path.display()
            ),
        }
    }
}

impl Error for ReadError {}

/// Why something could not be written. What was committed before stays as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// A record is larger than the format can hold. Nothing was written, the batch goes on.
    TooLarge {
        /// Its length in bytes.
        bytes: u64,
        /// The largest length that can be stored.
        limit: u64,
    },
    /// A record would take more than the store's quota by itself. Nothing was written, the batch goes on.
    OverQuota {
        /// What a store with nothing else would take, in bytes.
        bytes: u64,
        /// The quota.
        quota: u64,
    },
    /// The batch was given up after an earlier error. `commit` or `abandon` ends it, then a new one may begin.
    Abandoned {
        /// The store.
        path: PathBuf,
    },
    /// An earlier commit without sync could not be synced when that was asked for, so nothing that follows it can be
    /// made durable, until compaction has written its records to another file.
    NotDurable {
        /// The segment.
        path: PathBuf,
    },
    /// The lock file is not the one any more that this writer holds: it, or its folder, was deleted, moved or replaced. Another
    /// writer may be at work there, so this one writes nothing more. What the call has committed may be gone.
    LockLost {
        /// The lock file.
        path: PathBuf,
    },
    /// The file `STORE` says by now that the folder is another store's: somebody has replaced it. Readers that look at the folder
    /// from then on take nothing in it for this store's, so nothing was committed.
    Disowned {
        /// The file.
        path: PathBuf,
    },
    /// There is a file of the name that a commit was about to get: another writer is at work in the folder. It was left as it
    /// is, and the batch was given up.
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The file lies within the folder of a store, which is for the store's own files. Nothing was written.
    Inside {
        /// The file.
        path: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// One of the files is named as if it were thousands of millions of commits ahead of the store, and those after it would
    /// have to be as well. Nothing was written.
    Exhausted {
        /// The store.
        path: PathBuf,
    },
    /// The store is above its quota, and nothing may be evicted: a segment that was synced is damaged or missing, and what is
    /// older than it waits for a repair.
    Damaged {
        /// The segment.
        path: PathBuf,
    },
    /// The disk, or the user's share of it, is full. The batch was given up.
    Full {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
    /// The folder, or the file system that it is on, may not be written any more by this process. The batch was given up.
    ReadOnly {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
    /// The operating system refused. The batch was given up.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
}

impl WriteError {
    pub(crate) fn io(doing: &'static str, path: PathBuf, source: io::Error) -> WriteError {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                WriteError::Full { doing, path, source }
            }
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                WriteError::ReadOnly { doing, path, source }
            }
            _ => WriteError::Io { doing, path, source },
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::TooLarge { bytes, limit } => {
                write!(f, "a record of {bytes} bytes is larger than the {limit} that can be stored; split it")
            }
            WriteError::OverQuota { bytes, quota } => write!(
                f,
                "a store with this record alone takes {bytes} bytes, more than its quota of {quota}; \
                 open it with a larger quota, or do not keep the record"
            ),
            WriteError::Abandoned { path } => write!(
                f,
                "the batch for {} was given up after an earlier error; put its records again in a new one",
                path.display()
            ),
            WriteError::NotDurable { path } => write!(
                f,
                "{} could not be synced, so no later commit can be; compact the store, which writes it anew",
                path.display()
            ),
            WriteError::LockLost { path } => write!(
                f,
                "{} is not the lock file any more that this writer holds, so another one may have the store; \
                 close this one, open the store again, and put again what is missing",
                path.display()
            ),
            WriteError::Disowned { path } => write!(
                f,
                "{} has been replaced by that of another store, so what is committed here would not be found; \
                 bring the file back, or delete it if no other store's segments lie beside it, then put the batch again",
                path.display()
            ),
            WriteError::Taken { path } => write!(
                f,
                "{} is there already, so another writer is at work in the folder, or somebody has copied a file into it; \
                 close this one, open the store again, and put the batch again",
                path.display()
            ),
            WriteError::Inside { path, store } => write!(
                f,
                "{} lies in the store {}, and would be deleted with it; name a file outside of it",
                path.display(),
                store.display()
            ),
            WriteError::Exhausted { path } => write!(
                f,
                "a file in {} is named as if it were thousands of millions of commits ahead of all others, so it is hardly the \
                 store's own; move it away and open the store again",
                path.display()
            ),
            WriteError::Damaged { path } => write!(
                f,
                "nothing can be evicted while {}, which was committed, cannot be read; repair the store",
                path.display()
            ),
            WriteError::Full { doing, path, source } => write!(
                f,
                "{doing} {} failed, the disk is full ({source}); free some space, then put the batch again",
                path.display()
            ),
            WriteError::ReadOnly { doing, path, source } => write!(
                f,
                "{doing} {} failed, it may not be written ({source}); what was committed can be read, \
                 make the folder writable or use another one, then put the batch again",
                path.display()
            ),
            WriteError::Io { doing, path, source } => write!(
                f,
                "{doing} {} failed: {source}; what was committed is safe, put the batch again",
                path.display()
            ),
        }
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            WriteError::Full { source, .. }
            | WriteError::ReadOnly { source, .. }
            | WriteError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What is wrong with some bytes of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The segment's header is not one, or does not match its name or its footer.
    Header,
    /// The segment does not end in its footer: it was cut short, lengthened or damaged.
    Footer,
    /// The segment is not there, though later commits say that it was synced.
    Missing,
    /// The segment covers generations that another one covers in part.
    Overlap,
    /// The segment is whole, but a commit before it was lost before it was synced, so it does not count.
    Orphan,
    /// The segment is of another store, and so nothing in it is read. Nothing of this one is lost.
    Foreign,
    /// The index is damaged; the records are found all the same, by reading them all.
    Index,
    /// The index does not lead to this record.
    NotIndexed,
    /// The record's header is damaged.
    RecordHeader,
    /// The record's payload is damaged.
    Payload,
    /// Bytes that must be zero are not. Nothing is lost.
    Padding,
    /// The footer counts other records than there are.
    Count,
    /// The record is as it was written, and its content is not what the caller expects.
    Content,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Header => "damaged segment header",
            Fault::Footer => "truncated or damaged segment",
            Fault::Missing => "missing segment",
            Fault::Overlap => "segment overlaps another",
            Fault::Orphan => "segment follows a commit that was lost",
            Fault::Foreign => "segment of another store",
            Fault::Index => "damaged index",
            Fault::NotIndexed => "record missing from the index",
            Fault::RecordHeader => "damaged record header",
            Fault::Payload => "damaged payload",
            Fault::Padding => "padding is not zero",
            Fault::Count => "record count does not match",
            Fault::Content => "record is intact, but not what it should be",
        })
    }
}
