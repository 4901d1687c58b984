//! A second reader of segments, made from `docs/format/frozen.md` alone: what is in the bytes, and sums that match.

use std::collections::BTreeMap;

use cst_frozen::Key;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const HEADER: usize = 64;
const RECORD: usize = 64;
const FOOTER: usize = 96;

/// Name of the file: the generations of its header, or the first one.
pub(crate) fn name(file: &[u8]) -> String {
    let generation = |at| u64_at(file, at).unwrap_or(0);
    let (first, last) = (generation(16), generation(24));
    let (first, last) = if first >= 1 && first <= last { (first, last) } else { (1, 1) };
    format!("{first:016x}-{last:016x}.seg")
}

/// Makes every sum and length fit the bytes. A file that is too short for a header and a footer stays as it is.
pub(crate) fn mend(file: &mut [u8]) {
    let Some(footer) = file.len().checked_sub(FOOTER).filter(|&footer| footer >= HEADER) else { return };
    sum(file, 0..56, 56);
    let index =
        u64_at(file, footer + 32).and_then(|at| usize::try_from(at).ok()).unwrap_or(footer).min(footer);
    let mut at = HEADER;
    while at + RECORD <= index {
        let mut end = (at + RECORD + payload_length(file, at)).min(footer);
        if file[at + 20] == 3 {
            end = (at + RECORD + 16).min(footer);
            lead(file, at);
        } else {
            sum(file, at + RECORD..end, at + 8);
        }
        let header = xxh3_64_with_seed(&file[at + 8..at + RECORD], at as u64);
        put(file, at, header);
        at = end.next_multiple_of(16);
    }
    sum(file, index..footer, footer + 24);
    let (header, length) = (u64_at(file, 56).unwrap_or(0), file.len() as u64);
    put(file, footer + 16, header);
    put(file, footer + 80, length);
    sum(file, footer..footer + 88, footer + 88);
}

/// A durable segment of generation 1 whose records are these bytes, cut into records and with sums that match; what cannot
/// be made a record stays as it is.
pub(crate) fn around(data: &[u8]) -> Vec<u8> {
    let mut file = vec![0; HEADER];
    file[..8].copy_from_slice(b"\x89CSF\r\n\x1a\n");
    file[8..12].copy_from_slice(&cst_frozen::FORMAT_VERSION.to_le_bytes());
    put(&mut file, 16, 1);
    put(&mut file, 24, 1);
    file.extend_from_slice(data);
    file.resize(file.len().next_multiple_of(16), 0);
    let index = file.len();
    let mut slots = Vec::new();
    let (mut tombstones, mut payloads, mut at) = (0, 0, HEADER);
    while at + RECORD <= index {
        let kind = 1 + file[at + 20] % 3;
        file[at + 20..at + 24].copy_from_slice(&[kind, 0, 0, 0]);
        let room = index - at - RECORD;
        let length = match kind {
            2 => 0,
            3 if room < 16 => break,
            // Whatever it leads to, or a length that is never there.
            3 => payload_length(&file, at) % 4096,
            _ => payload_length(&file, at) % (room + 1),
        };
        file[at + 16..at + 20].copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
        if kind == 3 {
            // Every other one leads to the beginning of what may be a record.
            let place = HEADER + usize::from(file[at + RECORD]) % (at - HEADER + 1) / 16 * 16;
            if file[at + RECORD + 8].is_multiple_of(2) {
                put(&mut file, at + RECORD, place as u64);
                lead(&mut file, at);
            }
        } else {
            sum(&mut file, at + RECORD..at + RECORD + length, at + 8);
        }
        let header = xxh3_64_with_seed(&file[at + 8..at + RECORD], at as u64);
        put(&mut file, at, header);
        let key: Key = file[at + 32..at + RECORD].try_into().unwrap();
        slots.push((xxh3_64_with_seed(&key, 0x6373_7466_726F_7A6E), at as u64 + u64::from(kind == 2)));
        tombstones += u64::from(kind == 2);
        payloads += payload_length(&file, at) as u64;
        at += RECORD + if kind == 3 { 16 } else { length.next_multiple_of(16) };
    }
    finish(&mut file, &mut slots, [tombstones, payloads]);
    file
}

/// Gives a record that leads to another one's payload the length and the sum of that, if there may be one.
fn lead(file: &mut [u8], at: usize) {
    let place = u64_at(file, at + RECORD).and_then(|place| usize::try_from(place).ok());
    let Some(place) = place.filter(|&place| place >= HEADER && place < at) else { return };
    file.copy_within(place + 8..place + 20, at + 8);
}

/// Adds index and footer.
fn finish(file: &mut Vec<u8>, slots: &mut [(u64, u64)], [tombstones, payloads]: [u64; 2]) {
    let (index, records) = (file.len(), slots.len() as u64);
    let homes = records * 10 / 7 + 1;
    slots.sort_by_key(|&(tag, place)| (tag, u64::MAX - place));
    let mut table: Vec<(u64, u64)> = Vec::new();
    for &slot in slots.iter() {
        let home = ((u128::from(slot.0) * u128::from(homes)) >> 64) as usize;
        table.resize(table.len().max(home), (0, 0));
        table.push(slot);
    }
    table.resize(table.len().max(homes as usize), (0, 0));
    file.extend(table.iter().flat_map(|(tag, place)| [tag.to_le_bytes(), place.to_le_bytes()].concat()));
    let footer = file.len();
    file.resize(footer + FOOTER, 0);
    file[footer..footer + 8].copy_from_slice(b"\x89FSC\r\n\x1a\n");
    file[footer + 8..footer + 12].copy_from_slice(&cst_frozen::FORMAT_VERSION.to_le_bytes());
    file[footer + 12] = 1;
    let length = file.len() as u64;
    let slots = table.len() as u64;
    for (at, value) in [
        (32, index as u64),
        (40, homes),
        (48, slots),
        (56, records),
        (64, tombstones),
        (72, payloads),
        (80, length),
    ] {
        put(file, footer + at, value);
    }
    sum(file, 0..56, 56);
    let header = u64_at(file, 56).unwrap();
    put(file, footer + 16, header);
    sum(file, index..footer, footer + 24);
    sum(file, footer..footer + 88, footer + 88);
}

/// What such a segment holds: of each key the last record, nothing where that leads nowhere or takes the key out.
pub(crate) fn contents(file: &[u8]) -> BTreeMap<Key, Option<Vec<u8>>> {
    let index = u64_at(file, file.len() - FOOTER + 32).unwrap() as usize;
    let mut all = BTreeMap::new();
    let mut at = HEADER;
    while at + RECORD <= index {
        let length = payload_length(file, at);
        let body = match file[at + 20] {
            3 => 16,
            1 => length.next_multiple_of(16),
            _ => 0,
        };
        if u64_at(file, at) != Some(xxh3_64_with_seed(&file[at + 8..at + RECORD], at as u64))
            || !(1..=3).contains(&file[at + 20])
            || at + RECORD + body > index
        {
            at += 16;
            continue;
        }
        let key: Key = file[at + 32..at + RECORD].try_into().unwrap();
        all.insert(key, payload(file, at, at + RECORD + body));
        at += RECORD + body;
    }
    all
}

/// The payload of a record, wherever it lies.
fn payload(file: &[u8], at: usize, end: usize) -> Option<Vec<u8>> {
    let length = payload_length(file, at);
    let start = match file[at + 20] {
        1 if at + RECORD + length <= end => at,
        3 => {
            let other = usize::try_from(u64_at(file, at + RECORD)?).ok()?;
            let is_put = file.get(other + 20..other + 24)? == [1, 0, 0, 0] && other < at;
            let is_whole =
                u64_at(file, other)? == xxh3_64_with_seed(file.get(other + 8..other + RECORD)?, other as u64);
            let is_same = file.get(other + 8..other + 20)? == &file[at + 8..at + 20];
            (is_put && is_whole && is_same).then_some(other)?
        }
        _ => return None,
    };
    let payload = file.get(start + RECORD..start + RECORD + length)?;
    (u64_at(file, at + 8)? == xxh3_64(payload)).then(|| payload.to_vec())
}

/// Whether the file has a sound record of this key and payload.
pub(crate) fn has(file: &[u8], key: &Key, payload: &[u8]) -> bool {
    (HEADER..file.len().saturating_sub(RECORD)).step_by(16).any(|at| {
        file[at + 32..at + RECORD] == *key
            && u64_at(file, at) == Some(xxh3_64_with_seed(&file[at + 8..at + RECORD], at as u64))
            && self::payload(file, at, file.len()).as_deref() == Some(payload)
    })
}

/// Every key that stands where one may stand.
pub(crate) fn keys(file: &[u8]) -> impl Iterator<Item = Key> {
    let last = file.len().saturating_sub(RECORD);
    (HEADER..last).step_by(16).take(64).filter_map(|at| file[at + 32..at + RECORD].try_into().ok())
}

fn payload_length(file: &[u8], at: usize) -> usize {
    file.get(at + 16..at + 20).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()) as usize)
}

/// Puts the sum of a range at a place.
pub(crate) fn sum(file: &mut [u8], range: core::ops::Range<usize>, at: usize) {
    let sum = xxh3_64(&file[range]);
    put(file, at, sum);
}

fn put(file: &mut [u8], at: usize, value: u64) {
    file[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn u64_at(file: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(file.get(at..at + 8)?.try_into().ok()?))
}
