//! `cst restore`.

use std::sync::atomic::AtomicBool;

use super::args::RestoreArgs;
use super::backup::rows;
use super::{Error, job, lost};
use crate::care::{CareError, restore};
use crate::index::Progress;

pub(super) fn run(args: &RestoreArgs, stop: &AtomicBool) -> Result<u8, Error> {
    let copy = |bar: &dyn Progress| {
        restore(&args.folder, args.common.store(), args.replace, bar, stop).map_err(in_words_of_the_command)
    };
    let report = job::run(&args.common, copy, rows)?;
    Ok(lost::say(&report.lost))
}

fn in_words_of_the_command(error: CareError) -> Error {
    use cst_frozen::care::CareError::{NotEmpty, Open};
    match error {
        CareError::Store(Open(cst_frozen::OpenError::Missing { path })) => {
            format!("there is no backup in {}; check the path", path.display()).into()
        }
        CareError::Store(NotEmpty { path, records }) => format!(
            "the store in {} already holds {records} records, or as many segments that cannot be read; \
             use --replace to have the backup in their place",
            path.display()
        )
        .into(),
        error => error.into(),
    }
}
