//! Bytes made to harm: the checksum matches, so structure alone stands between them and the library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod build;
mod columns;
mod extents;
mod library;
mod random;
mod records;
mod rules;
