//! What a store holds at one moment: which segments count, and which records in them.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use crate::{
    Key,
    error::{Fault, OpenError, ReadError},
    index::Entry,
    layout::{self, VERSION, record, wide},
    medium::Medium,
    name::{self, Span},
    record::Header,
    segment::{Found, Reject, Segment},
    store_id,
};

/// An immutable list of segments. A new one takes its place when something changes.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// See [`store_id`].
    pub(crate) store: Option<u64>,
    /// Every segment file that was seen, whether it counts or not, in order.
    pub(crate) listing: Vec<Span>,
    /// The segments that count, oldest first; their spans do not overlap.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Files that are no use.
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) live: OnceLock<Live>,
}

/// A file that is named like a segment and does not count.
#[derive(Clone, Debug)]
pub(crate) struct Quarantined {
    pub(crate) span: Span,
    pub(crate) path: PathBuf,
    pub(crate) fault: Fault,
}

/// The records that count.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Segment and offset of each, in this order.
    pub(crate) places: Vec<(usize, u64)>,
    /// Bytes of all the other records, with headers and padding.
    pub(crate) dead_bytes: u64,
}

impl Snapshot {
    /// Reads the folder. Segments that `previous` has open are taken from it.
    pub(crate) fn load(medium: &dyn Medium, previous: &Snapshot) -> Result<Snapshot, OpenError> {
        // A segment that is listed and gone was merged into another one, which the next listing has.
        const ATTEMPTS: u32 = 100;
        let mut attempt = 0;
        loop {
            let store = store_id::read(medium);
            let known: &[Arc<Segment>] = if store == previous.store { &previous.segments } else { &[] };
            // What is new since then was just written.
            let fresh = !previous.listing.is_empty();
            match Snapshot::open(medium, store, list(medium)?, known, fresh) {
                Err(OpenError::Io { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                opened => return opened,
            }
        }
    }

    /// Whether the folder may hold something else than this snapshot does.
    pub(crate) fn is_stale(&self, medium: &dyn Medium) -> Result<bool, OpenError> {
        let names = names(medium)?;
        if !name::is_store(names.iter()) {
            return Err(OpenError::NotAStore { path: medium.path().to_owned() });
        }
        Ok(spans(&names) != self.listing || store_id::read(medium) != self.store)
    }

    fn open(
        medium: &dyn Medium,
        store: Option<u64>,
        listing: Vec<Span>,
        known: &[Arc<Segment>],
        fresh: bool,
    ) -> Result<Snapshot, OpenError> {
        let mut segments: Vec<Arc<Segment>> = Vec::new();
        let mut quarantined = Vec::new();
        // Wider spans come first, so what a sound segment covers is met after it.
        let mut covered = 0;
        for &span in &listing {
            if span.last <= covered {
                continue;
            }
            let path = medium.locate(&span.to_string());
            let opened = match known.iter().find(|segment| segment.span == span) {
                _ if span.first <= covered => Err(Fault::Overlap),
                Some(segment) => Ok(Arc::clone(segment)),
                None => open_segment(medium, span, path.clone(), fresh)?.map(Arc::new),
            };
            match opened {
                Ok(segment) => {
                    covered = span.last;
                    segments.push(segment);
                }
                Err(fault) => quarantined.push(Quarantined { span, path, fault }),
            }
        }
        cut_tail(&mut segments, &mut quarantined);
        Ok(Snapshot { store, listing, segments, quarantined, live: OnceLock::new() })
    }

    /// Bytes of the segments that count.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| wide(segment.bytes().len())).fold(0, u64::saturating_add)
    }

    /// The last generation that counts; zero in a store without commits.
    pub(crate) fn tip(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.span.last)
    }

    /// What the next commit covers: itself, and whatever lies between it and the last commit that counts, so that this
    /// can never count again.
    pub(crate) fn next_span(&self) -> Span {
        let top = self.listing.iter().map(|span| span.last).max().unwrap_or(0).max(self.tip());
        Span { first: self.tip().saturating_add(1), last: top.saturating_add(1) }
    }

    /// Index of the first segment that may be gone after a power failure; all before it are synced.
    pub(crate) fn first_unsynced(&self) -> usize {
        self.segments.iter().rposition(|segment| segment.footer.durable).map_or(0, |durable| durable + 1)
    }

    /// The snapshot with one more segment, instead of all that it covers.
    pub(crate) fn with(&self, segment: Arc<Segment>) -> Snapshot {
        let span = segment.span;
        let covers = |other: Span| other.first >= span.first && other.last <= span.last;
        let mut listing: Vec<Span> = self.listing.iter().copied().filter(|&other| !covers(other)).collect();
        listing.push(span);
        listing.sort();
        let mut segments: Vec<Arc<Segment>> =
            self.segments.iter().filter(|other| !covers(other.span)).map(Arc::clone).collect();
        segments.push(segment);
        segments.sort_by_key(|segment| segment.span);
        let quarantined = self.quarantined.iter().filter(|bad| !covers(bad.span)).cloned().collect();
        Snapshot { store: self.store, listing, segments, quarantined, live: OnceLock::new() }
    }

    /// The snapshot with one more segment that has no name in the folder yet.
    pub(crate) fn with_volatile(&self, segment: Arc<Segment>) -> Snapshot {
        let mut segments = self.segments.clone();
        segments.push(segment);
        Snapshot {
            store: self.store,
            listing: self.listing.clone(),
            segments,
            quarantined: self.quarantined.clone(),
            live: OnceLock::new(),
        }
    }

    /// The record of `key` that counts, a put or a tombstone.
    pub(crate) fn find(&self, key: &Key) -> Result<Option<(&Arc<Segment>, Found)>, ReadError> {
        let tag = layout::tag(key);
        for segment in self.segments.iter().rev() {
            if let Some(found) = segment.find(key, tag)? {
                return Ok(Some((segment, found)));
            }
        }
        Ok(None)
    }

    /// The records that count; worked out once per snapshot. Walks all indexes, and reads headers only of records whose
    /// hash occurs more than once.
    pub(crate) fn live(&self) -> &Live {
        self.live.get_or_init(|| {
            let mut live = Live::default();
            let mut group: Vec<(usize, Entry)> = Vec::new();
            let mut merged = self.merged().peekable();
            while let Some(first) = merged.next() {
                group.clear();
                group.push(first);
                while let Some(next) = merged.next_if(|(_, entry)| entry.tag == first.1.tag) {
                    group.push(next);
                }
                self.judge(&group, &mut live);
            }
            live.places.sort_unstable();
            live
        })
    }

    /// All entries of all segments, by rising hash, newest first among equals.
    fn merged(&self) -> impl Iterator<Item = (usize, Entry)> + '_ {
        let mut cursors: Vec<_> = self.segments.iter().map(|segment| segment.table().entries()).collect();
        let mut heads = BinaryHeap::new();
        let mut pull = move |heads: &mut BinaryHeap<_>, segment: usize| {
            if let Some(entry) = cursors.get_mut(segment).and_then(Iterator::next) {
                heads.push((Reverse(entry.tag), segment, entry.place));
            }
        };
        for segment in 0..self.segments.len() {
            pull(&mut heads, segment);
        }
        std::iter::from_fn(move || {
            let (Reverse(tag), segment, place) = heads.pop()?;
            pull(&mut heads, segment);
            Some((segment, Entry { tag, place }))
        })
    }

    /// Sorts the entries of one hash, newest first, into live and dead.
    fn judge(&self, group: &[(usize, Entry)], live: &mut Live) {
        let header = |segment: usize, entry: &Entry| -> Option<Header> {
            self.segments.get(segment)?.header(entry.place.offset()).ok()
        };
        let mut seen: Vec<Key> = Vec::new();
        // An unreadable key may be that of any older entry, which then is in doubt, and doubt is a miss.
        let mut doubt = false;
        for &(segment, entry) in group {
            let (first_of_key, frame) = if group.len() == 1 {
                (true, None)
            } else if let Some(header) = header(segment, &entry) {
                let first = !doubt && !seen.contains(&header.key);
                seen.push(header.key);
                (first, Some(header.frame_len()))
            } else {
                doubt = true;
                (true, None)
            };
            if first_of_key && !entry.place.is_tombstone() {
                live.places.push((segment, entry.place.offset()));
            } else {
                live.dead_bytes = live.dead_bytes.saturating_add(frame.unwrap_or(wide(record::LEN)));
            }
        }
    }

    /// Whether compaction would change anything.
    pub(crate) fn is_compact(&self) -> bool {
        let tombstones: u64 = self.segments.iter().map(|segment| segment.footer.tombstones).sum();
        self.segments.len() <= 1
            && self.quarantined.is_empty()
            && tombstones == 0
            && self.live().dead_bytes == 0
            && self.segments.iter().all(|segment| !segment.is_rebuilt() && segment.footer.version == VERSION)
    }
}

/// Leaves out what was committed after something that is lost.
///
/// Commits that were not synced may be lost in any order when the power fails. What is left of them counts only as far
/// as nothing is missing before it, so that the store is what it was after some commit. A durable segment vouches for
/// everything before itself: a hole there is damage, and no reason to leave out what lies after it.
fn cut_tail(segments: &mut Vec<Arc<Segment>>, quarantined: &mut Vec<Quarantined>) {
    let sure = segments.iter().rposition(|segment| segment.footer.durable).map_or(0, |durable| durable + 1);
    let mut tip = sure.checked_sub(1).and_then(|i| segments.get(i)).map_or(0, |segment| segment.span.last);
    let connected = segments
        .iter()
        .skip(sure)
        .take_while(|segment| {
            let next = tip.checked_add(1) == Some(segment.span.first);
            tip = segment.span.last;
            next
        })
        .count();
    for segment in segments.drain(sure.saturating_add(connected)..) {
        let (span, path) = (segment.span, segment.path().clone());
        quarantined.push(Quarantined { span, path, fault: Fault::Orphan });
    }
}

fn open_segment(
    medium: &dyn Medium,
    span: Span,
    path: PathBuf,
    fresh: bool,
) -> Result<Result<Segment, Fault>, OpenError> {
    let bytes = medium.read(&span.to_string()).map_err(|source| OpenError::Io {
        doing: "opening",
        path: path.clone(),
        source,
    })?;
    if fresh {
        bytes.populate();
    }
    match Segment::open(span, path.clone(), bytes) {
        Ok(segment) => Ok(Ok(segment)),
        Err(Reject::Bad(fault)) => Ok(Err(fault)),
        Err(Reject::Version(found)) => Err(OpenError::Version { path, found, supported: VERSION }),
    }
}

/// The names in the folder.
pub(crate) fn names(medium: &dyn Medium) -> Result<Vec<String>, OpenError> {
    medium.list().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => OpenError::Missing { path: medium.path().to_owned() },
        io::ErrorKind::NotADirectory => OpenError::NotAStore { path: medium.path().to_owned() },
        _ => OpenError::Io { doing: "listing", path: medium.path().to_owned(), source },
    })
}

fn spans(names: &[String]) -> Vec<Span> {
    let mut spans: Vec<Span> = names.iter().filter_map(|name| Span::parse(name)).collect();
    spans.sort();
    spans
}

/// The segments in the folder, in order.
///
/// A listing that is made while files are renamed may miss both the old name and the new one. Two equal ones in
/// succession do not: whatever the second missed because it changed meanwhile, the first still had.
fn list(medium: &dyn Medium) -> Result<Vec<Span>, OpenError> {
    const ATTEMPTS: u32 = 100;
    let mut listing = spans(&names(medium)?);
    for _ in 0..ATTEMPTS {
        let again = spans(&names(medium)?);
        if again == listing {
            break;
        }
        listing = again;
    }
    Ok(listing)
}
