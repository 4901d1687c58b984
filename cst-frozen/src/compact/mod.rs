//! Merging segments: all at once, or as much as is worth it, step by step.

mod background;
mod copy;
mod plan;

pub use background::{Compactor, Pace, Progress};
pub(crate) use copy::Merge;

use std::{ops::Range, sync::Arc};

use copy::Copied;

use crate::{
    Compaction, Step,
    care::{Watch, unwatched},
    error::WriteError,
    layout::wide,
    publish::{covered, remove},
    segment::Segment,
    snapshot::Snapshot,
    writer::Writer,
};

/// After so many bytes a compaction tells how far it is.
const WATCHED: u64 = 4 << 20;

impl Writer {
    /// Merges everything live into one segment, without the records that others override, the tombstones, and what is
    /// damaged. The batch goes on meanwhile, and so do commits, except for a moment at the end.
    ///
    /// Reads and writes all live records once, and needs as much free space. Keeps 16 bytes of memory per record. The
    /// result is always synced. Does nothing when there is nothing to gain, and then syncs nothing either:
    /// [`Compaction::segments`] is 0. A merge that [`Writer::compact_step`] has begun is given up.
    ///
    /// Where a commit that was made durable cannot be read, only what was committed after it is merged: what was before waits
    /// for a [`repair`](crate::care::repair()).
    ///
    /// # Errors
    /// [`WriteError`]; the store holds what it held.
    pub fn compact(&self) -> Result<Compaction, WriteError> {
        let compaction = self.compact_while(&mut unwatched)?;
        // Nobody has asked for its end.
        Ok(compaction.unwrap_or_default())
    }

    /// [`Writer::compact`] for as long as `watch` says; nothing once it has asked for the end. It is told how many bytes of the
    /// store were gone through, every few megabytes.
    ///
    /// # Errors
    /// [`WriteError`]; the store holds what it held, as it does where `watch` has ended it.
    pub fn compact_while(&self, watch: Watch<'_>) -> Result<Option<Compaction>, WriteError> {
        self.still_held()?;
        let mut merging = self.merging.lock();
        self.abandon_merge(&mut merging);
        self.name_volatile(&mut self.published.lock())?;
        let snapshot = self.shared().snapshot();
        let whole = snapshot.first_whole()..snapshot.segments.len();
        if whole.is_empty() || snapshot.is_compact() {
            return Ok(Some(Compaction::default()));
        }
        self.merge_all(&mut merging, snapshot, whole, watch)
    }

    /// [`Writer::compact`] of what a repair has left: also across what is missing, which then is missing for good.
    pub(crate) fn compact_past_gaps(&self) -> Result<Compaction, WriteError> {
        let mut merging = self.merging.lock();
        self.abandon_merge(&mut merging);
        self.name_volatile(&mut self.published.lock())?;
        let snapshot = Arc::new(self.shared().snapshot().past_gaps());
        if snapshot.segments.is_empty() || (snapshot.is_compact() && self.shared().snapshot().gaps.is_empty())
        {
            return Ok(Compaction::default());
        }
        let all = 0..snapshot.segments.len();
        Ok(self.merge_all(&mut merging, snapshot, all, &mut unwatched)?.unwrap_or_default())
    }

    fn merge_all(
        &self,
        merging: &mut Option<Merge>,
        snapshot: Arc<Snapshot>,
        run: Range<usize>,
        watch: Watch<'_>,
    ) -> Result<Option<Compaction>, WriteError> {
        *merging = Some(Merge::begin(self.shared(), self.store, snapshot, run)?);
        loop {
            match self.step(merging, WATCHED)? {
                Step::Merged(compaction) => return Ok(Some(compaction)),
                Step::Copied { bytes } if watch(bytes).is_break() => {
                    self.abandon_merge(merging);
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    /// Goes on with a merge of some segments, or begins one where that is worth it: of four neighbours that are alike in
    /// size, or of those from which at least half is dead. So the number of segments stays a logarithm of the store's
    /// size, and each record is copied a few times at most: [`Stats::write_amplification`](crate::Stats::write_amplification).
    ///
    /// Reads and copies about `bytes` of the store, at least one record. The last step of a merge also writes the index
    /// (16 bytes and a half of that again per record), syncs what was not synced yet, and holds commits up while it gives
    /// the file its name. For a timer or an idle moment, or see [`Compactor`]; nothing waits for it but [`Writer::compact`] and its like.
    ///
    /// # Errors
    /// [`WriteError`]; the merge is given up, the store holds what it held.
    pub fn compact_step(&self, bytes: u64) -> Result<Step, WriteError> {
        let mut merging = self.merging.lock();
        if merging.is_none() {
            // Also where there is nothing to do: who only asks now and then is told as well.
            self.still_held()?;
            self.name_volatile(&mut self.published.lock())?;
            let snapshot = self.shared().snapshot();
            let Some(run) = plan::next(&snapshot) else { return Ok(Step::Idle) };
            *merging = Some(Merge::begin(self.shared(), self.store, snapshot, run)?);
        }
        self.step(&mut merging, bytes)
    }

    /// One step of the merge that is under way.
    pub(crate) fn step(&self, merging: &mut Option<Merge>, bytes: u64) -> Result<Step, WriteError> {
        let Some(merge) = merging else { return Ok(Step::Idle) };
        let copied = merge.copy(self.shared(), bytes);
        let outcome = match copied {
            Ok(Copied::Some(bytes)) => return Ok(Step::Copied { bytes }),
            Ok(Copied::All) => match merging.take() {
                Some(merge) => {
                    let temporary = merge.temporary().to_owned();
                    let merged = self.publish_merge(merge);
                    if merged.is_err() {
                        let _ = self.shared().medium.remove(&temporary);
                    }
                    return merged.map(Step::Merged).map_err(|error| self.blame(error));
                }
                None => return Ok(Step::Idle),
            },
            Ok(Copied::Damage(bytes)) => {
                let (snapshot, last) = (merge.snapshot(), merge.run().end);
                self.abandon_merge(merging);
                let first = snapshot.first_whole();
                Merge::begin(self.shared(), self.store, snapshot, first..last).map(|merge| {
                    *merging = Some(merge);
                    Step::Copied { bytes }
                })
            }
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            self.abandon_merge(merging);
        }
        outcome
    }

    fn publish_merge(&self, merge: Merge) -> Result<Compaction, WriteError> {
        let shared = self.shared();
        let (snapshot, run, span) = (merge.snapshot(), merge.run(), merge.span());
        let (mut merged, corrupt) = merge.into_parts();
        let records = merged.records();
        // Synced in any case, but it vouches for what was before it only where that was synced, too.
        merged.vouches = self.published.lock().unsynced.iter().all(|unsynced| unsynced.first >= span.first);
        let (segment, bytes) = self.write_out(merged, true)?;

        // Commits wait from here: only they and this replace the snapshot and the list of what is not synced.
        let mut published = self.published.lock();
        if published.names_unsynced {
            // Earlier merges may have dropped what this one no longer guards against, so their names come first.
            self.sync_names(&mut published)?;
        }
        let before = shared.snapshot();
        let after = {
            let _changing = shared.changing.lock();
            self.publish_file(&segment.0, Arc::new(segment.1))?
        };
        shared.written.compacted(bytes);
        published.names_unsynced = true;
        published.replaced(span);
        // Before this the old segments are still needed: the new name may not survive.
        self.sync_names(&mut published)?;
        drop(published);
        // In a folder that is another one by now, the same names are other files.
        self.still_held()?;
        remove(shared, &covered(shared, &after, span));
        let merged = run_of(&snapshot, &run);
        Ok(Compaction {
            segments: wide(merged.len()),
            records,
            dropped: merged.iter().map(|s| s.footer.records).sum::<u64>().saturating_sub(records),
            corrupt,
            bytes,
            freed: before.file_bytes().saturating_sub(after.file_bytes()),
        })
    }

    /// Gives up the merge that is under way, if one is.
    pub(crate) fn abandon_merge(&self, merging: &mut Option<Merge>) {
        if let Some(merge) = merging.take() {
            let temporary = merge.temporary().to_owned();
            // Closed first: Windows does not remove an open file.
            drop(merge);
            let _ = self.shared().medium.remove(&temporary);
        }
    }
}

fn run_of<'s>(snapshot: &'s Snapshot, run: &Range<usize>) -> &'s [Arc<Segment>] {
    snapshot.segments.get(run.clone()).unwrap_or_default()
}
