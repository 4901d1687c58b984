//! The writer's lock: the kernel holds it for the process, and drops it when the process is gone.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    error::Holder,
    medium::{self, LockError},
    name::{HOLDER, LOCK},
};

/// How often a lock is asked for whose holder has no name. That holder has just taken it, or has just let it go while a
/// process that its own was starting still had its open files; either lasts for a moment only.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(2);

/// The lock of one folder, held until dropped.
#[derive(Debug)]
pub(crate) struct FileLock {
    path: PathBuf,
    holder: PathBuf,
    /// Closing it is what gives the lock up.
    file: File,
}

impl FileLock {
    /// Takes the lock of the folder, and says so in a file beside it.
    ///
    /// The file of a dead process is simply written over: what counts is the kernel's lock, never that file.
    pub(crate) fn take(folder: &Path) -> Result<FileLock, LockError> {
        let (path, holder) = (folder.join(LOCK), folder.join(HOLDER));
        let mut attempts = 0;
        loop {
            let file = open(&path).map_err(LockError::Io)?;
            match file.try_lock() {
                Ok(()) => {
                    let lock = FileLock { path: path.clone(), holder: holder.clone(), file };
                    // Somebody may have deleted the file after it was opened.
                    if medium::Lock::is_held(&lock).map_err(LockError::Io)? {
                        lock.name_holder().map_err(LockError::Io)?;
                        return Ok(lock);
                    }
                }
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
                Err(TryLockError::WouldBlock) => {
                    let named = fs::read_to_string(&holder).ok().and_then(|text| parse(&text));
                    if named.is_some() {
                        return Err(LockError::Held(named));
                    }
                }
            }
            if attempts == ATTEMPTS {
                return Err(LockError::Held(None));
            }
            attempts += 1;
            thread::sleep(PAUSE);
        }
    }

    fn name_holder(&self) -> io::Result<()> {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        fs::write(&self.holder, format!("pid {}\nstarted {started}\n", process::id()))
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        // For reading and writing, not for deleting: while it is open, neither the file nor its folder can be deleted or
        // moved. So what is held stays what is there.
        const FILE_SHARE_READ: u32 = 1;
        const FILE_SHARE_WRITE: u32 = 2;
        options.share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE);
    }
    options.open(path)
}

impl medium::Lock for FileLock {
    /// Whether the file at the path is still the one that is open: the same inode of the same device.
    #[cfg(unix)]
    fn is_held(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let held = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(found) => Ok((found.dev(), found.ino()) == (held.dev(), held.ino())),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// On Windows it cannot be deleted or moved while it is open. The standard library does not tell two files apart there, nor
    /// on what is neither of the two; there it is only looked whether there is one.
    #[cfg(not(unix))]
    fn is_held(&self) -> io::Result<bool> {
        self.file.metadata()?;
        fs::exists(&self.path)
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Still locked here, so this cannot be the file of the next holder, unless the lock's own file was taken away. If it
        // stays, it is written over.
        if medium::Lock::is_held(self).unwrap_or(false) {
            let _ = fs::remove_file(&self.holder);
        }
    }
}

fn parse(text: &str) -> Option<Holder> {
    let mut lines = text.lines();
    let pid = lines.next()?.strip_prefix("pid ")?.parse().ok()?;
    let started = lines.next()?.strip_prefix("started ")?.parse().ok()?;
    Some(Holder { pid, started })
}
