//! A simulated disk, for tests of this crate and of those above it.
//!
//! ```
//! use std::{io::ErrorKind, sync::Arc};
//! use cst_frozen::{Durability, Options, Reader, Writer, testkit::{Disk, Failure, Survival}};
//!
//! let disk = Disk::new();
//! let writer = Writer::open_on(Arc::new(disk.clone()), Options::default())?;
//! writer.put(&[1; 32], b"kept")?;
//! writer.commit(Durability::Fsync)?;
//! writer.put(&[2; 32], b"lost")?;
//! disk.fail_at(disk.operations() + 1, Failure::Crash);
//! assert!(writer.commit(Durability::Fsync).is_err());
//!
//! let after = disk.after_crash(Survival::Nothing);
//! let reader = Reader::open_on(Arc::new(after), Options::default())?;
//! assert!(reader.contains(&[1; 32]) && !reader.contains(&[2; 32]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk;
mod image;

pub use disk::Disk;

/// What happens to one operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// It fails, half done where it can be; those after it succeed again.
    Error(std::io::ErrorKind),
    /// It does not take place, and neither does any after it.
    Crash,
    /// It takes place, but just before, somebody deletes the lock's file.
    LockRemoved,
}

/// What of all that was not synced is on the disk after a crash. What was synced always is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Survival {
    /// None of it.
    Nothing,
    /// All of it.
    Everything,
    /// Names, but no contents: files that were written are empty, or end where they were last synced.
    Names,
    /// Contents, but no names.
    Contents,
    /// Some names, in any order, and some blocks of each file, which may have its full length with zeros in between.
    /// Another number is another choice.
    Some(u64),
}
