//! Checks every byte of a store that has a meaning.

use std::{collections::HashSet, fmt, path::PathBuf};

use crate::{
    Key,
    error::Fault,
    layout::{self, record, slice, wide},
    record::Kind,
    segment::{Scanned, Segment, scan},
    snapshot::Snapshot,
};

/// What a check of a whole store found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// Segments that were checked, those that do not count included.
    pub segments: u64,
    /// Intact records that were met, overridden ones and tombstones included.
    pub records: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// All that is wrong, in the order of the segments.
    pub problems: Vec<Problem>,
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub offset: u64,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: byte {}: {}", self.path.display(), self.offset, self.fault)
    }
}

/// How far a check goes. Each level does what those before it do.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Level<'a> {
    /// Headers and footers of segments, their indexes, the headers of records. Reads no payload.
    Headers,
    /// The checksums of all payloads, and the zeros between them. Reads everything once.
    Checksums,
    /// Whether the caller finds in each live record what should be there. Asked with key and payload, once its checksum matched;
    /// what it refuses is [`Fault::Content`].
    Deep(&'a dyn Fn(&Key, &[u8]) -> bool),
}

impl fmt::Debug for Level<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Headers => "Headers",
            Level::Checksums => "Checksums",
            Level::Deep(_) => "Deep",
        })
    }
}

/// Checks all segments of a snapshot.
pub(crate) fn verify(snapshot: &Snapshot, level: Level<'_>) -> Verification {
    let mut report = Verification::default();
    for bad in &snapshot.quarantined {
        report.segments += 1;
        report.problems.push(Problem { path: bad.path.clone(), offset: 0, fault: bad.fault });
    }
    for gap in snapshot.gaps.iter().filter(|gap| gap.fault == Fault::Missing) {
        report.problems.push(Problem { path: gap.path.clone(), offset: 0, fault: gap.fault });
    }
    for segment in &snapshot.segments {
        report.segments += u64::from(!segment.is_partial());
        report.bytes = report.bytes.saturating_add(wide(segment.bytes().len()));
        verify_segment(segment, level, &mut report);
    }
    if let Level::Deep(accepts) = level {
        verify_contents(snapshot, accepts, &mut report);
    }
    report
}

/// The two ends were checked when the segment was opened, and cannot have changed; but the disk may say otherwise now.
fn verify_segment(segment: &Segment, level: Level<'_>, report: &mut Verification) {
    let mut problem = |offset: u64, fault: Fault| {
        report.problems.push(Problem { path: segment.path().clone(), offset, fault });
    };
    match Segment::check_ends(segment.span(), segment.bytes()) {
        Ok(footer) if footer == segment.footer => {}
        Ok(_) => problem(0, Fault::Footer),
        Err(fault) => problem(0, fault),
    }
    let end = segment.footer.index_offset;
    if !segment.index_is_intact() {
        problem(end, Fault::Index);
    }
    let indexed: HashSet<(u64, u64)> =
        segment.table().entries().map(|entry| (entry.tag, entry.place.offset())).collect();
    let (mut records, mut tombstones, mut payload_bytes) = (0u64, 0u64, 0u64);
    for scanned in scan(segment.bytes(), end, segment.number()) {
        let (offset, header) = match scanned {
            Scanned::Garbage(offset) => {
                problem(offset, Fault::RecordHeader);
                continue;
            }
            Scanned::Record(offset, header) => (offset, header),
        };
        records += 1;
        tombstones += u64::from(header.kind == Kind::Tombstone);
        payload_bytes = payload_bytes.saturating_add(header.payload_len.into());
        if !matches!(level, Level::Headers) {
            if segment.payload(offset, &header).is_err() {
                problem(offset, Fault::Payload);
            }
            let padding = offset.saturating_add(wide(record::LEN)).saturating_add(header.body_len().into());
            let padding_len = offset.saturating_add(header.frame_len()).saturating_sub(padding);
            if slice(segment.bytes(), padding, padding_len).is_none_or(|bytes| bytes.iter().any(|&b| b != 0))
            {
                problem(padding, Fault::Padding);
            }
        }
        if !indexed.contains(&(layout::tag(&header.key), offset)) {
            problem(offset, Fault::NotIndexed);
        }
    }
    let footer = &segment.footer;
    if (records, tombstones, payload_bytes) != (footer.records, footer.tombstones, footer.payload_bytes)
        || wide(indexed.len()) != records
    {
        problem(end, Fault::Count);
    }
    report.records = report.records.saturating_add(records);
}

/// Asks the caller about each live record. Those that are damaged were reported already.
fn verify_contents(snapshot: &Snapshot, accepts: &dyn Fn(&Key, &[u8]) -> bool, report: &mut Verification) {
    for &(segment, offset) in &snapshot.live().places {
        let Some(segment) = snapshot.segments.get(segment) else { continue };
        let Ok(header) = segment.header(offset) else { continue };
        if header.kind == Kind::Tombstone {
            continue;
        }
        let Ok(payload) = segment.payload(offset, &header) else { continue };
        if !accepts(&header.key, segment.bytes().get(payload).unwrap_or_default()) {
            report.problems.push(Problem { path: segment.path().clone(), offset, fault: Fault::Content });
        }
    }
}
