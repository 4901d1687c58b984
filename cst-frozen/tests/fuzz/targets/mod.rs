//! The bodies of the fuzz targets: ordinary functions, so that ordinary tests call them as well.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each program includes all of it and uses a part; a failure is a panic"
)]

mod built;
#[path = "../../support/data.rs"]
mod data;
#[path = "../../support/history.rs"]
mod history;
pub(crate) mod open;
pub(crate) mod operations;
pub(crate) mod pack;
pub(crate) mod record;
mod segment;
