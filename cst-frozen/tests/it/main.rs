//! Tests of the store through its public door, on the simulated disk and in temporary folders.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may; helpers of tests are not seen as such"
)]

mod alone;
mod background;
mod basic;
mod care;
mod compaction;
mod crash;
mod damage;
#[path = "../support/data.rs"]
mod data;
mod doubt;
mod fixtures;
mod group;
#[path = "../support/history.rs"]
mod history;
mod identity;
mod kill;
#[cfg(unix)]
mod links;
mod model;
mod pack;
mod quota;
mod readers;
mod refusals;
mod repair;
mod same;
mod support;
mod volatile;
