//! What of a segment's ends can be told from its records, where one of them is damaged.
//!
//! Header, index and footer say nothing that does not follow from the segment's name, whose it is, and its records, but for how
//! many of these there should be. So they can be made anew where something that is left proves that no record is missing: the
//! index that is stored is the one that belongs to the records, or the footer is, in one of its two halves: what it states, or
//! the checksum of that. Neither can be so by chance, nor because a file was torn.
//!
//! The number that the records' checksums are mixed with follows from these, too. Whose the segment is does not: one of the two
//! ends has to say it, and where both are damaged, what is left of them.

use super::{
    Footer,
    header::{header_bytes, len_in, raw_identity},
    number::number,
    rebuilt::Rebuilt,
};
use crate::{
    identity::Identity,
    index::{Entry, Place, Shape},
    layout::{self, OLDEST_VERSION, SIGNED_VERSION, VERSION, checksum, header, slice, wide},
    name::Name,
    record::{Header, Kind},
};

/// What an intact header says: its version, and whose the segment is.
pub(super) type Signed = Option<(u32, Identity)>;

/// Both ends of a segment as they were when it was written, and its index where that is damaged, too. Nothing where it is not
/// proven that all records are found, or that it is a segment of the store `own`, if that is known.
pub(super) fn mend(
    name: Name,
    signed: Signed,
    own: Option<u64>,
    file: &[u8],
) -> Option<(Footer, Option<Rebuilt>)> {
    let number = match signed {
        Some((_, identity)) => identity.number,
        None => number(file, name.span)?,
    };
    let mut records = walk(name, number, file);
    let rebuilt = Rebuilt::of(&mut records.entries);
    let index = slice(file, records.end, wide(rebuilt.bytes.len())).unwrap_or_default();
    // Of a segment without records the index is all zeros, which prove nothing.
    let index_is_intact = index == rebuilt.bytes;
    let index_proves = index_is_intact && rebuilt.records > 0;
    let end = records.end.saturating_add(wide(rebuilt.bytes.len()));
    let said = raw_identity(file).store;
    let candidates = versions(signed, number).flat_map(|version| {
        let stores = match signed {
            Some((_, identity)) => [Some(identity.store), None],
            None if version < SIGNED_VERSION => [Some(0), None],
            None => [Some(said), own],
        };
        let of = move |store| Identity { store, number };
        stores.into_iter().flatten().map(move |store| (version, of(store)))
    });
    let (records, rebuilt) = (&records, rebuilt);
    let footers = candidates.flat_map(|(version, identity)| {
        // One that nothing but the index proves is as durable as its name.
        [name.durable, !name.durable]
            .map(|durable| records.footer(name, version, identity, durable, &rebuilt))
    });
    let mut footers = footers.peekable();
    // The first of them is whose the header says, also a damaged one.
    let likeliest = footers.peek().copied().filter(|footer| !footer.identity.is_foreign(footer.version, own));
    let is_left = |footer: &Footer| {
        let found = slice(file, end, wide(len_in(footer.version))).unwrap_or_default();
        is_half_of(footer, found)
    };
    let footer = footers.find(is_left).or(likeliest.filter(|_| index_proves))?;
    Some((footer, (!index_is_intact).then_some(rebuilt)))
}

/// The versions that a segment may be of, the likeliest first.
fn versions(signed: Signed, number: u64) -> impl Iterator<Item = u32> {
    let versions = match signed {
        Some((version, _)) => version..=version,
        None if number == 0 => OLDEST_VERSION..=SIGNED_VERSION - 1,
        None => SIGNED_VERSION..=VERSION,
    };
    versions.rev()
}

/// Whether one half of a stored footer is that of this one.
fn is_half_of(footer: &Footer, found: &[u8]) -> bool {
    let bytes = footer.to_bytes();
    let (facts, sum) = bytes.split_at(bytes.len() - 8);
    found.get(..facts.len()) == Some(facts) || found.get(facts.len()..) == Some(sum)
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

fn walk(name: Name, number: u64, file: &[u8]) -> Walked {
    let mut walked = Walked { end: wide(header::LEN), ..Walked::default() };
    let fits = |at: u64, header: &Header| at.saturating_add(header.frame_len()) <= wide(file.len());
    let belongs = |header: &Header| (name.span.first..=name.span.last).contains(&header.generation);
    while let Some(header) = Header::read(file, walked.end, number).filter(|header| fits(walked.end, header))
    {
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
    fn footer(&self, name: Name, version: u32, identity: Identity, durable: bool, index: &Rebuilt) -> Footer {
        Footer {
            version,
            identity,
            durable,
            header_checksum: header_checksum(name, version, identity),
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
pub(super) fn header_checksum(name: Name, version: u32, identity: Identity) -> u64 {
    let bytes = header_bytes(name.span, version, identity);
    checksum(bytes.get(..header::CHECKSUM).unwrap_or_default())
}
