//! Writing a pack.

use std::path::Path;

use xxhash_rust::xxh3::Xxh3Default;

use super::{
    layout::{segment_offset, to_bytes},
    mount::{NUMBER, SPAN, split},
};
use crate::{
    Key, Medium, WriteError,
    identity::Identity,
    inside,
    layout::{checksum, wide},
    medium::{Append, Folder},
    name,
    record::{Header, Kind},
    segment::SegmentWriter,
};

/// Writes a pack under a temporary name, then gives it its own.
pub(super) fn write<R: AsRef<[u8]>>(
    path: &Path,
    header: &[u8],
    mut records: Vec<(Key, R)>,
) -> Result<u64, WriteError> {
    if let Some(store) = inside::around_file(path) {
        return Err(WriteError::Inside { path: path.to_owned(), store });
    }
    // Stable: of one key, the last stays the last.
    records.sort_by_key(|(key, _)| *key);
    let fail = |doing| move |error| WriteError::io(doing, path.to_owned(), error);
    let (folder, name) = split(path).map_err(fail("writing"))?;
    let folder = Folder::new(folder, false);
    let temporary = name::temporary(&name);
    let written = write_out(&folder, &temporary, header, &records).and_then(|bytes| {
        folder.rename(&temporary, &name).map_err(fail("renaming"))?;
        folder.sync_folder().map_err(fail("syncing"))?;
        Ok(bytes)
    });
    if written.is_err() {
        // After the rename there is no such file any more.
        let _ = folder.remove(&temporary);
    }
    written
}

fn write_out<R: AsRef<[u8]>>(
    folder: &Folder,
    temporary: &str,
    header: &[u8],
    records: &[(Key, R)],
) -> Result<u64, WriteError> {
    let path = folder.path().join(temporary);
    let fail = |doing| {
        let path = path.clone();
        move |error| WriteError::io(doing, path, error)
    };
    let mut file = folder.create(temporary).map_err(fail("creating"))?;
    let front = write_front(&mut *file, header).map_err(fail("writing"))?;
    let mut segment = SegmentWriter::on(file, temporary.to_owned(), SPAN, identity(header, records))
        .map_err(fail("writing"))?;
    for (key, record) in kept(records) {
        let payload = record.as_ref();
        let payload_len = u32::try_from(payload.len())
            .map_err(|_| WriteError::TooLarge { bytes: wide(payload.len()), limit: u32::MAX.into() })?;
        let header = Header {
            kind: Kind::Put,
            key: *key,
            payload_len,
            payload_checksum: checksum(payload),
            generation: SPAN.last,
        };
        segment.append(header, payload).map_err(fail("writing"))?;
    }
    Ok(front.saturating_add(segment.finish(true).map_err(fail("writing"))?))
}

/// The last record of each key.
fn kept<R>(records: &[(Key, R)]) -> impl Iterator<Item = &(Key, R)> {
    let next = records.iter().skip(1).map(Some).chain([None]);
    let is_last =
        |(record, next): &(&(Key, R), Option<&(Key, R)>)| next.is_none_or(|next| next.0 != record.0);
    records.iter().zip(next).filter(is_last).map(|(record, _)| record)
}

/// The number of the segment: that of all it holds, so that the same records make the same bytes. A payload that knew it would
/// have to hold its own checksum.
fn identity<R: AsRef<[u8]>>(header: &[u8], records: &[(Key, R)]) -> Identity {
    let mut sum = Xxh3Default::new();
    sum.update(header);
    for (key, record) in kept(records) {
        sum.update(key);
        sum.update(&checksum(record.as_ref()).to_le_bytes());
    }
    Identity { store: NUMBER, number: sum.digest().max(1) }
}

/// Writes all that stands before the segment. Returns how long it is.
fn write_front(file: &mut dyn Append, header: &[u8]) -> std::io::Result<u64> {
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
    let front = to_bytes(header);
    let end = segment_offset(wide(header.len())).ok_or_else(invalid)?;
    let padding = end.saturating_sub(wide(front.len())).saturating_sub(wide(header.len()));
    file.append(&front)?;
    file.append(header)?;
    file.append(crate::layout::slice(&[0; 16], 0, padding).unwrap_or_default())?;
    Ok(end)
}
