//! Records: their framing in a segment, and the guard that a reader gets.

use std::{fmt, ops::Deref, ops::Range, sync::Arc};

use crate::{
    Key,
    layout::{self, SAME_LEN, array_at, checksum_at, range, record, set, slice, u32_at, u64_at, wide},
    segment::Segment,
};

/// What a record does to its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Put,
    /// A put whose payload is that of an earlier put of the segment, and lies there.
    Same,
    /// Takes away what earlier segments have under the key.
    Tombstone,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Kind::Put => 1,
            Kind::Tombstone => 2,
            Kind::Same => 3,
        }
    }

    fn from_code(code: [u8; 4]) -> Option<Kind> {
        match code {
            [1, 0, 0, 0] => Some(Kind::Put),
            [2, 0, 0, 0] => Some(Kind::Tombstone),
            [3, 0, 0, 0] => Some(Kind::Same),
            _ => None,
        }
    }
}

/// A record's header; one that was read is intact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) key: Key,
    pub(crate) payload_len: u32,
    pub(crate) payload_checksum: u64,
    /// The commit that wrote the record; compaction leaves it as it was.
    pub(crate) generation: u64,
}

impl Header {
    /// The header's bytes for a record that begins at `offset` of the segment with this number.
    pub(crate) fn to_bytes(self, offset: u64, number: u64) -> [u8; record::LEN] {
        let mut bytes = [0; record::LEN];
        set(&mut bytes, record::PAYLOAD_CHECKSUM, &self.payload_checksum.to_le_bytes());
        set(&mut bytes, record::PAYLOAD_LEN, &self.payload_len.to_le_bytes());
        set(&mut bytes, record::KIND, &[self.kind.code(), 0, 0, 0]);
        set(&mut bytes, record::GENERATION, &self.generation.to_le_bytes());
        set(&mut bytes, record::KEY, &self.key);
        let sum = checksum_at(offset, number, bytes.get(record::PAYLOAD_CHECKSUM..).unwrap_or_default());
        set(&mut bytes, record::CHECKSUM, &sum.to_le_bytes());
        bytes
    }

    /// The header at `offset` of the segment with this number, or nothing when what is there is not an intact one.
    pub(crate) fn read(file: &[u8], offset: u64, number: u64) -> Option<Header> {
        let bytes = slice(file, offset, wide(record::LEN))?;
        let sum = checksum_at(offset, number, bytes.get(record::PAYLOAD_CHECKSUM..)?);
        if u64_at(bytes, record::CHECKSUM)? != sum {
            return None;
        }
        let header = Header {
            kind: Kind::from_code(array_at(bytes, record::KIND)?)?,
            key: array_at(bytes, record::KEY)?,
            payload_len: u32_at(bytes, record::PAYLOAD_LEN)?,
            payload_checksum: u64_at(bytes, record::PAYLOAD_CHECKSUM)?,
            generation: u64_at(bytes, record::GENERATION)?,
        };
        (header.kind != Kind::Tombstone || header.payload_len == 0).then_some(header)
    }

    /// The number of the segment in which what is at `offset` would be an intact header, and that header.
    pub(crate) fn guess(file: &[u8], offset: u64) -> Option<(u64, Header)> {
        let bytes = slice(file, offset, wide(record::LEN))?;
        let sum = checksum_at(offset, 0, bytes.get(record::PAYLOAD_CHECKSUM..)?);
        let number = u64_at(bytes, record::CHECKSUM)? ^ sum;
        Some((number, Header::read(file, offset, number)?))
    }

    /// Bytes that follow the header, without padding.
    pub(crate) fn body_len(&self) -> u32 {
        if self.kind == Kind::Same { SAME_LEN } else { self.payload_len }
    }

    /// Bytes of the whole record in a file: header, payload, padding.
    pub(crate) fn frame_len(&self) -> u64 {
        frame_len(self.body_len())
    }

    /// Where the payload of this record, which begins at `offset`, lies in a file; nothing where it lies with another
    /// record and there is no such one.
    pub(crate) fn payload_place(&self, file: &[u8], offset: u64, number: u64) -> Option<Range<usize>> {
        let mut at = offset;
        if self.kind == Kind::Same {
            at = u64_at(file, range(offset, wide(record::LEN))?.end)?;
            let other = Header::read(file, at, number)?;
            let same = at < offset
                && other.kind == Kind::Put
                && (other.payload_len, other.payload_checksum) == (self.payload_len, self.payload_checksum);
            same.then_some(())?;
        }
        let place = range(at.checked_add(wide(record::LEN))?, self.payload_len.into())?;
        (place.end <= file.len()).then_some(place)
    }
}

/// Bytes of a record with such a body: header, payload, padding. At most 4 GiB and a little.
pub(crate) fn frame_len(body_len: u32) -> u64 {
    wide(record::LEN) + u64::from(body_len).next_multiple_of(layout::ALIGN)
}

/// The bytes of one record, in the map where they lie.
///
/// Dereferences to `[u8]`; in a mapped store, and in one read into memory, the first byte lies on a multiple of 16.
/// Keeps its segment mapped for as long as it lives, also when that segment was compacted away in the meantime.
#[derive(Clone)]
pub struct Record {
    segment: Arc<Segment>,
    payload: Range<usize>,
}

impl Record {
    pub(crate) fn new(segment: Arc<Segment>, payload: Range<usize>) -> Record {
        Record { segment, payload }
    }
}

impl Deref for Record {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.segment.bytes().get(self.payload.clone()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Record {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.payload.len())
    }
}
