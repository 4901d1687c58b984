//! An append-only, memory-mapped, checksummed store on disk: a key of 32 bytes to a record of any bytes.
//!
//! NOTE: this is the lowest floor of a cache. It knows nothing of syntax trees, compression or tiers, and does nothing by
//! itself: compaction and eviction take place when they are called for, or where a [`Compactor`] was started.
//!
//! One process writes, any number read, and none waits for another. Records are handed out where they lie in the map:
//! nothing is copied, and every byte was checked against its checksum, once per opened segment.
//!
//! ```
//! use cst_frozen::{Durability, Options, Reader, Writer};
//!
//! # let temporary = tempfile::tempdir()?;
//! # let folder = temporary.path().join("store");
//! let writer = Writer::open(&folder, Options::default())?;
//! let key = [7; 32]; // the hash of something, as a rule
//! writer.put(&key, b"a record")?;
//! assert!(writer.reader().get(&key)?.is_none()); // not before the commit
//! writer.commit(Durability::Fsync)?;
//!
//! // Here or in another process:
//! let reader = Reader::open(&folder, Options::default())?;
//! let record = reader.get(&key)?.expect("it was committed");
//! assert_eq!(&*record, b"a record");
//! assert_eq!(record.as_ptr() as usize % 16, 0);
//!
//! writer.remove(&key)?;
//! writer.commit(Durability::Buffered)?;
//! assert!(reader.contains(&key)); // a reader sees one moment
//! assert!(reader.refresh()?);
//! assert!(!reader.contains(&key));
//! assert_eq!(&*record, b"a record"); // what is held stays
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In the folder
//! ```text
//! 0000000000000001-0000000000000007.durable.seg   what compaction made of commits 1 to 7
//! 0000000000000008-0000000000000008.seg           commit 8, which nobody has synced yet
//! pending-4711-5.tmp                              a batch that process 4711 is gathering
//! STORE                                           tells a store from the one that was here before
//! LOCK, LOCK.holder                               the writer's lock, and who has it
//! .gitignore, CACHEDIR.TAG                        keep the folder out of version control and backups
//! ```
//! Each commit is one file, which is complete before it gets its name and never changes after. So a crash at any moment
//! leaves whole commits, and opening a store repairs nothing. `docs/format/frozen.md` describes every byte and step.
//!
//! # What is promised
//! * A commit is visible as a whole or not at all.
//! * A commit that returned survives the end of the process in any way, unless it was [`Durability::Volatile`]; with
//!   [`Durability::Fsync`], also a power failure, together with all commits before it.
//! * After a power failure the store is what it was after some commit, though records of the last `Buffered` ones may
//!   be found damaged.
//! * Damage is found: a record is handed out as it was written or not at all, and never an older one in place of what was
//!   synced. Where header, index or footer of a segment are damaged, they are made anew from what is left. Where that does
//!   not prove that no record is missing, [`Reader::get`] says of all that is older that it is in doubt, until a
//!   [repair](care::repair()).
//! * Segments of another store that lie in the folder are not read, removed or replaced: [`Stats::foreign_segments`] counts them.
//!   A payload does not pass for a record, whatever is damaged around it.
//! * One writer: one whose lock's file or folder is taken away says so, and replaces no other's files.
//! * A record is verified when it is first read from an open segment. What goes wrong with its page after that, only
//!   [`Reader::verify`] finds.
//! * No bytes on disk, whatever they are, make this crate panic. But truncating a segment that a process has mapped
//!   ends that process: nobody but the store should write into its folder, see [`Options::mmap`].
//!
//! # Space
//! What is overridden or removed takes space until it is compacted: in one go ([`Writer::compact`]) or step by step beside
//! other work ([`Writer::compact_step`]), which a [`Compactor`] does in a thread of its own. A store with a quota ([`Options::quota`]) is brought below it by
//! [`Writer::make_room`], which asks the caller what records are worth. Identical payloads are kept once per segment.
//!
//! # Modules
//! ```text
//! care                              backup, restore, repair ...
//!   |       \
//!   |        pack                   many records in one file, read as a store is
//!   |                 \
//! writer, batch, lock              reader, stats
//! commit, publish, compact, evict
//!                 \                 /
//!              snapshot, gap, foreign    which segments count, what is missing, whose they are, which records in them
//!                         |
//!       segment: header, write, read, scan, mend
//!            |       |        \
//!          index   record    medium: folder (map, plain reads), testkit's simulated disk
//!             \      |
//!               layout                  where each byte lies
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod batch;
pub mod care;
mod commit;
mod compact;
mod error;
mod evict;
mod foreign;
mod gap;
mod identity;
mod index;
mod inside;
mod layout;
mod listing;
mod lock;
mod map;
pub mod medium;
mod name;
mod options;
mod pack;
mod publish;
mod reader;
mod record;
mod segment;
mod snapshot;
mod stats;
mod store_id;
#[cfg(feature = "testkit")]
pub mod testkit;
mod writer;

pub use care::{Level, Problem, Verification};
pub use compact::{Compactor, Pace, Progress};
pub use error::{Fault, Holder, OpenError, ReadError, WriteError};
pub use evict::{Candidate, Evicted, Eviction, OldestFirst};
pub use medium::Medium;
pub use options::{Commit, Compaction, Durability, Options, Step};
pub use pack::{PACK_VERSION, Pack, PackError};
pub use reader::Reader;
pub use record::Record;
pub use stats::Stats;
pub use writer::Writer;

/// What a record is found by. Callers pass hashes; nothing but speed depends on that.
pub type Key = [u8; 32];

/// The version of the segment format that this build writes and reads.
pub const FORMAT_VERSION: u32 = layout::VERSION;
