//! Header and footer of a segment, to bytes and back.

use crate::{
    identity::Identity,
    index::Shape,
    layout::{
        self, FLAG_DURABLE, FOOTER_MAGIC, MAGIC, OLDEST_VERSION, SIGNED_VERSION, UNSIGNED_FOOTER_LEN,
        VERSION, align_up, array_at, checksum, footer, header, set, slot, u32_at, u64_at, wide,
    },
    name::Span,
};

/// What the first bytes of a file say.
pub(crate) enum Front {
    /// A header of a version that this build reads.
    Header { version: u32, span: Span, identity: Identity, checksum: u64 },
    /// An intact header of another version.
    Version(u32),
    /// Something else that is as it was written.
    Other,
    /// Something that is not as it was written, or nothing.
    Damaged,
}

/// The header's bytes in a version of the format; that of a new segment is [`VERSION`].
pub(crate) fn header_bytes(span: Span, version: u32, identity: Identity) -> [u8; header::LEN] {
    let mut bytes = [0; header::LEN];
    set(&mut bytes, header::MAGIC, &MAGIC);
    set(&mut bytes, header::VERSION, &version.to_le_bytes());
    set(&mut bytes, header::FIRST, &span.first.to_le_bytes());
    set(&mut bytes, header::LAST, &span.last.to_le_bytes());
    set(&mut bytes, header::STORE, &identity.store.to_le_bytes());
    set(&mut bytes, header::NUMBER, &identity.number.to_le_bytes());
    let sum = checksum(bytes.get(..header::CHECKSUM).unwrap_or_default());
    set(&mut bytes, header::CHECKSUM, &sum.to_le_bytes());
    bytes
}

/// Reads the header at the beginning of a file.
pub(crate) fn read_header(file: &[u8]) -> Front {
    let read = || {
        let bytes: [u8; header::LEN] = array_at(file, 0)?;
        let sum = checksum(bytes.get(..header::CHECKSUM)?);
        if array_at(&bytes, header::MAGIC)? != MAGIC || u64_at(&bytes, header::CHECKSUM)? != sum {
            return None;
        }
        let version = u32_at(&bytes, header::VERSION)?;
        if !(OLDEST_VERSION..=VERSION).contains(&version) {
            return Some(Front::Version(version));
        }
        let reserved = if version < SIGNED_VERSION { header::STORE } else { header::RESERVED };
        let zero = u32_at(&bytes, header::FLAGS)? == 0
            && bytes.get(reserved..header::CHECKSUM)?.iter().all(|&byte| byte == 0);
        let span = Span { first: u64_at(&bytes, header::FIRST)?, last: u64_at(&bytes, header::LAST)? };
        let identity = raw_identity(file);
        Some(if zero { Front::Header { version, span, identity, checksum: sum } } else { Front::Other })
    };
    read().unwrap_or(Front::Damaged)
}

/// What stands where a header says whose the segment is, whether the header is intact or not.
pub(crate) fn raw_identity(file: &[u8]) -> Identity {
    let at = |place| u64_at(file, place).unwrap_or(0);
    Identity { store: at(header::STORE), number: at(header::NUMBER) }
}

/// What the last bytes of a segment say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Footer {
    /// The format version, as the header says it too.
    pub(crate) version: u32,
    /// Whose the segment is, as the header says it too.
    pub(crate) identity: Identity,
    /// Whether the segment and everything before it was synced before it got its name.
    pub(crate) durable: bool,
    /// That of the header in front, which ties the two together.
    pub(crate) header_checksum: u64,
    pub(crate) index_checksum: u64,
    pub(crate) index_offset: u64,
    pub(crate) shape: Shape,
    /// All records, with tombstones and those that a later one overrides.
    pub(crate) records: u64,
    pub(crate) tombstones: u64,
    pub(crate) payload_bytes: u64,
}

impl Footer {
    /// Length of the whole file, when it is one that can be.
    pub(crate) fn file_len(&self) -> Option<u64> {
        self.index_len()?.checked_add(self.index_offset)?.checked_add(wide(len_in(self.version)))
    }

    pub(crate) fn index_len(&self) -> Option<u64> {
        self.shape.slots.checked_mul(wide(slot::LEN))
    }

    /// The footer's bytes; the last eight are its checksum.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![0; len_in(self.version)];
        set(&mut bytes, footer::MAGIC, &FOOTER_MAGIC);
        set(&mut bytes, footer::VERSION, &self.version.to_le_bytes());
        set(&mut bytes, footer::FLAGS, &if self.durable { FLAG_DURABLE } else { 0 }.to_le_bytes());
        for (at, value) in [
            (footer::HEADER_CHECKSUM, self.header_checksum),
            (footer::INDEX_CHECKSUM, self.index_checksum),
            (footer::INDEX_OFFSET, self.index_offset),
            (footer::HOMES, self.shape.homes),
            (footer::SLOTS, self.shape.slots),
            (footer::RECORDS, self.records),
            (footer::TOMBSTONES, self.tombstones),
            (footer::PAYLOAD_BYTES, self.payload_bytes),
            (footer::FILE_LEN, self.file_len().unwrap_or(0)),
        ] {
            set(&mut bytes, at, &value.to_le_bytes());
        }
        let end = bytes.len() - CHECKSUM_LEN;
        if self.version >= SIGNED_VERSION {
            set(&mut bytes, footer::STORE, &self.identity.store.to_le_bytes());
            set(&mut bytes, footer::NUMBER, &self.identity.number.to_le_bytes());
        }
        let sum = checksum(bytes.get(..end).unwrap_or_default());
        set(&mut bytes, end, &sum.to_le_bytes());
        bytes
    }

    /// The footer at the end of a file, or nothing when there is none or it does not fit the file.
    pub(crate) fn read(file: &[u8]) -> Option<Footer> {
        let of = |len: usize| Footer::parse(file, file.get(file.len().checked_sub(len)?..)?);
        of(footer::LEN).or_else(|| of(UNSIGNED_FOOTER_LEN))
    }

    fn parse(file: &[u8], bytes: &[u8]) -> Option<Footer> {
        let version = u32_at(bytes, footer::VERSION)?;
        let (said, sum) = bytes.split_last_chunk::<CHECKSUM_LEN>()?;
        let flags = u32_at(bytes, footer::FLAGS)?;
        if array_at(bytes, footer::MAGIC)? != FOOTER_MAGIC
            || len_in(version) != bytes.len()
            || u64::from_le_bytes(*sum) != checksum(said)
            || flags & !FLAG_DURABLE != 0
        {
            return None;
        }
        let identity = match version {
            ..SIGNED_VERSION => Identity::default(),
            _ => Identity { store: u64_at(bytes, footer::STORE)?, number: u64_at(bytes, footer::NUMBER)? },
        };
        let read = Footer {
            version,
            identity,
            durable: flags & FLAG_DURABLE != 0,
            header_checksum: u64_at(bytes, footer::HEADER_CHECKSUM)?,
            index_checksum: u64_at(bytes, footer::INDEX_CHECKSUM)?,
            index_offset: u64_at(bytes, footer::INDEX_OFFSET)?,
            shape: Shape { homes: u64_at(bytes, footer::HOMES)?, slots: u64_at(bytes, footer::SLOTS)? },
            records: u64_at(bytes, footer::RECORDS)?,
            tombstones: u64_at(bytes, footer::TOMBSTONES)?,
            payload_bytes: u64_at(bytes, footer::PAYLOAD_BYTES)?,
        };
        // The lengths must add up to the file, and each record takes at least its header.
        let fits = u64_at(bytes, footer::FILE_LEN)? == wide(file.len())
            && read.file_len()? == wide(file.len())
            && read.index_offset >= wide(header::LEN)
            && align_up(read.index_offset)? == read.index_offset
            && read.shape.homes >= 1
            && read.shape.homes <= read.shape.slots
            && read.records <= (read.index_offset - wide(header::LEN)) / wide(layout::record::LEN)
            && read.tombstones <= read.records
            && read.records <= read.shape.slots;
        fits.then_some(read)
    }
}

/// Length of the checksum at a footer's end.
const CHECKSUM_LEN: usize = 8;

/// Length of a footer.
pub(crate) fn len_in(version: u32) -> usize {
    if version < SIGNED_VERSION { UNSIGNED_FOOTER_LEN } else { footer::LEN }
}
