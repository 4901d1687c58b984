//! Where each byte of a segment lies: sizes, offsets, magic numbers, and bounds-checked reading of integers.
//!
//! `docs/format/frozen.md` says the same in prose and diagrams; a change here is a change there, and a new
//! [`VERSION`].

use std::ops::Range;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::Key;

/// The format version that this build writes.
pub(crate) const VERSION: u32 = 3;
/// The earliest version that it reads.
pub(crate) const OLDEST_VERSION: u32 = 1;
/// The first version whose segments say whose they are.
pub(crate) const SIGNED_VERSION: u32 = 3;

/// Everything that starts in a segment starts on a multiple of this: headers, payloads, index slots, the footer.
pub(crate) const ALIGN: u64 = 16;

/// First bytes of a segment. As in PNG: a byte that is not ASCII, a name, and line ends of both kinds around an
/// end-of-file character, so that every kind of text conversion damages it.
pub(crate) const MAGIC: [u8; 8] = *b"\x89CSF\r\n\x1a\n";
/// First bytes of the footer.
pub(crate) const FOOTER_MAGIC: [u8; 8] = *b"\x89FSC\r\n\x1a\n";

/// Segment header. Magic, version and checksum keep their places in every version to come, so that any build can
/// tell another version from damage.
pub(crate) mod header {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const VERSION: usize = MAGIC + 8;
    pub(crate) const FLAGS: usize = VERSION + 4;
    pub(crate) const FIRST: usize = FLAGS + 4;
    pub(crate) const LAST: usize = FIRST + 8;
    /// Of the store; zero before [`super::SIGNED_VERSION`], as is what follows.
    pub(crate) const STORE: usize = LAST + 8;
    pub(crate) const NUMBER: usize = STORE + 8;
    pub(crate) const RESERVED: usize = NUMBER + 8;
    pub(crate) const CHECKSUM: usize = RESERVED + 8;
    pub(crate) const LEN: usize = CHECKSUM + 8;
}

/// Record header; the payload follows it, then zeros up to the next multiple of `ALIGN`.
pub(crate) mod record {
    pub(crate) const CHECKSUM: usize = 0;
    pub(crate) const PAYLOAD_CHECKSUM: usize = CHECKSUM + 8;
    pub(crate) const PAYLOAD_LEN: usize = PAYLOAD_CHECKSUM + 8;
    pub(crate) const KIND: usize = PAYLOAD_LEN + 4;
    pub(crate) const GENERATION: usize = KIND + 4;
    pub(crate) const KEY: usize = GENERATION + 8;
    pub(crate) const LEN: usize = KEY + 32;
}

/// What follows the header of a record whose payload is that of an earlier one: where that begins.
pub(crate) const SAME_LEN: u32 = 8;

/// Index slot.
pub(crate) mod slot {
    pub(crate) const TAG: usize = 0;
    pub(crate) const PLACE: usize = TAG + 8;
    pub(crate) const LEN: usize = PLACE + 8;
}

/// Footer, the last bytes of a segment.
///
/// Before [`SIGNED_VERSION`] it ends earlier: its checksum stands where the store does now.
pub(crate) mod footer {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const VERSION: usize = MAGIC + 8;
    pub(crate) const FLAGS: usize = VERSION + 4;
    pub(crate) const HEADER_CHECKSUM: usize = FLAGS + 4;
    pub(crate) const INDEX_CHECKSUM: usize = HEADER_CHECKSUM + 8;
    pub(crate) const INDEX_OFFSET: usize = INDEX_CHECKSUM + 8;
    pub(crate) const HOMES: usize = INDEX_OFFSET + 8;
    pub(crate) const SLOTS: usize = HOMES + 8;
    pub(crate) const RECORDS: usize = SLOTS + 8;
    pub(crate) const TOMBSTONES: usize = RECORDS + 8;
    pub(crate) const PAYLOAD_BYTES: usize = TOMBSTONES + 8;
    pub(crate) const FILE_LEN: usize = PAYLOAD_BYTES + 8;
    pub(crate) const STORE: usize = FILE_LEN + 8;
    pub(crate) const NUMBER: usize = STORE + 8;
    pub(crate) const CHECKSUM: usize = NUMBER + 8;
    pub(crate) const LEN: usize = CHECKSUM + 8;
}

/// Length of a footer before [`SIGNED_VERSION`].
pub(crate) const UNSIGNED_FOOTER_LEN: usize = footer::STORE + 8;

/// Footer flag: the file, and everything committed before it, was synced before the file got its name.
pub(crate) const FLAG_DURABLE: u32 = 1;

const _: () = assert!(header::LEN == 64);
const _: () = assert!(record::LEN == 64);
const _: () = assert!(slot::LEN == 16);
const _: () = assert!(footer::LEN == 112);
const _: () = assert!(UNSIGNED_FOOTER_LEN == 96);

/// The hash that places a key in the index. Not a defence against chosen keys: those cost probes, not correctness.
pub(crate) fn tag(key: &Key) -> u64 {
    const SEED: u64 = 0x6373_7466_726f_7a6e;
    xxh3_64_with_seed(key, SEED)
}

/// Checksum of a payload, of an index, of a segment's header and of its footer.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Checksum of a record's header. Its place in the file is the seed, and the segment's own number is mixed in, so that a
/// record that lies elsewhere, such as one inside the payload of another, does not pass for a record, nor does one that was
/// made for its place before there was that number. An exclusive or, for it is told again by taking the sum out.
pub(crate) fn checksum_at(offset: u64, number: u64, bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, offset) ^ number
}

/// A length in memory as a length in a file; never loses anything, `usize` has at most 64 bits.
pub(crate) const fn wide(len: usize) -> u64 {
    len as u64
}

/// `offset` rounded up to `ALIGN`, or nothing when that is past the largest integer.
pub(crate) fn align_up(offset: u64) -> Option<u64> {
    offset.checked_next_multiple_of(ALIGN)
}

/// `start..start + len` as a range of memory, when it is one.
pub(crate) fn range(start: u64, len: u64) -> Option<Range<usize>> {
    let end = usize::try_from(start.checked_add(len)?).ok()?;
    Some(usize::try_from(start).ok()?..end)
}

/// The bytes `start..start + len` of a file, when it has them.
pub(crate) fn slice(bytes: &[u8], start: u64, len: u64) -> Option<&[u8]> {
    bytes.get(range(start, len)?)
}

/// The array at `at`, or nothing when `bytes` ends before it does.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The little-endian integer at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

/// The little-endian integer at `at`.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// Writes `value` at `at`; a place outside of `bytes` is left alone, and the tests would see it.
pub(crate) fn set(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..value.len())) {
        place.copy_from_slice(value);
    }
}
