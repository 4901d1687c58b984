//! Copying the live records of neighbouring segments to a new one, a bounded number of bytes at a time.
//!
//! A record is dropped only for what is in the run itself: a newer segment outside of it may not be synced yet, and if it
//! were lost, the record would have to be there. A tombstone is dropped when no older segment has its key.

use std::{ops::Range, sync::Arc};

use super::run_of;
use crate::{
    error::WriteError,
    layout::{self, ALIGN, wide},
    name::{self, Span},
    reader::Shared,
    record::{Header, Kind},
    segment::{Segment, SegmentWriter},
    snapshot::Snapshot,
};

/// A merge that is under way.
pub(crate) struct Merge {
    /// As of when it began. Segments of the run are neither changed nor replaced by anyone else.
    snapshot: Arc<Snapshot>,
    /// Which of its segments are merged.
    run: Range<usize>,
    out: SegmentWriter,
    /// The segment that is being copied.
    segment: usize,
    /// Where in it.
    offset: u64,
    /// Whether the bytes just before were no record.
    lost: bool,
    corrupt: u64,
    /// Records to leave out though they are live, by segment and offset, sorted.
    victims: Vec<(usize, u64)>,
}

/// How far a step came.
pub(super) enum Copied {
    /// So many bytes were gone through, and there are more.
    Some(u64),
    /// There are no more.
    All,
    /// A record is damaged, so an older one of its key must not be seen in its place, but may lie outside of the run: all
    /// the older segments have to be merged, too.
    Damage(u64),
}

impl Merge {
    /// Creates the file, of the store with this number.
    pub(crate) fn begin(
        shared: &Shared,
        store: u64,
        snapshot: Arc<Snapshot>,
        run: Range<usize>,
    ) -> Result<Merge, WriteError> {
        let merged = run_of(&snapshot, &run);
        let mut span = Span {
            first: merged.first().map_or(1, |segment| segment.span().first),
            last: merged.last().map_or(1, |segment| segment.span().last),
        };
        if run.start == 0 && snapshot.gaps.is_empty() {
            // Also covers what is missing or quarantined at the very beginning.
            span.first = 1;
        }
        let temporary = name::temporary("compact");
        let path = shared.medium.path().join(&temporary);
        let out = SegmentWriter::create(&*shared.medium, temporary, span, store)
            .map_err(|e| WriteError::io("creating", path, e))?;
        Ok(Merge {
            segment: run.start,
            run,
            snapshot,
            out,
            offset: wide(layout::header::LEN),
            lost: false,
            corrupt: 0,
            victims: Vec::new(),
        })
    }

    /// Leaves out some records of a merge of everything; `victims` is sorted.
    pub(crate) fn without(mut self, victims: Vec<(usize, u64)>) -> Merge {
        self.victims = victims;
        self
    }

    pub(super) fn temporary(&self) -> &str {
        &self.out.temporary
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    pub(super) fn run(&self) -> Range<usize> {
        self.run.clone()
    }

    pub(super) fn span(&self) -> Span {
        self.out.span
    }

    /// The new segment, and how many places were damaged.
    pub(super) fn into_parts(self) -> (SegmentWriter, u64) {
        (self.out, self.corrupt)
    }

    /// Goes through about `bytes` of the segments, in the order in which they lie.
    pub(super) fn copy(&mut self, shared: &Shared, bytes: u64) -> Result<Copied, WriteError> {
        let snapshot = Arc::clone(&self.snapshot);
        let mut seen = 0u64;
        while self.segment < self.run.end {
            let Some(segment) = snapshot.segments.get(self.segment) else { break };
            if self.offset >= segment.footer.index_offset {
                self.segment += 1;
                self.offset = wide(layout::header::LEN);
                self.lost = false;
                continue;
            }
            if seen > 0 && seen >= bytes {
                return Ok(Copied::Some(seen));
            }
            let offset = self.offset;
            let (sound, len) = match segment.header(offset) {
                Ok(header) => (self.copy_record(shared, segment, offset, header)?, header.frame_len()),
                // As when a segment is scanned: the next record is looked for at each place where one may be.
                Err(_) => (std::mem::replace(&mut self.lost, true), ALIGN),
            };
            seen = seen.saturating_add(len);
            self.offset = offset.saturating_add(len);
            if len != ALIGN {
                self.lost = false;
            }
            if !sound {
                self.corrupt += 1;
                if self.run.start > self.snapshot.first_whole() {
                    return Ok(Copied::Damage(seen));
                }
            }
        }
        Ok(Copied::All)
    }

    /// Copies a record if it is live; false when it is, and damaged.
    fn copy_record(
        &mut self,
        shared: &Shared,
        segment: &Segment,
        offset: u64,
        header: Header,
    ) -> Result<bool, WriteError> {
        let evicted = self.victims.binary_search(&(self.segment, offset)).is_ok();
        if evicted || !self.is_live(segment, offset, &header) {
            return Ok(true);
        }
        let Ok(payload) = segment.payload(offset, &header) else { return Ok(false) };
        // The payload keeps the checksum that it was put with.
        self.out
            .append(header, segment.bytes().get(payload).unwrap_or_default())
            .map_err(|e| WriteError::io("writing", shared.medium.path().join(&self.out.temporary), e))?;
        Ok(true)
    }

    /// Whether a record is still needed. Where a damaged one may be a newer one of its key, it is not: in doubt, a miss.
    fn is_live(&self, segment: &Segment, offset: u64, header: &Header) -> bool {
        let tag = layout::tag(&header.key);
        let has_none = |other: &Arc<Segment>| matches!(other.find(&header.key, tag), Ok(None));
        let newer = self.snapshot.segments.get(self.segment + 1..self.run.end).unwrap_or_default();
        if !matches!(segment.find(&header.key, tag), Ok(Some(found)) if found.offset == offset)
            || !newer.iter().all(has_none)
        {
            return false;
        }
        let older = self.snapshot.segments.get(..self.run.start).unwrap_or_default();
        // Where something older is missing, it may be just what the tombstone is for.
        header.kind != Kind::Tombstone || !self.snapshot.gaps.is_empty() || !older.iter().all(has_none)
    }
}
