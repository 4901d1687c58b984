//! No store: one file per record, named by its key, in 256 folders.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Get, Key, Peer, Record, RecordStore, Room, missing};
use crate::error::Error;

/// One file per record.
pub const PEER: Peer = Peer {
    name: "files",
    about: "a file per record in 256 folders; all written, then the file system synced",
    only_inserts: false,
    open,
};

struct Files(PathBuf);

fn open(folder: &Path, _: Room) -> Result<Box<dyn RecordStore>, Error> {
    for shard in 0..=u8::MAX {
        let made = fs::create_dir(folder.join(format!("{shard:02x}")));
        made.map_err(Error::during("making folders"))?;
    }
    Ok(Box::new(Files(folder.to_owned())))
}

impl Files {
    fn path(&self, key: &Key) -> PathBuf {
        let mut name = String::with_capacity(2 * key.len() + 1);
        for (i, byte) in key.iter().enumerate() {
            const DIGITS: [char; 16] =
                ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
            name.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            if i == 0 {
                name.push('/');
            }
        }
        self.0.join(name)
    }

    fn put(&self, records: &[Record<'_>]) -> std::io::Result<()> {
        for (key, bytes) in records {
            fs::write(self.path(key), bytes)?;
        }
        self.sync(records)
    }

    /// One call for all of them: what lies on the file system of the folder, others' files included.
    #[cfg(target_os = "linux")]
    fn sync(&self, _: &[Record<'_>]) -> std::io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(&self.0)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync(&self, records: &[Record<'_>]) -> std::io::Result<()> {
        records.iter().try_for_each(|(key, _)| File::options().write(true).open(self.path(key))?.sync_all())
    }
}

impl RecordStore for Files {
    fn insert(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        self.put(records).map_err(Error::during("writing files"))
    }

    fn read(&self, work: &mut dyn FnMut(&Get<'_>) -> Result<(), Error>) -> Result<(), Error> {
        work(&|key, see| {
            let path = self.path(key);
            let bytes = fs::read(&path).map_err(|error| match error.kind() {
                ErrorKind::NotFound => missing(key),
                _ => Error::during(format!("reading {}", path.display()))(error),
            })?;
            see(&bytes);
            Ok(())
        })
    }
}
