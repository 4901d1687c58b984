//! Measures the crates of this workspace on real source, beside the parse of the same run.
#![doc = include_str!("../README.md")]

use std::path::PathBuf;

pub mod args;
pub mod baseline;
pub mod c_heap;
pub mod case;
pub mod corpus;
pub mod count;
pub mod error;
pub mod figure;
pub mod heap;
pub mod instructions;
pub mod machine;
pub mod measure;
pub mod memory_store;
pub mod page_cache;
#[cfg(feature = "peers")]
pub mod peers;
pub mod placed;
pub mod plot;
pub mod random;
pub mod records;
pub mod report;
pub mod results;
pub mod rounds;
pub mod sibling;
pub mod size;
pub mod snapshot;
pub mod stop;
pub mod stress;
pub mod subject;
pub mod suite;
pub mod table;
mod tally;
pub mod visit;
pub mod whole;

/// The workspace's folder, as it was when this crate was built.
#[must_use]
pub fn workspace() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or(own.clone(), PathBuf::from)
}
