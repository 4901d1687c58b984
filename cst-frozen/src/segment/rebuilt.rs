//! An index made anew, in memory.

use std::convert::Infallible;

use crate::{
    index::{Entry, build},
    layout::wide,
};

/// The index of some records, as a writer would have written it.
#[derive(Debug)]
pub(super) struct Rebuilt {
    pub(super) bytes: Vec<u8>,
    pub(super) records: u64,
    pub(super) homes: u64,
}

impl Rebuilt {
    /// Sorts the entries.
    pub(super) fn of(entries: &mut [Entry]) -> Rebuilt {
        let mut bytes = Vec::new();
        let built = build(entries, |slot| {
            bytes.extend_from_slice(slot);
            Ok::<(), Infallible>(())
        });
        match built {
            Ok(shape) => Rebuilt { bytes, records: wide(entries.len()), homes: shape.homes },
            Err(never) => match never {},
        }
    }
}
