//! Committing: a batch becomes a segment. Callers that come while another commit is under way share the next one.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use crate::{
    Commit, Durability,
    batch::{Published, State},
    error::WriteError,
    name::{Name, Span},
    publish::{covered, remove},
    segment::SegmentWriter,
    writer::Writer,
};

impl Writer {
    /// Publishes the batch: all of it becomes visible to [`Writer::reader`], to readers that are opened from now on, and
    /// to others when they refresh. Nothing of it was visible before, in no process and after no crash.
    ///
    /// With [`Durability::Volatile`], only readers of this process see it so far. With [`Durability::Fsync`], it is on disk when
    /// this returns, and so is every commit before it. An empty batch
    /// publishes nothing, unless `Fsync` is to make earlier commits durable: then it is a commit without records.
    ///
    /// Threads that call this while another commit is under way have their records in one batch, which is committed once
    /// for all of them, to the highest durability that one asked for: they share its syncs. Meanwhile records may be put;
    /// they belong to the batch after it.
    ///
    /// # Errors
    /// [`WriteError`]; the batch is given up, for every thread that put into it, and so is one that was begun while this
    /// one was being committed. What was committed before stays. One of the threads that are waiting for the batch gets the
    /// error itself, the others [`WriteError::Abandoned`]; a thread that has put into it and not yet called this is not
    /// told. Two errors come after the point of no return, when the batch is visible: when the folder cannot be synced (`doing`
    /// is `"syncing"`, `path` the folder), it may be gone after a power failure, and the next commit tries again; with
    /// [`WriteError::LockLost`], it is gone if the folder is, and nothing more can be committed by this writer.
    pub fn commit(&self, durability: Durability) -> Result<Commit, WriteError> {
        let number = {
            let mut batch = self.batch.lock();
            batch.callers += 1;
            batch.durability = batch.durability.max(durability);
            batch.number
        };
        let mut published = self.published.lock();
        match published.outcome(number) {
            Some(Some(commit)) => return Ok(commit),
            Some(None) => return Err(self.abandoned()),
            None => {}
        }
        // Nobody else has committed it, and nobody else can for as long as this holds what was published.
        let (taken, durability, callers) = {
            let mut batch = self.batch.lock();
            self.pending_bytes.store(0, Ordering::Relaxed);
            let durability = std::mem::take(&mut batch.durability);
            let taken = match std::mem::take(&mut batch.state) {
                // What was committed without a sync is to be told from then on from what a power failure has torn, and that
                // takes a file which says so.
                State::Empty if durability == Durability::Fsync && published.is_behind() => {
                    self.begin(None).map(|pending| State::Open(Box::new(pending)))
                }
                state => Ok(state),
            };
            batch.number += 1;
            batch.before = if let Ok(State::Open(pending)) = &taken { Some(pending.span) } else { None };
            (taken, durability, std::mem::take(&mut batch.callers))
        };
        let committed = taken.and_then(|state| self.finish_commit(state, &mut published, durability));
        if callers > 1 {
            published.outcomes.insert(number, (committed.as_ref().ok().copied(), callers - 1));
        }
        committed
    }

    /// Commits a batch that was taken, and sees to the one that was begun meanwhile.
    pub(crate) fn finish_commit(
        &self,
        state: State,
        published: &mut Published,
        durability: Durability,
    ) -> Result<Commit, WriteError> {
        let committed = self
            .commit_taken(state, published, durability)
            // Whoever took the folder away meanwhile took the commit with it.
            .and_then(|commit| self.still_held().map(|()| commit))
            .map_err(|error| self.blame(error));
        let mut batch = self.batch.lock();
        // That one has a number which follows on one that is not there, if this one failed.
        let lost = batch.before.take().is_some_and(|span| self.shared().snapshot().tip() < span.last);
        if lost && matches!(batch.state, State::Open(_)) {
            self.give_up(&mut batch);
        }
        committed
    }

    fn commit_taken(
        &self,
        state: State,
        published: &mut Published,
        durability: Durability,
    ) -> Result<Commit, WriteError> {
        match state {
            State::Abandoned => Err(self.abandoned()),
            State::Empty => {
                if durability > Durability::Volatile {
                    self.name_volatile(published)?;
                }
                if durability == Durability::Fsync && published.names_unsynced {
                    self.sync_names(published)?;
                }
                Ok(Commit { generation: self.shared().snapshot().tip(), records: 0, bytes: 0 })
            }
            State::Open(pending) => {
                let temporary = pending.temporary.clone();
                let committed = match durability {
                    Durability::Volatile => self.show(published, *pending),
                    _ => self.publish(published, *pending, durability),
                };
                if committed.is_err() {
                    // After the point of no return there is no such file any more.
                    let _ = self.shared().medium.remove(&temporary);
                }
                committed
            }
        }
    }

    /// Makes a batch visible in this process, without giving its file a name.
    fn show(&self, published: &mut Published, pending: SegmentWriter) -> Result<Commit, WriteError> {
        let shared = self.shared();
        let (span, records, payload_bytes) = (pending.span, pending.records(), pending.payload_bytes());
        let ((temporary, segment), bytes) = self.write_out(pending, false)?;
        let _changing = shared.changing.lock();
        shared.replace(shared.snapshot().with_volatile(Arc::new(segment)));
        shared.written.committed(payload_bytes, bytes);
        published.volatile.push_back((temporary, span));
        Ok(Commit { generation: span.last, records, bytes })
    }

    /// Gives the files their names that have none yet.
    pub(crate) fn name_volatile(&self, published: &mut Published) -> Result<(), WriteError> {
        let shared = self.shared();
        while let Some((temporary, span)) = published.volatile.front() {
            let span = *span;
            let named = {
                let _changing = shared.changing.lock();
                let snapshot = shared.snapshot();
                let found = snapshot.segments.iter().find(|segment| segment.span() == span);
                let segment = found.ok_or_else(|| {
                    // Nobody reads the folder anew while there is one, so this is not to be expected; but it is no success.
                    let gone = io::Error::new(io::ErrorKind::NotFound, "not among the segments any more");
                    WriteError::io("naming", shared.medium.path().join(temporary), gone)
                })?;
                self.publish_file(temporary, Arc::clone(segment))?
            };
            published.volatile.pop_front();
            published.names_unsynced = true;
            published.unsynced.push(span);
            if span.first != span.last {
                remove(shared, &covered(shared, &named, span));
            }
        }
        Ok(())
    }

    fn publish(
        &self,
        published: &mut Published,
        pending: SegmentWriter,
        durability: Durability,
    ) -> Result<Commit, WriteError> {
        let shared = self.shared();
        let (span, records, payload_bytes) = (pending.span, pending.records(), pending.payload_bytes());
        let durable = durability == Durability::Fsync;
        self.name_volatile(published)?;
        if durable {
            // A durable segment vouches for all before it, names included, so these come first.
            self.sync_earlier(published)?;
        }
        let (segment, bytes) = self.write_out(pending, durable)?;
        let snapshot = {
            let _changing = shared.changing.lock();
            self.publish_file(&segment.0, Arc::new(segment.1))?
        };
        shared.written.committed(payload_bytes, bytes);
        published.names_unsynced = true;
        if !durable {
            published.unsynced.push(span);
        }
        if span.first != span.last {
            remove(shared, &covered(shared, &snapshot, span));
        }
        if durable {
            self.sync_names(published)?;
        }
        Ok(Commit { generation: span.last, records, bytes })
    }

    /// Makes durable what was committed without.
    fn sync_earlier(&self, published: &mut Published) -> Result<(), WriteError> {
        let medium = &*self.shared().medium;
        if let Some(span) = published.unsyncable {
            return Err(WriteError::NotDurable { path: medium.path().join(unsynced(span)) });
        }
        for &span in &published.unsynced {
            let path = medium.path().join(unsynced(span));
            if let Err(error) = medium.sync(&unsynced(span)) {
                // A sync that fails once and then succeeds proves nothing: the system may have dropped what it could
                // not write. Only writing the records anew, to another file, helps.
                published.unsyncable = Some(span);
                return Err(WriteError::io("syncing", path, error));
            }
        }
        published.unsynced.clear();
        if published.names_unsynced { self.sync_names(published) } else { Ok(()) }
    }

    pub(crate) fn sync_names(&self, published: &mut Published) -> Result<(), WriteError> {
        let medium = &*self.shared().medium;
        medium.sync_folder().map_err(|e| WriteError::io("syncing", medium.path().to_owned(), e))?;
        published.names_unsynced = false;
        Ok(())
    }

    pub(crate) fn abandoned(&self) -> WriteError {
        WriteError::Abandoned { path: self.shared().medium.path().to_owned() }
    }
}

/// The name of a segment that was published without being synced.
fn unsynced(span: Span) -> String {
    Name { span, durable: false }.to_string()
}

#[cfg(all(test, feature = "testkit"))]
mod tests {
    use std::{io::ErrorKind, thread};

    use super::*;
    use crate::{
        Options, Reader,
        testkit::{Disk, Failure},
    };

    #[test]
    fn all_who_wait_for_a_batch_are_told_how_it_ended() {
        for fails in [false, true] {
            let disk = Disk::new();
            let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
            let outcomes: Vec<_> = thread::scope(|scope| {
                let published = writer.published.lock();
                let threads: Vec<_> = (0..5)
                    .map(|n| {
                        writer.put(&[n; 32], b"record").unwrap();
                        scope.spawn(|| writer.commit(Durability::Fsync))
                    })
                    .collect();
                while writer.batch.lock().callers < 5 {
                    thread::yield_now();
                }
                if fails {
                    disk.fail_at(disk.operations() + 1, Failure::Error(ErrorKind::Other));
                }
                drop(published);
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let abandoned = |outcome: &&Result<_, _>| matches!(outcome, Err(WriteError::Abandoned { .. }));
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), if fails { 5 } else { 0 });
            assert_eq!(outcomes.iter().filter(abandoned).count(), if fails { 4 } else { 0 });
            assert!(writer.published.lock().outcomes.is_empty(), "nothing is kept");
            assert_eq!(writer.reader().stats().live_records, if fails { 0 } else { 5 });
            writer.put(&[9; 32], b"goes on").unwrap();
            writer.commit(Durability::Fsync).unwrap();
        }
    }

    #[test]
    fn a_batch_begun_during_a_commit_follows_on_it_or_is_given_up_with_it() {
        for fails in [false, true] {
            let disk = Disk::new();
            let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
            writer.put(&[1; 32], b"first").unwrap();
            let first = thread::scope(|scope| {
                // What a commit takes just before it gives the file its name.
                let changing = writer.shared().changing.lock();
                let first = scope.spawn(|| writer.commit(Durability::Buffered));
                while writer.batch.lock().before.is_none() {
                    thread::yield_now();
                }
                writer.put(&[2; 32], b"begun meanwhile").unwrap();
                if fails {
                    // Whichever it has come to: writing the file, reading it back, renaming it.
                    let next = disk.operations() + 1;
                    (next..next + 3).for_each(|n| disk.fail_at(n, Failure::Error(ErrorKind::Other)));
                }
                drop(changing);
                first.join().unwrap()
            });
            assert_eq!(first.is_err(), fails);
            let put = writer.put(&[3; 32], b"after");
            assert_eq!(matches!(put, Err(WriteError::Abandoned { .. })), fails);
            let second = writer.commit(Durability::Buffered);
            assert_eq!(second.is_err(), fails);
            writer.put(&[4; 32], b"goes on").unwrap();
            let last = writer.commit(Durability::Fsync).unwrap();
            assert_eq!(last.generation, if fails { 1 } else { 3 });
            drop(writer);
            let reader = Reader::open_on(Arc::new(disk), Options::default()).unwrap();
            assert_eq!(reader.stats().live_records, if fails { 1 } else { 4 });
            assert_eq!(reader.stats().quarantined_segments, 0);
        }
    }
}
