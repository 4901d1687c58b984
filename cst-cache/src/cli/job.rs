//! A job that reports: a bar while it runs, then a table, or one JSON object.

use serde::Serialize;

use super::args::CommonArgs;
use super::bar::Bar;
use super::{Error, print};
use crate::index::Progress;

/// Runs the job and prints what it came to, which it returns. `text` is what a person gets to read.
pub(super) fn run<R: Serialize, E: Into<Error>>(
    common: &CommonArgs,
    job: impl FnOnce(&dyn Progress) -> Result<R, E>,
    text: impl FnOnce(&R) -> String,
) -> Result<R, Error> {
    let bar = Bar::new(common.json);
    let report = job(&bar);
    bar.finish();
    let report = report.map_err(Into::into)?;
    print(&if common.json { serde_json::to_string_pretty(&report)? } else { text(&report) })?;
    Ok(report)
}
