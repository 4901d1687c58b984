//! Walks the records of a segment without its index.

use crate::{
    layout::{self, ALIGN, wide},
    record::Header,
};

/// What is found at one place.
#[derive(Debug)]
pub(crate) enum Scanned {
    /// An intact header whose payload lies within the records; the payload was not looked at.
    Record(u64, Header),
    /// Here begin bytes that are no record; the next item is the next record after them.
    Garbage(u64),
}

/// Walks the records of the segment with this number, which end at `end`; reads headers, and no payload.
///
/// Where a header is damaged the next intact one is looked for, on each multiple of 16. A header's checksum depends on
/// its place and on the number, so what looks like a record inside a payload is not taken for one.
pub(crate) fn scan(file: &[u8], end: u64, number: u64) -> impl Iterator<Item = Scanned> + '_ {
    let mut offset = wide(layout::header::LEN);
    let mut lost = false;
    std::iter::from_fn(move || {
        while offset < end {
            let at = offset;
            let whole =
                Header::read(file, at, number).filter(|header| at.saturating_add(header.frame_len()) <= end);
            if let Some(header) = whole {
                lost = false;
                offset = at.saturating_add(header.frame_len());
                return Some(Scanned::Record(at, header));
            }
            offset = at.saturating_add(ALIGN);
            if !lost {
                lost = true;
                return Some(Scanned::Garbage(at));
            }
        }
        None
    })
}
