//! A second reader of segments, made from `docs/format/frozen.md` alone: what is in the bytes, and sums that match.

use cst_frozen::Key;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub(crate) const HEADER: usize = 64;
pub(crate) const RECORD: usize = 64;
/// Of the present version.
pub(crate) const FOOTER: usize = 112;
pub(crate) const SAME: u8 = 3;

/// Name of the file: the generations of its header, or the first one. Durable or not, as the caller likes.
pub(crate) fn name(file: &[u8], durable: bool) -> String {
    let generation = |at| u64_at(file, at).unwrap_or(0);
    let (first, last) = (generation(16), generation(24));
    let (first, last) = if first >= 1 && first <= last { (first, last) } else { (1, 1) };
    format!("{first:016x}-{last:016x}{}.seg", if durable { ".durable" } else { "" })
}

/// Makes every sum and length fit the bytes. A file that is too short for a header and a footer stays as it is.
pub(crate) fn mend(file: &mut [u8]) {
    let Some(footer) = file.len().checked_sub(footer_length(file)).filter(|&footer| footer >= HEADER) else {
        return;
    };
    sum(file, 0..56, 56);
    let index =
        u64_at(file, footer + 32).and_then(|at| usize::try_from(at).ok()).unwrap_or(footer).min(footer);
    let mut at = HEADER;
    while at + RECORD <= index {
        let body = at + RECORD..(at + RECORD + body_length(file, at)).min(footer);
        match other(file, at).and_then(|other| u64_at(file, other + 8)) {
            // It has the sum of the record that it leads to, which was mended before.
            Some(same) => put(file, at + 8, same),
            None => sum(file, body.clone(), at + 8),
        }
        let header = record_sum(file, at);
        put(file, at, header);
        at = body.end.next_multiple_of(16);
    }
    sum(file, index..footer, footer + 24);
    let (header, length) = (u64_at(file, 56).unwrap_or(0), file.len() as u64);
    put(file, footer + 16, header);
    put(file, footer + 80, length);
    let end = file.len() - 8;
    if end > footer + 88 {
        file.copy_within(32..48, footer + 88);
    }
    sum(file, footer..end, end);
}

/// What the checksum of the record's header at a place is to be.
pub(crate) fn record_sum(file: &[u8], at: usize) -> u64 {
    xxh3_64_with_seed(&file[at + 8..at + RECORD], at as u64) ^ number(file)
}

/// Whether the header, or what is in its place, says a version whose segments have numbers.
fn is_signed(file: &[u8]) -> bool {
    file.get(8..12).is_some_and(|version| u32::from_le_bytes(version.try_into().unwrap()) >= 3)
}

fn number(file: &[u8]) -> u64 {
    if is_signed(file) { u64_at(file, 40).unwrap_or(0) } else { 0 }
}

fn footer_length(file: &[u8]) -> usize {
    if is_signed(file) { FOOTER } else { 96 }
}

/// Whether the file has a sound record of this key and payload.
pub(crate) fn has(file: &[u8], key: &Key, payload: &[u8]) -> bool {
    (HEADER..file.len().saturating_sub(RECORD)).step_by(16).any(|at| {
        file[at + 32..at + RECORD] == *key
            && is_sound(file, at)
            && self::payload(file, at, file.len()).as_deref() == Some(payload)
    })
}

/// Whether the header of the record at a place is as it was written: with the number that the segment's header says, or where
/// that is damaged, with one that its first record says, or its footer.
fn is_sound(file: &[u8], at: usize) -> bool {
    let plain = xxh3_64_with_seed(&file[at + 8..at + RECORD], at as u64);
    let Some(found) = u64_at(file, at).map(|sum| sum ^ plain) else { return false };
    let is_header = u64_at(file, 56) == Some(xxh3_64(&file[..56]));
    found == number(file) || !is_header
}

/// The payload of a record, wherever it lies.
pub(crate) fn payload(file: &[u8], at: usize, end: usize) -> Option<Vec<u8>> {
    let length = payload_length(file, at);
    let start = match file[at + 20] {
        1 if at + RECORD + length <= end => at,
        SAME => other(file, at).filter(|&other| {
            let is_put = file[other + 20..other + 24] == [1, 0, 0, 0];
            is_put && is_sound(file, other) && file[other + 8..other + 20] == file[at + 8..at + 20]
        })?,
        _ => return None,
    };
    let payload = file.get(start + RECORD..start + RECORD + length)?;
    (u64_at(file, at + 8)? == xxh3_64(payload)).then(|| payload.to_vec())
}

/// The record that has the payload of one of kind same: an earlier one.
pub(crate) fn other(file: &[u8], at: usize) -> Option<usize> {
    let place = u64_at(file, at + RECORD).filter(|_| file[at + 20] == SAME)?;
    usize::try_from(place).ok().filter(|&place| place < at)
}

/// What follows a record's header, without padding.
fn body_length(file: &[u8], at: usize) -> usize {
    if file.get(at + 20) == Some(&SAME) { 8 } else { payload_length(file, at) }
}

/// Every key that stands where one may stand.
pub(crate) fn keys(file: &[u8]) -> impl Iterator<Item = Key> {
    let last = file.len().saturating_sub(RECORD);
    (HEADER..last).step_by(16).take(64).filter_map(|at| file[at + 32..at + RECORD].try_into().ok())
}

pub(crate) fn payload_length(file: &[u8], at: usize) -> usize {
    file.get(at + 16..at + 20).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()) as usize)
}

/// Puts the sum of a range at a place.
pub(crate) fn sum(file: &mut [u8], range: core::ops::Range<usize>, at: usize) {
    let sum = xxh3_64(&file[range]);
    put(file, at, sum);
}

pub(crate) fn put(file: &mut [u8], at: usize, value: u64) {
    file[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

pub(crate) fn u64_at(file: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(file.get(at..at + 8)?.try_into().ok()?))
}
