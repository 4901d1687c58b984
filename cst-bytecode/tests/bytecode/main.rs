//! What the crate promises of sound trees and of damaged bytes, through its public functions only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod compact;
mod corrupt;
mod golden;
mod identity;
mod incremental;
mod inputs;
mod positions;
mod readers;
mod round_trip;
mod threads;
