//! What damage has left: every intact record, also of segments that do not count any more.

use std::{collections::HashMap, convert::Infallible, ops::Range, path::Path, sync::Arc};

use super::{
    CareError, Level, Loss, Problem, Repair, Watch,
    copy::{copy, has_no_batch, is_empty, put},
    verify,
};
use crate::{
    Durability, Key, Reader, Writer,
    error::{Fault, OpenError, ReadError},
    index::{Entry, Place, build},
    layout::{self, checksum, range, record, slice, u64_at, wide},
    medium::Bytes,
    record::{Header, Kind},
    segment::{Footer, Front, Scanned, Segment, number, read_header, scan},
    snapshot::{Quarantined, Snapshot},
};

/// Copies every intact record of a damaged store into the empty store `to`. Changes nothing in the damaged one, and needs no
/// right to write there.
///
/// A segment whose header or footer is damaged does not count for readers; its records are looked for all the same, each by
/// its own checksum. Of several records of a key the one of the latest commit is taken. Where that one is damaged, its key is
/// reported as lost, and no earlier one takes its place. Where a key went with its record's header, an earlier record of it may
/// come back: how many records may be such is in [`Repair::doubtful`]. What was committed without a sync before a power failure, and does
/// not count because a commit before it is gone, is saved too.
///
/// Reads all of the damaged store, and writes what is live.
///
/// # Errors
/// [`CareError`]; `to` is then as empty as it was.
pub fn salvage(from: &Reader, to: &Writer, watch: Watch<'_>) -> Result<Repair, CareError> {
    has_no_batch(to)?;
    is_empty(to)?;
    let examined = examine(from);
    copy(from, from.shared().snapshot().past_gaps(), to, watch)?;
    let salvaged = examined.put_into(to)?;
    to.commit(Durability::Fsync)?;
    Ok(Repair {
        salvaged,
        records: to.reader().stats().live_records,
        doubtful: examined.doubtful,
        lost: examined.lost,
        ..Repair::default()
    })
}

/// What was found in a store beside what readers see.
#[derive(Default)]
pub(super) struct Examined {
    /// The latest record of each key, of segments that do not count.
    latest: HashMap<Key, Latest>,
    /// Keys of live records that are damaged.
    pub(super) gone: Vec<Key>,
    pub(super) lost: Vec<Loss>,
    /// Names of all files with something wrong.
    pub(super) damaged: Vec<String>,
    /// Whether something is missing of which there is no file.
    pub(super) is_missing: bool,
    /// Records that may be older than something that is lost and whose key is not known.
    pub(super) doubtful: u64,
    /// Why one of them could not be looked into, if so.
    pub(super) unreadable: Option<OpenError>,
}

/// A record of a segment that does not count.
struct Latest {
    generation: u64,
    what: What,
}

enum What {
    Intact(Arc<Bytes>, Range<usize>),
    /// Of a segment that counts, where it is found by nobody.
    Found(Vec<u8>),
    Removed,
    /// Its payload is damaged or cut off.
    Lost,
}

impl Examined {
    /// Puts what was found into the batch. Returns how many records there were.
    pub(super) fn put_into(&self, to: &Writer) -> Result<u64, CareError> {
        let mut salvaged = 0;
        for (key, latest) in &self.latest {
            match &latest.what {
                What::Intact(bytes, range) => {
                    let payload = bytes.get(range.clone()).unwrap_or_default();
                    put(to, |to| to.put(key, payload))?;
                    salvaged += 1;
                }
                What::Found(payload) => {
                    put(to, |to| to.put(key, payload))?;
                    salvaged += 1;
                }
                // An older one must not be taken for the record that is lost.
                What::Removed | What::Lost => put(to, |to| to.remove(key))?,
            }
        }
        Ok(salvaged)
    }
}

/// Reads all of a store. A file that cannot be read is counted as lost.
pub(super) fn examine(store: &Reader) -> Examined {
    let mut examined = Examined::default();
    let shared = store.shared();
    let certain = shared.snapshot();
    let snapshot = certain.past_gaps();
    for bad in snapshot.quarantined.iter().filter(|bad| !bad.is_foreign()) {
        examined.damaged.push(bad.name.to_string());
        match shared.medium.read(&bad.name.to_string()) {
            Ok(bytes) => examined.rummage(&snapshot, bad, &Arc::new(bytes)),
            Err(source) => {
                examined.lose(&bad.path, 0, None, bad.fault);
                let path = bad.path.clone();
                examined.unreadable = Some(OpenError::Io { doing: "reading", path, source });
            }
        }
    }
    for gap in certain.gaps.iter().filter(|gap| matches!(gap.fault, Fault::Missing | Fault::Foreign)) {
        examined.is_missing = true;
        examined.lose(&gap.path, 0, None, gap.fault);
    }
    examined.latest.retain(|key, latest| is_newest(&snapshot, key, latest.generation));
    for problem in verify(&snapshot, Level::Checksums).problems {
        examined.note(&snapshot, &problem);
    }
    if examined.lost.iter().any(|loss| loss.key.is_none()) {
        let is_older = |&&(segment, offset): &&(usize, u64)| {
            segment < certain.certain_from()
                && snapshot.segments.get(segment).is_some_and(|segment| {
                    segment.header(offset).is_ok_and(|header| !examined.latest.contains_key(&header.key))
                })
        };
        let is_put = |latest: &&Latest| matches!(latest.what, What::Intact(..) | What::Found(_));
        let salvaged = examined.latest.values().filter(is_put).count();
        examined.doubtful = wide(snapshot.live().places.iter().filter(is_older).count() + salvaged);
    }
    examined
}

impl Examined {
    /// Takes down what is wrong in a segment that counts.
    fn note(&mut self, snapshot: &Snapshot, problem: &Problem) {
        let Some(segment) = snapshot.segments.iter().find(|segment| *segment.path() == problem.path) else {
            return;
        };
        let name = segment.name.to_string();
        if !self.damaged.contains(&name) {
            self.damaged.push(name);
        }
        match (problem.fault, segment.header(problem.offset)) {
            (Fault::Payload, Ok(header)) => {
                let found = snapshot.find(&header.key);
                let is_live = matches!(found, Ok(Some((by, found)))
                    if by.name == segment.name && found.offset == problem.offset);
                if !is_live || self.latest.contains_key(&header.key) {
                    return;
                }
                // Its payload may lie with another record, of which only the header is damaged.
                if let Some(payload) = intact(segment.bytes(), problem.offset, &header) {
                    let payload = segment.bytes().get(payload).unwrap_or_default().to_vec();
                    let latest = Latest { generation: header.generation, what: What::Found(payload) };
                    self.latest.insert(header.key, latest);
                } else {
                    self.gone.push(header.key);
                    self.lose(&problem.path, problem.offset, Some(header.key), Fault::Payload);
                }
            }
            (Fault::RecordHeader, _) => self.lose(&problem.path, problem.offset, None, problem.fault),
            // What else may be wrong has harmed no record.
            _ => {}
        }
    }

    fn lose(&mut self, path: &Path, offset: u64, key: Option<Key>, fault: Fault) {
        let loss = Loss { path: path.to_owned(), offset, key, fault };
        if !self.lost.contains(&loss) {
            self.lost.push(loss);
        }
    }

    /// Looks for records in a file that does not count.
    fn rummage(&mut self, snapshot: &Snapshot, bad: &Quarantined, bytes: &Arc<Bytes>) {
        // Without a footer nobody knows where the records end and the index begins.
        let footer = Footer::read(bytes);
        let end = footer.as_ref().map_or(wide(bytes.len()), |footer| footer.index_offset);
        let number = match (read_header(bytes), &footer) {
            (Front::Header { identity, .. }, _) => identity.number,
            (_, Some(footer)) => footer.identity.number,
            _ => number(bytes, bad.name.span).unwrap_or(0),
        };
        let (mut found, mut ends_in_its_index) = (Vec::new(), footer.is_some());
        let mut scanned = scan(bytes, end, number).peekable();
        while let Some(item) = scanned.next() {
            match item {
                Scanned::Record(offset, header) => {
                    let place = Place::new(offset, header.kind == Kind::Tombstone);
                    found.push(Entry { tag: layout::tag(&header.key), place });
                    let what = match (header.kind, intact(bytes, offset, &header)) {
                        (Kind::Tombstone, _) => What::Removed,
                        (Kind::Put | Kind::Same, Some(payload)) => What::Intact(Arc::clone(bytes), payload),
                        (Kind::Put | Kind::Same, None) => What::Lost,
                    };
                    self.meet(snapshot, bad, (offset, header), what);
                }
                Scanned::Garbage(offset) => match Header::read(bytes, offset, number) {
                    // Its payload goes on behind the end.
                    Some(header) => self.meet(snapshot, bad, (offset, header), What::Lost),
                    // The last stretch of a file without a footer may be its index, of what was found and nothing else.
                    None if footer.is_none() && scanned.peek().is_none() => {
                        ends_in_its_index = is_index(bytes, offset, &mut found);
                        if !ends_in_its_index {
                            self.lose(&bad.path, offset, None, bad.fault);
                        }
                    }
                    None => self.lose(&bad.path, offset, None, Fault::RecordHeader),
                },
            }
        }
        // It may have been cut between two records, and even be empty.
        let is_told = |loss: &Loss| loss.path == bad.path && loss.key.is_none();
        if !ends_in_its_index && !self.lost.iter().any(is_told) {
            self.lose(&bad.path, wide(bytes.len()), None, bad.fault);
        }
    }

    /// Keeps a record if it is the latest of its key so far; those of one segment come in order.
    fn meet(&mut self, snapshot: &Snapshot, bad: &Quarantined, (offset, header): (u64, Header), what: What) {
        let generation = header.generation;
        // What a segment that counts stands for is in it, or was overridden or removed.
        let stands_for = |by: &Arc<Segment>| {
            by.name != bad.name && (by.span().first..=by.span().last).contains(&generation)
        };
        let is_newest = self.latest.get(&header.key).is_none_or(|known| known.generation <= generation);
        if snapshot.segments.iter().any(stands_for) || !is_newest {
            return;
        }
        self.lost.retain(|loss| loss.key != Some(header.key));
        if matches!(what, What::Lost) {
            self.lose(&bad.path, offset, Some(header.key), Fault::Payload);
        }
        self.latest.insert(header.key, Latest { generation, what });
    }
}

/// Where the payload lies, if it is the one that was written: also where it lies with another record whose header is
/// damaged, for the checksum is that of this one.
fn intact(bytes: &[u8], offset: u64, header: &Header) -> Option<Range<usize>> {
    let body = offset.checked_add(wide(record::LEN))?;
    let start = match header.kind {
        Kind::Same => u64_at(bytes, usize::try_from(body).ok()?)?.checked_add(wide(record::LEN))?,
        _ => body,
    };
    let payload = range(start, header.payload_len.into())?;
    (checksum(bytes.get(payload.clone())?) == header.payload_checksum).then_some(payload)
}

/// Whether a file goes on with the index of these records. That of none is all zeros, and proves nothing.
fn is_index(bytes: &[u8], offset: u64, records: &mut [Entry]) -> bool {
    if records.is_empty() {
        return false;
    }
    let mut index = Vec::new();
    let built = build(records, |slot| {
        index.extend_from_slice(slot);
        Ok::<(), Infallible>(())
    });
    built.is_ok() && slice(bytes, offset, wide(index.len())) == Some(&index)
}

/// Whether no segment that counts has a later record of the key.
fn is_newest(snapshot: &Snapshot, key: &Key, generation: u64) -> bool {
    match snapshot.find(key) {
        Ok(None) => true,
        Ok(Some((_, found))) => found.header.generation < generation,
        // A header that cannot be read may be that of a later one, if its segment is a later one.
        Err(ReadError::Corrupt { path, .. } | ReadError::Doubtful { path }) => snapshot
            .segments
            .iter()
            .any(|segment| *segment.path() == path && segment.span().last < generation),
    }
}
