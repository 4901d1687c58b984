//! A pack as a medium: a folder that holds one segment and cannot be written.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{PackError, layout};
use crate::{
    Medium, Options,
    medium::{Append, Bytes, Folder, Lock, LockError, Stamp},
    name::{Name, STORE, Span},
    store_id,
};

/// The generations of a pack's segment: one commit.
pub(super) const SPAN: Span = Span { first: 1, last: 1 };

/// The number of the store that its segment says it is of; none that is drawn is zero.
pub(super) const NUMBER: u64 = 0;

/// The name that it would have in a folder. A pack is synced before it gets its own.
const NAME: Name = Name { span: SPAN, durable: true };

/// The file of a pack.
#[derive(Debug)]
pub(super) struct Mount {
    path: PathBuf,
    folder: Folder,
    name: String,
}

impl Mount {
    pub(super) fn new(path: &Path, options: Options) -> Result<Mount, PackError> {
        let (folder, name) = split(path).map_err(|source| PackError::Io { path: path.to_owned(), source })?;
        Ok(Mount { path: path.to_owned(), folder: Folder::new(folder, options.mmap), name })
    }

    /// The whole file.
    pub(super) fn file(&self) -> Result<Bytes, PackError> {
        let refused = |source| PackError::Io { path: self.path.clone(), source };
        if self.path.is_dir() {
            return Err(PackError::NotAPack { path: self.path.clone() });
        }
        self.folder.read(&self.name).map_err(refused)
    }
}

/// The folder and the name of a file.
pub(super) fn split(path: &Path) -> io::Result<(&Path, String)> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "the path does not name a file");
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(invalid)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder, name.to_owned()))
}

fn read_only<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Medium for Mount {
    fn path(&self) -> &Path {
        &self.path
    }

    /// The one file that there is. Offsets in messages count from where its segment begins.
    fn locate(&self, _: &str) -> PathBuf {
        self.path.clone()
    }

    fn prepare(&self) -> io::Result<()> {
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(vec![NAME.to_string()])
    }

    fn stamp(&self, name: &str) -> io::Result<Stamp> {
        Ok(self.read(name)?.stamp())
    }

    /// The part of the file that is a segment, which is that of a store with the number 0.
    fn read(&self, name: &str) -> io::Result<Bytes> {
        if name == STORE {
            return Ok(Bytes::from(store_id::text(NUMBER).as_bytes()));
        }
        if name != NAME.to_string() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = self.folder.read(&self.name)?;
        let offset = layout::read(&file, &self.path).ok().and_then(layout::segment_offset);
        Ok(file.skip(offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(usize::MAX)))
    }

    fn create(&self, _: &str) -> io::Result<Box<dyn Append>> {
        read_only()
    }

    fn sync(&self, _: &str) -> io::Result<()> {
        read_only()
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        read_only()
    }

    fn publish(&self, _: &str, _: &str) -> io::Result<()> {
        read_only()
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        read_only()
    }

    fn sync_folder(&self) -> io::Result<()> {
        read_only()
    }

    fn lock(&self) -> Result<Box<dyn Lock>, LockError> {
        read_only().map_err(LockError::Io)
    }
}
