//! A real folder; its files are mapped, or read into memory.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{Append, Bytes, Lock, LockError, Medium, Stamp, writing::Writing};
use crate::{layout::checksum, lock::FileLock, map};

/// A folder of the file system.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    mmap: bool,
}

impl Folder {
    pub(crate) fn new(path: &Path, mmap: bool) -> Folder {
        Folder { path: path.to_owned(), mmap }
    }
}

impl Medium for Folder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn prepare(&self) -> io::Result<()> {
        if self.path.is_dir() {
            return Ok(());
        }
        // Each folder that is missing is made, then its name is synced in the one above it.
        let missing: Vec<&Path> =
            self.path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        fs::create_dir_all(&self.path)?;
        for made in missing {
            match made.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent)?,
                _ => sync_folder(Path::new("."))?,
            }
        }
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            // A name that is not text is not one of ours, but tells that the folder is in other use.
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            // A link is what it leads to; removing and renaming concern the link alone.
            let regular = kind.is_file()
                || (kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|file| file.is_file()));
            names.push(if regular { name } else { format!("{name}/") });
        }
        Ok(names)
    }

    fn stamp(&self, name: &str) -> io::Result<Stamp> {
        Ok(stamp(&fs::metadata(self.path.join(name))?))
    }

    fn read(&self, name: &str) -> io::Result<Bytes> {
        let mut file = File::open(self.path.join(name))?;
        let Stamp { len, identity } = stamp(&file.metadata()?);
        let len = usize::try_from(len).map_err(|_| {
            io::Error::new(io::ErrorKind::FileTooLarge, "the file does not fit the address space")
        })?;
        if self.mmap && len > 0 {
            return Ok(Bytes::mapped(map::map(&file)?).with_identity(identity));
        }
        Ok(Bytes::filled(len, |place| file.read_exact(place))?.with_identity(identity))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Append>> {
        let path = self.path.join(name);
        // Never open a file that exists for writing: someone may have it mapped.
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&path)?;
                Ok(Box::new(Writing::new(
                    OpenOptions::new().read(true).write(true).create_new(true).open(&path)?,
                )))
            }
            opened => Ok(Box::new(Writing::new(opened?))),
        }
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        // Windows syncs only what is open for writing.
        OpenOptions::new().read(true).write(cfg!(windows)).open(self.path.join(name))?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    /// A second name, then without the first one: of all that the standard library has, only that fails where there is such a
    /// file. Some file systems have no second names; there, and on Windows, where the lock alone keeps other writers away,
    /// it is looked for before.
    fn publish(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.path.join(from), self.path.join(to));
        if cfg!(unix) {
            match fs::hard_link(&from, &to) {
                // The next writer removes the first name, if this one cannot.
                Ok(()) => return fs::remove_file(&from).or(Ok(())),
                Err(error) if has_no_links(&error) => {}
                Err(error) => return Err(error),
            }
        }
        match fs::symlink_metadata(&to) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
            Err(error) => Err(error),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn lock(&self) -> Result<Box<dyn Lock>, LockError> {
        Ok(Box::new(FileLock::take(&self.path)?))
    }
}

/// The same file, and not written to since: the inode of the device, which nobody else can have while it is mapped, and when it
/// was last written to, for it may be written over where it lies. A second name or another one changes neither.
#[cfg(unix)]
fn stamp(file: &fs::Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let facts = [file.dev(), file.ino(), file.mtime().cast_unsigned(), file.mtime_nsec().cast_unsigned()];
    Stamp { len: file.len(), identity: checksum(&facts.map(u64::to_le_bytes).concat()) }
}

/// When it was made and last written to: elsewhere the standard library does not tell two files apart.
#[cfg(not(unix))]
fn stamp(file: &fs::Metadata) -> Stamp {
    let nanoseconds = |time: io::Result<std::time::SystemTime>| {
        let since = time.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        since.map_or(0, |since| since.as_nanos())
    };
    let facts = [nanoseconds(file.created()), nanoseconds(file.modified())];
    Stamp { len: file.len(), identity: checksum(&facts.map(u128::to_le_bytes).concat()) }
}

/// Whether a file system answers like this that it knows no second names for a file.
fn has_no_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be opened for syncing; the file system's journal keeps names in order.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
