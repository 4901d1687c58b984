//! The cache through its public door: tiers, budgets, restarts, faults, damage, races.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may; their helpers are not seen as such"
)]

#[path = "../support/mod.rs"]
mod support;

mod budgets;
mod counters;
mod damage;
mod edits;
mod faults;
mod flights;
mod forms;
mod in_place;
mod keys;
mod model;
mod quota;
mod races;
mod removal;
mod restart;
mod tiers;
