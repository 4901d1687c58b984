//! Measures the crates of this workspace on real source, beside the parse of the same run.
#![doc = include_str!("../README.md")]

pub mod args;
pub mod case;
pub mod corpus;
pub mod count;
pub mod error;
pub mod figure;
pub mod measure;
pub mod memory_store;
#[cfg(feature = "peers")]
pub mod peers;
pub mod report;
pub mod size;
pub mod stress;
pub mod subject;
pub mod table;
