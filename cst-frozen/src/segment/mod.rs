//! A segment: one immutable file with the records of one commit, or of several that were merged.

mod checked;
mod header;
mod mend;
mod number;
mod read;
mod rebuilt;
mod scan;
mod write;

pub(crate) use header::{Footer, Front, read_header};
pub(crate) use number::number;
pub(crate) use read::{Found, Reject, Segment};
pub(crate) use scan::{Scanned, scan};
pub(crate) use write::SegmentWriter;
