//! The simulated disk as a medium.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;

use super::{
    Failure, Survival,
    image::{Change, File, Image},
};
use crate::{
    layout::wide,
    medium::{Append, Bytes, Lock, LockError, Medium, Stamp},
};

/// A folder in memory that knows what of it was synced, and fails where it is told to. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    image: Image,
    operations: u64,
    failures: BTreeMap<u64, Failure>,
    crashed: bool,
    capacity: Option<u64>,
    read_only: bool,
    /// The lock that would be met by who asks for it, if somebody has it.
    lock: Weak<()>,
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub fn new() -> Disk {
        Disk::default()
    }

    fn with(image: Image) -> Disk {
        let disk = Disk::new();
        disk.state.lock().image = image;
        disk
    }

    /// How many operations took place, reading ones included.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// Lets the operation of this number fail; the first one is number 1.
    pub fn fail_at(&self, operation: u64, failure: Failure) {
        self.state.lock().failures.insert(operation, failure);
    }

    /// Takes the lock's file away from who holds it, as who deletes it does: the next one gets it.
    pub fn remove_lock(&self) {
        self.state.lock().lock = Weak::new();
    }

    /// Deletes all files, the lock's too, as who deletes the folder and makes it anew does; what was read stays.
    pub fn remove_all(&self) {
        let mut state = self.state.lock();
        state.lock = Weak::new();
        state.image.remove_all();
    }

    /// How many bytes all files together may have.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state.lock().capacity = bytes;
    }

    /// Whether nothing can be written, as on a file system that is mounted to be read.
    pub fn set_read_only(&self, read_only: bool) {
        self.state.lock().read_only = read_only;
    }

    /// Whether an operation was reached that is to crash.
    #[must_use]
    pub fn is_crashed(&self) -> bool {
        self.state.lock().crashed
    }

    /// What a new machine would find on this disk if this one stopped now.
    #[must_use]
    pub fn after_crash(&self, survival: Survival) -> Disk {
        Disk::with(self.state.lock().image.survivor(survival))
    }

    /// The names of all files.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.state.lock().image.names.keys().cloned().collect()
    }

    /// The contents of a file.
    #[must_use]
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state.lock();
        Some(state.image.files.get(*state.image.names.get(name)?)?.live.clone())
    }

    /// Replaces a file by another one, synced; what was read from it before stays as it was.
    pub fn set_contents(&self, name: &str, bytes: &[u8]) {
        let image = &mut self.state.lock().image;
        image.files.push(File { live: bytes.to_vec(), synced: bytes.to_vec() });
        image.change(Change { remove: None, add: Some((name.to_owned(), image.files.len() - 1)) });
        image.sync_names();
    }
}

impl State {
    /// Counts an operation, which fails when it was told to.
    fn operation(&mut self) -> io::Result<()> {
        self.operations += 1;
        if self.crashed {
            return Err(io::Error::other("the simulated machine has crashed"));
        }
        match self.failures.get(&self.operations) {
            None => Ok(()),
            Some(Failure::Error(kind)) => Err((*kind).into()),
            Some(Failure::LockRemoved) => {
                self.lock = Weak::new();
                Ok(())
            }
            Some(Failure::Crash) => {
                self.crashed = true;
                Err(io::Error::other("the simulated machine crashes"))
            }
        }
    }

    /// Counts an operation that changes something.
    fn change(&mut self) -> io::Result<()> {
        self.operation()?;
        if self.read_only { Err(io::ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(()) }
    }

    fn file(&self, name: &str) -> io::Result<usize> {
        self.image.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn used(&self) -> u64 {
        let len = |&file: &usize| self.image.files.get(file).map_or(0, |file| file.live.len());
        self.image.names.values().map(len).map(wide).sum()
    }
}

impl Medium for Disk {
    fn path(&self) -> &Path {
        Path::new("simulated")
    }

    fn prepare(&self) -> io::Result<()> {
        self.state.lock().operation()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.state.lock().operation()?;
        Ok(self.names())
    }

    fn read(&self, name: &str) -> io::Result<Bytes> {
        let mut state = self.state.lock();
        state.operation()?;
        let file = state.file(name)?;
        let bytes = state.image.files.get(file).map(|file| file.live.as_slice()).unwrap_or_default();
        Ok(Bytes::from(bytes).with_identity(wide(file)))
    }

    /// Files of this disk are never written over, so their numbers tell them apart.
    fn stamp(&self, name: &str) -> io::Result<Stamp> {
        let mut state = self.state.lock();
        state.operation()?;
        let file = state.file(name)?;
        let len = state.image.files.get(file).map_or(0, |file| wide(file.live.len()));
        Ok(Stamp { len, identity: wide(file) })
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Append>> {
        let mut state = self.state.lock();
        state.change()?;
        let file = state.image.files.len();
        state.image.files.push(File::default());
        state.image.change(Change { remove: None, add: Some((name.to_owned(), file)) });
        Ok(Box::new(Open { disk: self.clone(), file }))
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let file = self.state.lock().file(name)?;
        Open { disk: self.clone(), file }.sync()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.change()?;
        let file = state.file(from)?;
        state.image.change(Change { remove: Some(from.to_owned()), add: Some((to.to_owned(), file)) });
        Ok(())
    }

    /// Two changes of names: the machine may stop between them.
    fn publish(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.change()?;
        let file = state.file(from)?;
        if state.file(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.image.change(Change { remove: None, add: Some((to.to_owned(), file)) });
        state.image.change(Change { remove: Some(from.to_owned()), add: None });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.change()?;
        state.file(name)?;
        state.image.change(Change { remove: Some(name.to_owned()), add: None });
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operation()?;
        state.image.sync_names();
        Ok(())
    }

    fn lock(&self) -> Result<Box<dyn Lock>, LockError> {
        let mut state = self.state.lock();
        state.change().map_err(LockError::Io)?;
        if state.lock.strong_count() > 0 {
            return Err(LockError::Held(None));
        }
        let held = Arc::new(());
        state.lock = Arc::downgrade(&held);
        Ok(Box::new(DiskLock { disk: self.clone(), held }))
    }
}

/// The lock of a disk, held until dropped.
#[derive(Debug)]
struct DiskLock {
    disk: Disk,
    held: Arc<()>,
}

impl Lock for DiskLock {
    fn is_held(&self) -> io::Result<bool> {
        let mut state = self.disk.state.lock();
        state.operation()?;
        Ok(std::ptr::eq(state.lock.as_ptr(), Arc::as_ptr(&self.held)))
    }
}

/// A file being written.
struct Open {
    disk: Disk,
    file: usize,
}

impl Append for Open {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        let mut outcome = state.change();
        let room = state.capacity.map(|capacity| capacity.saturating_sub(state.used()));
        let mut bytes =
            if outcome.is_ok() { bytes } else { bytes.get(..bytes.len() / 2).unwrap_or_default() };
        if let Some(room) =
            room.and_then(|room| usize::try_from(room).ok()).filter(|&room| room < bytes.len())
        {
            bytes = bytes.get(..room).unwrap_or_default();
            outcome = Err(io::ErrorKind::StorageFull.into());
        }
        if let Some(file) = state.image.files.get_mut(self.file) {
            file.live.extend_from_slice(bytes);
        }
        outcome
    }

    fn read_back(&mut self, back: u64, place: &mut [u8]) -> io::Result<bool> {
        let mut state = self.disk.state.lock();
        state.operation()?;
        let live = state.image.files.get(self.file).map(|file| file.live.as_slice()).unwrap_or_default();
        let start = usize::try_from(back).ok().and_then(|back| live.len().checked_sub(back));
        let read = start.and_then(|start| live.get(start..)?.get(..place.len()));
        place.copy_from_slice(read.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(true)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        state.operation()?;
        if let Some(file) = state.image.files.get_mut(self.file) {
            file.synced.clone_from(&file.live);
        }
        Ok(())
    }
}
