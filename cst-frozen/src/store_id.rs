//! The number that tells one life of a folder from the next.
//!
//! Generations begin at one in every new store, so after a folder was deleted and made again, a reader that had it open
//! would take new segments for those it knows by the same names. The number, drawn when the store is made, tells it.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{medium::Medium, name::STORE};

const LABEL: &str = "cst-frozen store ";

/// The store's number, or nothing when the file that bears it is missing or damaged, which harms nothing else.
pub(crate) fn read(medium: &dyn Medium) -> Option<u64> {
    let bytes = medium.read(STORE).ok()?;
    let digits = std::str::from_utf8(&bytes).ok()?.strip_prefix(LABEL)?.strip_suffix('\n')?;
    if digits.len() == 16 { u64::from_str_radix(digits, 16).ok() } else { None }
}

/// The text of a new store's file.
pub(crate) fn fresh() -> String {
    // The standard library's hash seeds are random per process; the clock and the process id tell the rest apart.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()));
    format!("{LABEL}{:016x}\n", hasher.finish())
}

/// Writes a file whole or not at all.
pub(crate) fn publish(medium: &dyn Medium, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = crate::name::temporary("small");
    let mut file = medium.create(&temporary)?;
    file.append(bytes)?;
    file.sync()?;
    drop(file);
    medium.rename(&temporary, name)
}
