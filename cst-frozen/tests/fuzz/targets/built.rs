//! A segment made from any records, and what a second reader finds in it: from `docs/format/frozen.md` alone.

use std::collections::BTreeMap;

use cst_frozen::{FORMAT_VERSION, Key};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::segment::{FOOTER, HEADER, RECORD, payload, payload_length, put, record_sum, sum, u64_at};

/// A durable segment of generation 1 whose records are these bytes, cut into records and with sums that match; what cannot
/// be made a record stays as it is.
pub(crate) fn around(data: &[u8]) -> Vec<u8> {
    let mut file = vec![0; HEADER];
    file[..8].copy_from_slice(b"\x89CSF\r\n\x1a\n");
    file[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    put(&mut file, 16, 1);
    put(&mut file, 24, 1);
    put(&mut file, 32, 0x51d7);
    put(&mut file, 40, 0x0dd_ba11);
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
        let header = record_sum(&file, at);
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
    file[footer + 8..footer + 12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
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
    file.copy_within(32..48, footer + 88);
    sum(file, footer..footer + 104, footer + 104);
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
        if u64_at(file, at) != Some(record_sum(file, at))
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
