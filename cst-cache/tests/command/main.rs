//! The command `cst`, as a user runs it: what it prints, what it says, how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may; their helpers are not seen as such"
)]

#[path = "../support/mod.rs"]
mod support;

mod arguments;
mod care;
mod damage;
mod disk;
mod files;
mod get;
mod index;
mod migrate;
mod pack;
mod quota;
mod verify;
mod walk;
