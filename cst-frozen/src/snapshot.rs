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
    foreign,
    gap::{Gap, Standing, stand},
    index::Entry,
    layout::{self, VERSION, record, wide},
    listing,
    medium::Medium,
    name::{self, Name, Span},
    record::Header,
    segment::{Found, Reject, Segment},
    store_id::{self, StoreId},
};

/// An immutable list of segments. A new one takes its place when something changes.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// Whose segments these are, as far as that is known: nothing in a store without `STORE` and without segments that say it.
    pub(crate) owner: Option<u64>,
    /// What `STORE` said.
    store: StoreId,
    /// Every segment file that was seen, whether it counts or not, in order.
    pub(crate) listing: Vec<Name>,
    /// The segments that count, oldest first; their spans do not overlap.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Files that are no use, or not all of whose records are found; and all that are of other stores.
    pub(crate) quarantined: Vec<Quarantined>,
    /// What was made durable and cannot be read, oldest first.
    pub(crate) gaps: Vec<Gap>,
    /// The last generation that was made durable.
    durable_to: u64,
    /// Index of the first segment whose records are certain: zero, where nothing is missing.
    certain_from: usize,
    pub(crate) live: OnceLock<Live>,
}

/// A file that is named like a segment and does not count.
#[derive(Clone, Debug)]
pub(crate) struct Quarantined {
    pub(crate) name: Name,
    pub(crate) path: PathBuf,
    pub(crate) fault: Fault,
}

impl Quarantined {
    /// Whether nothing is wrong with it but whose it is.
    pub(crate) fn is_foreign(&self) -> bool {
        self.fault == Fault::Foreign
    }
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
            match Snapshot::open(medium, store_id::read(medium), listing::stable(medium)?, previous) {
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
        let gone = || OpenError::Gone { path: medium.path().to_owned() };
        let names = listing::names(medium).map_err(|error| match error {
            OpenError::Missing { .. } | OpenError::NotAStore { .. } => gone(),
            error => error,
        })?;
        if !name::is_store(names.iter()) {
            return Err(gone());
        }
        if listing::segments(&names) != self.listing || store_id::read(medium) != self.store {
            return Ok(true);
        }
        Ok(self.segments.iter().any(|segment| !segment.is_its_file(medium)))
    }

    fn open(
        medium: &dyn Medium,
        store: StoreId,
        listing: Vec<Name>,
        previous: &Snapshot,
    ) -> Result<Snapshot, OpenError> {
        let known: &[Arc<Segment>] = if store == previous.store { &previous.segments } else { &[] };
        // What is new since then was just written.
        let fresh = !previous.listing.is_empty();
        let own = foreign::own(medium, store, &listing)?;
        let mut segments: Vec<Arc<Segment>> = Vec::new();
        let mut quarantined = Vec::new();
        // Wider spans come first, so what a sound segment covers is met after it.
        let mut covered = 0;
        for &name in &listing {
            let span = name.span;
            let path = medium.locate(&name.to_string());
            if span.last <= covered {
                // One of its own was merged into another, and is about to be removed.
                if foreign::is_foreign(medium, name, own) {
                    quarantined.push(Quarantined { name, path, fault: Fault::Foreign });
                }
                continue;
            }
            let opened = match known.iter().find(|segment| segment.name == name) {
                None if span.first <= covered && foreign::is_foreign(medium, name, own) => {
                    Err(Fault::Foreign)
                }
                _ if span.first <= covered => Err(Fault::Overlap),
                Some(segment) if segment.is_its_file(medium) => Ok(Arc::clone(segment)),
                _ => open_segment(medium, name, own, fresh)?.map(Arc::new),
            };
            match opened {
                Ok(segment) => {
                    covered = span.last;
                    segments.push(segment);
                }
                Err(fault) => quarantined.push(Quarantined { name, path, fault }),
            }
        }
        let before = Snapshot { owner: own, store, ..Snapshot::default() };
        Ok(before.of(listing, stand(medium, segments, quarantined)))
    }

    /// A snapshot of the same store with other segments.
    fn of(&self, listing: Vec<Name>, standing: Standing) -> Snapshot {
        let Standing { segments, quarantined, gaps, durable_to } = standing;
        let newest = gaps.last().map_or(0, |gap| gap.span.last);
        let certain_from = segments.partition_point(|segment| segment.span().last < newest);
        Snapshot {
            owner: self.owner,
            store: self.store,
            listing,
            segments,
            quarantined,
            gaps,
            durable_to,
            certain_from,
            live: OnceLock::new(),
        }
    }

    /// How many segments are no use, or are missing.
    pub(crate) fn unusable(&self) -> u64 {
        let missing = self.gaps.iter().filter(|gap| gap.fault == Fault::Missing).count();
        wide(self.quarantined.iter().filter(|bad| !bad.is_foreign()).count() + missing)
    }

    /// The segments of other stores.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Quarantined> {
        self.quarantined.iter().filter(|bad| bad.is_foreign())
    }

    /// Bytes of the segments that count.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| wide(segment.bytes().len())).fold(0, u64::saturating_add)
    }

    /// The last generation that was committed, for all that is known; zero in a store without commits.
    pub(crate) fn tip(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.span().last).max(self.durable_to)
    }

    /// What the next commit covers: itself, and whatever lies between it and the last commit that counts, so that this
    /// can never count again.
    pub(crate) fn next_span(&self) -> Span {
        let top = self.listing.iter().map(|name| name.span.last).max().unwrap_or(0).max(self.tip());
        Span { first: self.tip().saturating_add(1), last: top.saturating_add(1) }
    }

    /// Index of the first segment that may be gone after a power failure; all before it are synced.
    pub(crate) fn first_unsynced(&self) -> usize {
        self.segments.partition_point(|segment| segment.span().last <= self.durable_to)
    }

    /// Index of the first segment whose records are certain: all of them, where nothing is missing.
    pub(crate) fn certain_from(&self) -> usize {
        self.certain_from
    }

    /// Index of the first segment that may be merged with those after it: of what lies before a gap, and of what is left
    /// there, nothing may come to lie after it.
    pub(crate) fn first_whole(&self) -> usize {
        let newest = self.gaps.last().map_or(0, |gap| gap.span.last);
        self.segments.partition_point(|segment| segment.span().first <= newest)
    }

    /// The snapshot with one more segment, instead of all that it covers.
    pub(crate) fn with(&self, segment: Arc<Segment>) -> Snapshot {
        let (name, span) = (segment.name, segment.span());
        // Of what it covers, those of other stores stay where they are.
        let stays = |name: &Name| !span.covers(name.span) || self.foreign().any(|bad| bad.name == *name);
        let mut listing: Vec<Name> = self.listing.iter().copied().filter(stays).collect();
        listing.push(name);
        listing.sort();
        let durable_to = if segment.footer.durable { span.last } else { 0 };
        let mut segments: Vec<Arc<Segment>> =
            self.segments.iter().filter(|other| !span.covers(other.span())).map(Arc::clone).collect();
        segments.push(segment);
        segments.sort_by_key(|segment| segment.name);
        let standing = Standing {
            segments,
            quarantined: self
                .quarantined
                .iter()
                .filter(|bad| bad.is_foreign() || !span.covers(bad.name.span))
                .cloned()
                .collect(),
            gaps: self.gaps.iter().filter(|gap| !span.covers(gap.span)).cloned().collect(),
            durable_to: self.durable_to.max(durable_to),
        };
        self.of(listing, standing)
    }

    /// The snapshot without a segment of another store.
    pub(crate) fn without_foreign(&self, name: Name) -> Snapshot {
        let listing = self.listing.iter().copied().filter(|other| *other != name).collect();
        let mut standing = self.standing();
        standing.quarantined.retain(|bad| bad.name != name);
        self.of(listing, standing)
    }

    /// The snapshot with one more segment that has no name in the folder yet.
    pub(crate) fn with_volatile(&self, segment: Arc<Segment>) -> Snapshot {
        let mut standing = self.standing();
        standing.segments.push(segment);
        self.of(self.listing.clone(), standing)
    }

    /// Whether it has a segment that is not in the folder yet: a writer's own, see [`Snapshot::with_volatile`].
    pub(crate) fn has_unnamed(&self) -> bool {
        self.segments.iter().any(|segment| self.listing.binary_search(&segment.name).is_err())
    }

    /// The snapshot as if nothing were missing from it, for a repair.
    pub(crate) fn past_gaps(&self) -> Snapshot {
        let standing = Standing { gaps: Vec::new(), ..self.standing() };
        self.of(self.listing.clone(), standing)
    }

    fn standing(&self) -> Standing {
        Standing {
            segments: self.segments.clone(),
            quarantined: self.quarantined.clone(),
            gaps: self.gaps.clone(),
            durable_to: self.durable_to,
        }
    }

    /// The record of `key` that counts, a put or a tombstone.
    pub(crate) fn find(&self, key: &Key) -> Result<Option<(&Arc<Segment>, Found)>, ReadError> {
        let tag = layout::tag(key);
        for segment in self.certain().iter().rev() {
            if let Some(found) = segment.find(key, tag)? {
                return Ok(Some((segment, found)));
            }
        }
        self.gaps.last().map_or(Ok(None), |gap| Err(gap.doubt()))
    }

    /// The segments in which the newest record of a key is certain to be the newest one.
    fn certain(&self) -> &[Arc<Segment>] {
        self.segments.get(self.certain_from..).unwrap_or_default()
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

    /// All entries of all segments that are certain, by rising hash, newest first among equals.
    fn merged(&self) -> impl Iterator<Item = (usize, Entry)> + '_ {
        let mut cursors: Vec<_> = self.segments.iter().map(|segment| segment.table().entries()).collect();
        let mut heads = BinaryHeap::new();
        let mut pull = move |heads: &mut BinaryHeap<_>, segment: usize| {
            if let Some(entry) = cursors.get_mut(segment).and_then(Iterator::next) {
                heads.push((Reverse(entry.tag), segment, entry.place));
            }
        };
        for segment in self.certain_from..self.segments.len() {
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
        let whole = self.segments.get(self.first_whole()..).unwrap_or_default();
        let tombstones: u64 = whole.iter().map(|segment| segment.footer.tombstones).sum();
        let is_as_written =
            |segment: &Arc<Segment>| !segment.is_mended() && segment.footer.version == VERSION;
        whole.len() <= 1
            && whole.iter().all(is_as_written)
            && self.live().dead_bytes == 0
            // Before a gap, anything may be what they remove.
            && (!self.gaps.is_empty() || (tombstones == 0 && self.quarantined.iter().all(Quarantined::is_foreign)))
    }
}

fn open_segment(
    medium: &dyn Medium,
    name: Name,
    own: Option<u64>,
    fresh: bool,
) -> Result<Result<Segment, Fault>, OpenError> {
    let path = medium.locate(&name.to_string());
    let bytes = medium.read(&name.to_string()).map_err(|source| OpenError::Io {
        doing: "opening",
        path: path.clone(),
        source,
    })?;
    if fresh {
        bytes.populate();
    }
    match Segment::open(name, path.clone(), bytes, own) {
        Ok(segment) => Ok(Ok(segment)),
        Err(Reject::Bad(fault)) => Ok(Err(fault)),
        Err(Reject::Version(found)) => Err(OpenError::Version { path, found, supported: VERSION }),
    }
}
