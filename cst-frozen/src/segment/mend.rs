//! What of a segment's ends can be told from its records, where one of them is damaged.
//!
//! Header, index and footer say nothing that does not follow from the segment's name and its records, but for how many of
//! these there should be. So they can be made anew where something that is left proves that no record is missing: the index
//! that is stored is the one that belongs to the records, or the footer is, in one of its two halves: what it states, or the
//! checksum of that. Neither can be so by chance, nor because a file was torn.

use super::{Footer, header::header_bytes, rebuilt::Rebuilt};
use crate::{
    index::{Entry, Place, Shape},
    layout::{self, OLDEST_VERSION, VERSION, checksum, footer, header, slice, wide},
    name::Name,
    record::{Header, Kind},
};

/// Both ends of a segment as they were when it was written, and its index where that is damaged, too. Nothing where it is not
/// proven that all records are found. `version` is that of the header, if that is intact.
pub(super) fn mend(name: Name, version: Option<u32>, file: &[u8]) -> Option<(Footer, Option<Rebuilt>)> {
    let mut records = walk(name, file);
    let rebuilt = Rebuilt::of(&mut records.entries);
    let index = slice(file, records.end, wide(rebuilt.bytes.len())).unwrap_or_default();
    // Of a segment without records the index is all zeros, which prove nothing.
    let index_is_intact = index == rebuilt.bytes;
    let index_proves = index_is_intact && rebuilt.records > 0;
    let found = records.end.saturating_add(wide(rebuilt.bytes.len()));
    let found = slice(file, found, wide(footer::LEN)).unwrap_or_default();
    let versions = version.map_or(OLDEST_VERSION..=VERSION, |version| version..=version);
    let footers = versions.rev().flat_map(|version| {
        // One that nothing but the index proves is as durable as its name.
        [name.durable, !name.durable].map(|durable| records.footer(name, version, durable, &rebuilt))
    });
    let mut footers = footers.peekable();
    let likeliest = footers.peek().copied();
    let footer = footers.find(|footer| is_half_of(footer, found)).or(likeliest.filter(|_| index_proves))?;
    Some((footer, (!index_is_intact).then_some(rebuilt)))
}

/// Whether one half of a stored footer is that of this one.
fn is_half_of(footer: &Footer, found: &[u8]) -> bool {
    let bytes = footer.to_bytes();
    let (facts, sum) = bytes.split_at(footer::CHECKSUM);
    found.get(..footer::CHECKSUM) == Some(facts) || found.get(footer::CHECKSUM..) == Some(sum)
}

/// The records that follow one another without a gap from the beginning on.
#[derive(Default)]
struct Walked {
    entries: Vec<Entry>,
    /// Where the last one ends.
    end: u64,
    tombstones: u64,
    payload_bytes: u64,
}

fn walk(name: Name, file: &[u8]) -> Walked {
    let mut walked = Walked { end: wide(header::LEN), ..Walked::default() };
    let fits = |at: u64, header: &Header| at.saturating_add(header.frame_len()) <= wide(file.len());
    let belongs = |header: &Header| (name.span.first..=name.span.last).contains(&header.generation);
    while let Some(header) = Header::read(file, walked.end).filter(|header| fits(walked.end, header)) {
        if !belongs(&header) {
            break;
        }
        let is_tombstone = header.kind == Kind::Tombstone;
        walked
            .entries
            .push(Entry { tag: layout::tag(&header.key), place: Place::new(walked.end, is_tombstone) });
        walked.tombstones += u64::from(is_tombstone);
        walked.payload_bytes = walked.payload_bytes.saturating_add(header.payload_len.into());
        walked.end = walked.end.saturating_add(header.frame_len());
    }
    walked
}

impl Walked {
    /// The footer of a segment with these records and no others.
    fn footer(&self, name: Name, version: u32, durable: bool, index: &Rebuilt) -> Footer {
        Footer {
            version,
            durable,
            header_checksum: header_checksum(name, version),
            index_checksum: checksum(&index.bytes),
            index_offset: self.end,
            shape: Shape { homes: index.homes, slots: wide(index.bytes.len() / layout::slot::LEN) },
            records: index.records,
            tombstones: self.tombstones,
            payload_bytes: self.payload_bytes,
        }
    }
}

/// That of the header which a segment of this name and version begins with.
pub(super) fn header_checksum(name: Name, version: u32) -> u64 {
    let bytes = header_bytes(name.span, version);
    checksum(bytes.get(..header::CHECKSUM).unwrap_or_default())
}
