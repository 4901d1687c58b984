//! The C shim, as safe functions: the only folder of this crate with unsafe code.
//!
//! Declarations here repeat `csrc/cst_shim.h`; both sides assert the layout of what they share. Each stands in the
//! one file that calls it, beside the proof that it may.

mod builder;
mod language;
mod memo;
mod memory;
mod row;
mod states;
mod status;
mod tree;
mod visit;
mod walk;

pub(crate) use builder::{Parts, Shapes};
pub(crate) use language::{FieldEntry, Names, describe_language, field_entries, public_symbols};
pub(crate) use memo::Memo;
pub(crate) use memory::release_memory;
#[cfg(feature = "mimalloc")]
pub use memory::use_mimalloc;
pub(crate) use row::{Extent, Row, ScannerState};
pub(crate) use states::States;
pub(crate) use status::Status;
pub(crate) use tree::{compare, included_ranges, live_bytes};
pub(crate) use visit::Visit;
pub(crate) use walk::Walk;
