//! `cst restore`.

use std::sync::atomic::AtomicBool;

use super::args::RestoreArgs;
use super::backup::rows;
use super::bar::Bar;
use super::{Error, lost, print, print_json};
use crate::care::{CareError, restore};

pub(super) fn run(args: &RestoreArgs, stop: &AtomicBool) -> Result<u8, Error> {
    use cst_frozen::care::CareError::{NotEmpty, Open};
    let bar = Bar::new(args.json);
    let report = restore(&args.folder, &args.store.store, args.replace, &bar, stop);
    bar.finish();
    let report = report.map_err(|error| match error {
        CareError::Store(Open(cst_frozen::OpenError::Missing { path })) => {
            Error::from(format!("there is no backup in {}; check the path", path.display()))
        }
        CareError::Store(NotEmpty { path, records }) => Error::from(format!(
            "the store in {} already holds {records} records; use --replace to have the backup in their place",
            path.display()
        )),
        error => error.into(),
    })?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&rows(&report))?;
    }
    Ok(lost::say(&report.lost))
}
