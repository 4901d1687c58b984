//! The writer's lock: the kernel holds it for the process, and drops it when the process is gone.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    error::Holder,
    medium::LockError,
    name::{HOLDER, LOCK},
};

/// How often a lock is asked for whose holder has no name. That holder has just taken it, or has just let it go while a
/// process that its own was starting still had its open files; either lasts for a moment only.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(2);

/// The lock of one folder, held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    holder: PathBuf,
    /// Closing it is what gives the lock up.
    _file: File,
}

impl Lock {
    /// Takes the lock of the folder, and says so in a file beside it.
    ///
    /// The file of a dead process is simply written over: what counts is the kernel's lock, never that file.
    pub(crate) fn take(folder: &Path) -> Result<Lock, LockError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(LOCK))
            .map_err(LockError::Io)?;
        let holder = folder.join(HOLDER);
        let mut attempts = 0;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::Error(error) => return Err(LockError::Io(error)),
                TryLockError::WouldBlock => {
                    let named = fs::read_to_string(&holder).ok().and_then(|text| parse(&text));
                    if named.is_some() || attempts == ATTEMPTS {
                        return Err(LockError::Held(named));
                    }
                    attempts += 1;
                    thread::sleep(PAUSE);
                }
            }
        }
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        fs::write(&holder, format!("pid {}\nstarted {started}\n", process::id())).map_err(LockError::Io)?;
        Ok(Lock { holder, _file: file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Still locked here, so this cannot be the file of the next holder. If it stays, it is written over.
        let _ = fs::remove_file(&self.holder);
    }
}

fn parse(text: &str) -> Option<Holder> {
    let mut lines = text.lines();
    let pid = lines.next()?.strip_prefix("pid ")?.parse().ok()?;
    let started = lines.next()?.strip_prefix("started ")?.parse().ok()?;
    Some(Holder { pid, started })
}
