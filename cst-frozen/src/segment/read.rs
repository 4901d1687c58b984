//! Opening a segment and looking keys up in it.

use std::{ops::Range, path::PathBuf};

use super::{
    Footer,
    checked::Checked,
    header::{Front, read_header},
    scan::{Scanned, scan},
};
use crate::{
    Key,
    error::{Fault, ReadError},
    index::{Entry, Place, Table, build},
    layout::{self, checksum, range, wide},
    medium::Bytes,
    name::Span,
    record::{Header, Kind},
};

/// An open segment. Its bytes were checked at both ends; each record is checked when it is read.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) span: Span,
    pub(crate) footer: Footer,
    path: PathBuf,
    bytes: Bytes,
    /// Where the index lies in the file.
    index: Range<usize>,
    /// The index in memory, where the one in the file is damaged.
    rebuilt: Option<Rebuilt>,
    /// Which records' payloads were found to match their checksums, by the slots that lead to them.
    checked: Checked,
}

#[derive(Debug)]
struct Rebuilt {
    bytes: Vec<u8>,
    records: u64,
    homes: u64,
}

/// Why a file is not a segment of this build.
#[derive(Debug)]
pub(crate) enum Reject {
    Version(u32),
    Bad(Fault),
}

/// A record of the key that was asked for.
pub(crate) struct Found {
    pub(crate) offset: u64,
    pub(crate) header: Header,
    /// The slot of the index that led to it.
    slot: usize,
}

impl Segment {
    /// Opens the segment that lies in `bytes`. Reads both ends and the index, and no record unless the index is
    /// damaged. Takes any bytes whatever.
    pub(crate) fn open(span: Span, path: PathBuf, bytes: Bytes) -> Result<Segment, Reject> {
        let footer = check(span, &bytes)?;
        let index = footer
            .index_len()
            .and_then(|len| range(footer.index_offset, len))
            .filter(|range| range.end <= bytes.len())
            .ok_or(Reject::Bad(Fault::Footer))?;
        let mut segment =
            Segment { span, footer, path, bytes, index, rebuilt: None, checked: Checked::default() };
        if !segment.index_is_intact() {
            let rebuilt = segment.rebuild();
            // A power failure may have kept parts of a file that was not synced. With a record lost, an older one of its
            // key would come to light; so such a file counts with all of its records or not at all.
            if !footer.durable && rebuilt.records != footer.records {
                return Err(Reject::Bad(Fault::Index));
            }
            segment.rebuilt = Some(rebuilt);
        }
        segment.checked = Checked::none_of(segment.table().slots());
        Ok(segment)
    }

    /// Header and footer once more, for a file that may have changed since it was opened.
    pub(crate) fn check_ends(span: Span, bytes: &[u8]) -> Result<Footer, Fault> {
        check(span, bytes).map_err(|reject| match reject {
            Reject::Version(_) => Fault::Header,
            Reject::Bad(fault) => fault,
        })
    }

    fn stored_index(&self) -> &[u8] {
        self.bytes.get(self.index.clone()).unwrap_or_default()
    }

    /// Whether the index in the file is the one that was written.
    pub(crate) fn index_is_intact(&self) -> bool {
        checksum(self.stored_index()) == self.footer.index_checksum
    }

    /// Makes an index from the records themselves. At most one entry per 64 bytes of file.
    fn rebuild(&self) -> Rebuilt {
        let mut entries: Vec<Entry> = scan(&self.bytes, self.footer.index_offset)
            .filter_map(|scanned| match scanned {
                Scanned::Record(offset, header) => Some(Entry {
                    tag: layout::tag(&header.key),
                    place: Place::new(offset, header.kind == Kind::Tombstone),
                }),
                Scanned::Garbage(_) => None,
            })
            .collect();
        let mut bytes = Vec::new();
        let built = build(&mut entries, |slot| {
            bytes.extend_from_slice(slot);
            Ok::<(), std::convert::Infallible>(())
        });
        match built {
            Ok(shape) => Rebuilt { bytes, records: wide(entries.len()), homes: shape.homes },
            Err(never) => match never {},
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Whether the index had to be made anew.
    pub(crate) fn is_rebuilt(&self) -> bool {
        self.rebuilt.is_some()
    }

    /// The index that counts.
    pub(crate) fn table(&self) -> Table<'_> {
        match &self.rebuilt {
            Some(rebuilt) => Table { bytes: &rebuilt.bytes, homes: rebuilt.homes },
            None => Table { bytes: self.stored_index(), homes: self.footer.shape.homes },
        }
    }

    /// The intact header of the record at `offset`, of which the payload lies within the records.
    pub(crate) fn header(&self, offset: u64) -> Result<Header, ReadError> {
        Header::read(&self.bytes, offset)
            .filter(|header| offset.saturating_add(header.frame_len()) <= self.footer.index_offset)
            .ok_or_else(|| self.corrupt(offset))
    }

    /// The newest record of `key` in this segment, which may be a tombstone. `tag` is that of the key.
    #[inline]
    pub(crate) fn find(&self, key: &Key, tag: u64) -> Result<Option<Found>, ReadError> {
        for (slot, place) in self.table().find(tag) {
            let offset = place.offset();
            let header = self.header(offset)?;
            if header.key == *key {
                return Ok(Some(Found { offset, header, slot }));
            }
        }
        Ok(None)
    }

    /// Where the payload of a record lies that was found. Its checksum is verified the first time; after that the bytes
    /// are taken for what they were then, since nothing writes to the file any more.
    #[inline]
    pub(crate) fn payload_once(&self, found: &Found) -> Result<Range<usize>, ReadError> {
        if self.checked.has(found.slot) {
            return self.place(found.offset, &found.header).ok_or_else(|| self.corrupt(found.offset));
        }
        let payload = self.payload(found.offset, &found.header)?;
        self.checked.set(found.slot);
        Ok(payload)
    }

    /// Where the payload of a record lies, once its checksum is verified.
    pub(crate) fn payload(&self, offset: u64, header: &Header) -> Result<Range<usize>, ReadError> {
        self.place(offset, header)
            .filter(|place| {
                let payload = self.bytes.get(place.clone());
                payload.is_some_and(|payload| checksum(payload) == header.payload_checksum)
            })
            .ok_or_else(|| self.corrupt(offset))
    }

    fn place(&self, offset: u64, header: &Header) -> Option<Range<usize>> {
        header.payload_place(&self.bytes, offset)
    }

    pub(crate) fn corrupt(&self, offset: u64) -> ReadError {
        ReadError::Corrupt { path: self.path.clone(), offset }
    }
}

/// The footer of a file whose two ends are sound and belong to each other and to its name.
fn check(span: Span, bytes: &[u8]) -> Result<Footer, Reject> {
    let (version, header_checksum) = match read_header(bytes) {
        Front::Header { version, span: stated, checksum } if stated == span => (version, checksum),
        Front::Version(version) => return Err(Reject::Version(version)),
        _ => return Err(Reject::Bad(Fault::Header)),
    };
    Footer::read(bytes)
        .filter(|footer| footer.version == version && footer.header_checksum == header_checksum)
        .ok_or(Reject::Bad(Fault::Footer))
}
