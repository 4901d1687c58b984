//! Merging all segments into one.

use std::sync::Arc;

use crate::{
    Compaction,
    error::WriteError,
    layout::wide,
    name::{self, Span},
    segment::SegmentWriter,
    snapshot::Snapshot,
    writer::{Writer, publish_file, remove_covered, write_out},
};

impl Writer {
    /// Merges everything live into one segment, without the records that others override, the tombstones, and what is
    /// damaged. The batch goes on meanwhile, and so do commits, except for a moment at the end.
    ///
    /// Reads and writes all live records once, and needs as much free space. Keeps 32 bytes of memory per record. The
    /// result is always synced. Does nothing when there is nothing to gain, and then syncs nothing either:
    /// [`Compaction::segments`] is 0.
    ///
    /// # Errors
    /// [`WriteError`]; the store holds what it held.
    pub fn compact(&self) -> Result<Compaction, WriteError> {
        let _compacting = self.compacting.lock();
        let shared = self.shared();
        let snapshot = shared.snapshot();
        let (Some(first), Some(last)) = (snapshot.segments.first(), snapshot.segments.last()) else {
            return Ok(Compaction::default());
        };
        if snapshot.is_compact() {
            return Ok(Compaction::default());
        }
        // Also covers what is quarantined at the very beginning.
        let first =
            snapshot.listing.first().map_or(first.span.first, |span| span.first.min(first.span.first));
        let span = Span { first, last: last.span.last };
        let temporary = name::temporary("compact");
        let merged = self.merge(&snapshot, span, &temporary);
        if merged.is_err() {
            let _ = shared.medium.remove(&temporary);
        }
        merged
    }

    fn merge(&self, snapshot: &Arc<Snapshot>, span: Span, temporary: &str) -> Result<Compaction, WriteError> {
        let shared = self.shared();
        let (merged, corrupt) = copy_live(&*shared.medium, snapshot, span, temporary)?;
        let records = merged.records();
        let (segment, bytes) = write_out(shared, merged, true)?;

        // Commits wait from here: only they and this replace the snapshot and the list of what is not synced.
        let mut batch = self.batch.lock();
        let before = shared.snapshot();
        let after = {
            let _changing = shared.changing.lock();
            publish_file(shared, segment)?
        };
        batch.names_unsynced = true;
        batch.unsynced.retain(|unsynced| unsynced.last > span.last);
        batch.unsyncable = batch.unsyncable.filter(|unsyncable| unsyncable.last > span.last);
        // Before this the old segments are still needed: the new name may not survive.
        self.sync_names(&mut batch)?;
        drop(batch);
        remove_covered(shared, &after);
        Ok(Compaction {
            segments: wide(snapshot.segments.len()),
            records,
            dropped: snapshot.segments.iter().map(|s| s.footer.records).sum::<u64>().saturating_sub(records),
            corrupt,
            bytes,
            freed: file_bytes(&before).saturating_sub(file_bytes(&after)),
        })
    }
}

/// Copies the live records, in the order in which they lie. Returns how many were damaged and are left out.
fn copy_live(
    medium: &dyn crate::Medium,
    snapshot: &Snapshot,
    span: Span,
    temporary: &str,
) -> Result<(SegmentWriter, u64), WriteError> {
    let path = medium.path().join(temporary);
    let mut out = SegmentWriter::create(medium, temporary.to_owned(), span)
        .map_err(|e| WriteError::io("creating", path.clone(), e))?;
    let mut corrupt = 0;
    for &(segment, offset) in &snapshot.live().places {
        let Some(segment) = snapshot.segments.get(segment) else { continue };
        // The payload keeps the checksum that it was put with.
        let intact = segment
            .header(offset)
            .and_then(|header| segment.payload(offset, &header).map(|range| (header, range)));
        let Ok((header, range)) = intact else {
            corrupt += 1;
            continue;
        };
        out.append(header, segment.bytes().get(range).unwrap_or_default())
            .map_err(|e| WriteError::io("writing", path.clone(), e))?;
    }
    Ok((out, corrupt))
}

fn file_bytes(snapshot: &Snapshot) -> u64 {
    snapshot.segments.iter().map(|segment| wide(segment.bytes().len())).fold(0, u64::saturating_add)
}
