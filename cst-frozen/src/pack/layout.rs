//! The front of a pack: where each byte lies, and what is checked. Behind it lies a segment. `docs/format/pack.md` says the
//! same.

use std::{fs::File, io::Read, path::Path};

use super::PackError;
use crate::layout::{align_up, array_at, checksum, set, slice, u32_at, u64_at, wide};

/// The format version that this build writes and reads.
pub(crate) const VERSION: u32 = 1;

/// First bytes, with the same precautions as a segment's.
pub(crate) const MAGIC: [u8; 8] = *b"\x89CSP\r\n\x1a\n";

/// The header; the caller's follows it, then zeros up to the next multiple of 16, then the segment.
pub(crate) mod header {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const VERSION: usize = MAGIC + 8;
    pub(crate) const FLAGS: usize = VERSION + 4;
    pub(crate) const CALLER_LEN: usize = FLAGS + 4;
    pub(crate) const CALLER_CHECKSUM: usize = CALLER_LEN + 8;
    pub(crate) const RESERVED: usize = CALLER_CHECKSUM + 8;
    pub(crate) const CHECKSUM: usize = RESERVED + 24;
    pub(crate) const LEN: usize = CHECKSUM + 8;
}

const _: () = assert!(header::LEN == 64);

/// The header's bytes.
pub(super) fn to_bytes(caller: &[u8]) -> [u8; header::LEN] {
    let mut bytes = [0; header::LEN];
    set(&mut bytes, header::MAGIC, &MAGIC);
    set(&mut bytes, header::VERSION, &VERSION.to_le_bytes());
    set(&mut bytes, header::CALLER_LEN, &wide(caller.len()).to_le_bytes());
    set(&mut bytes, header::CALLER_CHECKSUM, &checksum(caller).to_le_bytes());
    let sum = checksum(bytes.get(..header::CHECKSUM).unwrap_or_default());
    set(&mut bytes, header::CHECKSUM, &sum.to_le_bytes());
    bytes
}

/// Whether a file begins as a pack does.
pub(super) fn is_pack(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok()) && magic == MAGIC
}

/// The length of the caller's header, once all in front of the segment is checked.
pub(super) fn read(file: &[u8], path: &Path) -> Result<u64, PackError> {
    let damaged = |what| PackError::Damaged { path: path.to_owned(), what };
    if array_at(file, header::MAGIC) != Some(MAGIC) {
        return Err(PackError::NotAPack { path: path.to_owned() });
    }
    let intact = || {
        let bytes: [u8; header::LEN] = array_at(file, 0)?;
        let sum = checksum(bytes.get(..header::CHECKSUM)?);
        (u64_at(&bytes, header::CHECKSUM)? == sum).then_some(bytes)
    };
    let bytes = intact().ok_or_else(|| damaged("its first 64 bytes"))?;
    let found = u32_at(&bytes, header::VERSION).unwrap_or(0);
    if found != VERSION {
        return Err(PackError::Version { path: path.to_owned(), found, supported: VERSION });
    }
    let is_zero = |from: usize, to: usize| bytes.get(from..to).is_some_and(|b| b.iter().all(|&b| b == 0));
    if !is_zero(header::FLAGS, header::CALLER_LEN) || !is_zero(header::RESERVED, header::CHECKSUM) {
        return Err(damaged("its first 64 bytes"));
    }
    let len = u64_at(&bytes, header::CALLER_LEN).unwrap_or(0);
    let caller = slice(file, wide(header::LEN), len);
    let padding = segment_offset(len).and_then(|at| {
        slice(file, wide(header::LEN).checked_add(len)?, at.checked_sub(wide(header::LEN) + len)?)
    });
    if caller.map(checksum) != u64_at(&bytes, header::CALLER_CHECKSUM)
        || padding.is_none_or(|zeros| zeros.iter().any(|&byte| byte != 0))
    {
        return Err(damaged("the header in front of its records"));
    }
    Ok(len)
}

/// Where the segment begins, behind a caller's header of this length.
pub(super) fn segment_offset(caller_len: u64) -> Option<u64> {
    align_up(wide(header::LEN).checked_add(caller_len)?)
}
