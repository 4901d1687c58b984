//! A file being written, whose contents go to the disk while more of them come.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    sync::mpsc::{self, SyncSender},
    thread::{self, JoinHandle},
};

use super::Append;
use crate::layout::wide;

/// After so many bytes the disk is put to work. A smaller file is left to its sync, if there is one.
const AHEAD: u64 = 32 << 20;

/// A file that is synced in pieces, beside the writing, once it is large: so the disk is not idle until the end, and at the
/// end little is left to wait for.
#[derive(Debug)]
pub(super) struct Writing {
    file: File,
    unsynced: u64,
    ahead: Option<Ahead>,
}

/// The thread that syncs, and what it is asked with.
#[derive(Debug)]
struct Ahead {
    ask: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Writing {
    pub(super) fn new(file: File) -> Writing {
        Writing { file, unsynced: 0, ahead: None }
    }

    /// Asks for a sync of what is there, and does not wait for it. A thread that is still at the last one is not asked
    /// again: that would only queue up.
    fn sync_ahead(&mut self) -> io::Result<()> {
        if self.ahead.is_none() {
            let file = self.file.try_clone()?;
            let (ask, asked) = mpsc::sync_channel(1);
            let sync = move || asked.iter().try_for_each(|()| file.sync_data());
            let thread = thread::Builder::new().name("cst-frozen sync".to_owned()).spawn(sync)?;
            self.ahead = Some(Ahead { ask, thread });
        }
        // Full, or ended by an error that `settle` reports.
        let _ = self.ahead.as_ref().map(|ahead| ahead.ask.try_send(()));
        Ok(())
    }

    /// Waits for the thread. An error is reported to one sync only, so one that the thread got must not be lost.
    fn settle(&mut self) -> io::Result<()> {
        let Some(Ahead { ask, thread }) = self.ahead.take() else { return Ok(()) };
        drop(ask);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that syncs panicked")))
    }
}

impl Append for Writing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.unsynced = self.unsynced.saturating_add(wide(bytes.len()));
        if self.unsynced >= AHEAD {
            self.unsynced = 0;
            // Only for speed; where there is no thread to be had, the sync at the end does it all.
            let _ = self.sync_ahead();
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.settle()?;
        self.unsynced = 0;
        self.file.sync_all()
    }

    fn read_back(&mut self, back: u64, place: &mut [u8]) -> io::Result<bool> {
        let back = i64::try_from(back).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.file.seek(SeekFrom::End(-back))?;
        let read = self.file.read_exact(place);
        // Also after an error: what comes next belongs to the end.
        self.file.seek(SeekFrom::End(0))?;
        read.map(|()| true)
    }

    fn close(&mut self) -> io::Result<()> {
        self.settle()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Not closed before the thread is done: Windows does not remove or rename an open file.
        let _ = self.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_written_as_a_small_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut writing = Writing::new(File::create(&path).unwrap());
        let piece: Vec<u8> = (0..1u32 << 20).map(|i| (i % 251).to_le_bytes()[0]).collect();
        for n in 1..=100u64 {
            writing.append(&piece).unwrap();
            assert_eq!(writing.ahead.is_some(), n << 20 >= AHEAD);
        }
        writing.sync().unwrap();
        assert!(writing.ahead.is_none());
        writing.append(b"end").unwrap();
        writing.close().unwrap();
        drop(writing);
        let read = std::fs::read(&path).unwrap();
        assert_eq!(read.len(), (100 << 20) + 3);
        assert!(read.chunks(1 << 20).take(100).all(|chunk| chunk == piece));
    }

    #[test]
    fn an_error_beside_the_writing_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mut writing = Writing::new(File::create(folder.path().join("file")).unwrap());
        let (ask, asked) = mpsc::sync_channel(1);
        let failing = move || asked.iter().try_for_each(|()| Err(io::Error::other("worn out")));
        writing.ahead = Some(Ahead { ask, thread: thread::spawn(failing) });
        writing.sync_ahead().unwrap();
        writing.append(b"more").unwrap();
        assert_eq!(writing.close().unwrap_err().to_string(), "worn out");
    }
}
