//! The batch that a writer is gathering.

use crate::{name::Span, segment::SegmentWriter};

/// Where the writer stands between two commits.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) state: State,
    /// Whether names were given to files since the folder was last synced, or may have been.
    pub(crate) names_unsynced: bool,
    /// Segments that were published without being synced.
    pub(crate) unsynced: Vec<Span>,
    /// One of them that could not be synced when that was tried.
    pub(crate) unsyncable: Option<Span>,
}

#[derive(Default)]
pub(crate) enum State {
    /// Nothing was put.
    #[default]
    Empty,
    /// Records were put.
    Open(Box<SegmentWriter>),
    /// An error took the records that were put; the caller has yet to acknowledge it.
    Abandoned,
}
