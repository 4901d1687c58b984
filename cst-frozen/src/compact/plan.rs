//! Which segments are worth merging.

use std::{ops::Range, sync::Arc};

use crate::{index::Entry, layout::wide, name::Span, segment::Segment, snapshot::Snapshot};

/// So many neighbours are merged at least. More of them would copy less, and leave more segments to look into.
const FEWEST: usize = 4;

/// With more segments than this all are merged, however they lie.
const MOST: usize = 64;

/// Segments up to this size are of one size.
const SMALLEST: u64 = 64 << 10;

/// A segment of which one part in so many is live is written anew, with all that is newer.
const MOST_DEAD: u64 = 2;

/// How many entries of an index are looked up to estimate how many are dead.
const SAMPLE: usize = 256;

/// The segments to merge next, by their places in the snapshot; nothing when none is worth it.
pub(super) fn next(snapshot: &Snapshot) -> Option<Range<usize>> {
    let first = snapshot.first_whole();
    let segments = snapshot.segments.get(first..).unwrap_or_default();
    let last = segments.len().checked_sub(1)?;
    // Beyond, and where it overlaps in part, a merge does not take its place, and would be worth it for ever.
    let whole = Span { first: segments.first()?.span().first, last: snapshot.tip() };
    let is_damaged = segments.iter().any(|segment| segment.is_mended())
        || (snapshot.gaps.is_empty()
            && snapshot.quarantined.iter().any(|bad| !bad.is_foreign() && whole.covers(bad.name.span)));
    let run = if is_damaged {
        Some(0..last + 1)
    } else {
        let sizes: Vec<u64> =
            segments.iter().map(|segment| wide(segment.bytes().len()).max(SMALLEST)).collect();
        alike(&sizes).or_else(|| mostly_dead(snapshot, segments))
    };
    run.map(|run| run.start + first..run.end + first)
}

/// Neighbours of which the largest is no larger than half of the others together, the smallest first. So whatever is
/// copied lies in a segment of at least three times the size afterwards, and is copied no more often than sizes triple.
fn alike(sizes: &[u64]) -> Option<Range<usize>> {
    if sizes.len() > MOST {
        return Some(0..sizes.len());
    }
    let mut limits = sizes.to_vec();
    limits.sort_unstable();
    limits.dedup();
    limits.into_iter().find_map(|limit| {
        let mut start = 0;
        while start < sizes.len() {
            let run = sizes.get(start..)?.iter().take_while(|&&size| size <= limit);
            let (len, sum, largest) = run.fold((0, 0u64, 0), |(len, sum, largest), &size| {
                (len + 1, sum.saturating_add(size), size.max(largest))
            });
            if len >= FEWEST && (sum - largest) / 2 >= largest {
                return Some(start..start + len);
            }
            start += len + 1;
        }
        None
    })
}

/// From the oldest segment on that is mostly dead. At least two, unless there are no more: a segment may take the place of
/// one of its own name only where readers that keep the old one see the same.
fn mostly_dead(snapshot: &Snapshot, segments: &[Arc<Segment>]) -> Option<Range<usize>> {
    let count = segments.len();
    let first = (0..count).find(|&at| is_mostly_dead(snapshot, segments, at))?;
    Some(first.min(count.saturating_sub(2))..count)
}

/// An estimate: entries are sorted by hash, so those at even distances are a fair sample of the records.
fn is_mostly_dead(snapshot: &Snapshot, segments: &[Arc<Segment>], at: usize) -> bool {
    let Some(segment) = segments.get(at) else { return false };
    let newer = segments.get(at + 1..).unwrap_or_default();
    let older = segments.get(..at).unwrap_or_default();
    let is_gone =
        |entry: Entry| entry.place.is_tombstone() && snapshot.gaps.is_empty() && !has(older, entry.tag);
    let (mut seen, mut dead) = (0u64, 0u64);
    for entry in segment.table().sample(SAMPLE) {
        let Ok(header) = segment.header(entry.place.offset()) else { continue };
        let newest_here =
            segment.table().find(entry.tag).next().is_some_and(|(_, place)| place == entry.place);
        let needed = newest_here && !has(newer, entry.tag) && !is_gone(entry);
        seen = seen.saturating_add(header.frame_len());
        dead = dead.saturating_add(if needed { 0 } else { header.frame_len() });
    }
    seen > 0 && dead.saturating_mul(MOST_DEAD) >= seen
}

fn has(segments: &[Arc<Segment>], tag: u64) -> bool {
    segments.iter().any(|other| other.table().find(tag).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_neighbours_come_first() {
        assert_eq!(alike(&[]), None);
        assert_eq!(alike(&[1, 1, 1]), None);
        assert_eq!(alike(&[1, 1, 1, 1]), Some(0..4));
        assert_eq!(alike(&[64, 1, 1, 1]), None);
        assert_eq!(alike(&[64, 16, 4, 1]), None);
        assert_eq!(alike(&[64, 64, 64, 64, 1, 1, 1, 1, 1]), Some(4..9));
        assert_eq!(alike(&[64, 64, 64, 64, 1, 1]), Some(0..6));
        assert_eq!(alike(&[4, 1, 16, 1, 1, 1]), None);
        assert_eq!(alike(&[64, 4, 2, 2, 4, 4, 16]), Some(1..6));
        assert_eq!(alike(&[1 << 40; MOST + 1]), Some(0..MOST + 1));
    }

    #[test]
    fn appending_leaves_few_segments_and_copies_little() {
        let (mut sizes, mut copied) = (Vec::new(), 0);
        for commit in 1..=4096u64 {
            sizes.push(1);
            while let Some(run) = alike(&sizes) {
                let merged: u64 = sizes.drain(run.clone()).sum();
                copied += merged;
                sizes.insert(run.start, merged);
            }
            assert!(sizes.len() <= 16, "{} segments after {commit} commits", sizes.len());
        }
        assert_eq!(sizes.iter().sum::<u64>(), 4096);
        // Sizes triple less than eight times.
        assert!(copied <= 4096 * 8, "each byte copied {} times", copied / 4096);
    }
}
