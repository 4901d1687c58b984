//! All that a store asks of a disk, behind one small trait.

mod bytes;
mod folder;
mod writing;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

pub use bytes::Bytes;
pub(crate) use folder::Folder;

use crate::error::Holder;

/// A folder of files, which are written once from beginning to end.
///
/// Names are plain file names. What is written is lasting only once it was synced: contents by [`Append::sync`] or
/// [`Medium::sync`], names by [`Medium::sync_folder`]. `docs/format/frozen.md` says what is assumed of each operation.
pub trait Medium: Send + Sync + fmt::Debug {
    /// Where the folder is, for messages.
    fn path(&self) -> &Path;

    /// Where a file of it is, for messages.
    fn locate(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Makes the folder if there is none, with its name synced.
    fn prepare(&self) -> io::Result<()>;

    /// The names of the files in the folder, in any order; what is neither a regular file nor a link
    /// to one has a `/` after its name.
    fn list(&self) -> io::Result<Vec<String>>;

    /// What tells a file from another one of its name, without opening it.
    fn stamp(&self, name: &str) -> io::Result<Stamp>;

    /// The whole contents of a file, mapped where the medium can; with its stamp, see [`Bytes::with_identity`].
    fn read(&self, name: &str) -> io::Result<Bytes>;

    /// A new, empty file; replaces one of that name with a new one, whose contents are its own.
    fn create(&self, name: &str) -> io::Result<Box<dyn Append>>;

    /// Makes the contents of a file lasting.
    fn sync(&self, name: &str) -> io::Result<()>;

    /// Gives a file another name, at once and for all; a file that had the new name is gone.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// As [`Medium::rename`], but fails with [`io::ErrorKind::AlreadyExists`] where a file has the new name, and leaves both as
    /// they are. After a crash the file may have both names.
    fn publish(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file; bytes that were read from it stay.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes all names lasting.
    fn sync_folder(&self) -> io::Result<()>;

    /// Takes the writer's lock, which goes with the returned value or with the process.
    fn lock(&self) -> Result<Box<dyn Lock>, LockError>;
}

/// What tells a file from another one of its name. A reader asks for it in each refresh, once per segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stamp {
    /// How many bytes it has.
    pub len: u64,
    /// A number that another file has not, nor the same one once it is written to. A medium that knows none always says 0, so
    /// that lengths alone are compared.
    pub identity: u64,
}

/// The writer's lock, held until dropped.
pub trait Lock: Send + Sync + fmt::Debug {
    /// Whether whoever asks for the lock now would meet this one: false when its file, or the folder, was deleted, moved or
    /// replaced since. Asked for several times in each commit.
    fn is_held(&self) -> io::Result<bool>;
}

/// A file being written.
pub trait Append: Send {
    /// Adds bytes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the contents lasting.
    fn sync(&mut self) -> io::Result<()>;

    /// Fills `place` with what was appended, from `back` bytes before the end on. False where the medium cannot: then
    /// nothing is known to be in the file twice, and everything is written.
    fn read_back(&mut self, back: u64, place: &mut [u8]) -> io::Result<bool> {
        let _ = (back, place);
        Ok(false)
    }

    /// Says that nothing more comes, and that no sync is asked for now. An error of anything that was begun on the way
    /// comes out here, since a later sync would not be told of it.
    fn close(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why the lock was not had.
#[derive(Debug)]
pub enum LockError {
    /// Someone else has it.
    Held(Option<Holder>),
    /// The operating system refused.
    Io(io::Error),
}
