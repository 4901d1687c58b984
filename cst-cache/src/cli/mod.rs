//! The command `cst`: arguments in, library calls, results out. No logic of its own.

mod args;
mod backup;
mod bar;
mod export;
mod get;
mod import;
mod index;
mod job;
mod lost;
mod migrate;
mod number;
mod repair;
mod restore;
mod stats;
mod verify;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use cst_frozen::{OpenError, Reader};

use args::{Args, Command};

use crate::care::{self, CareError};

/// Exit statuses; `docs/cli.md` lists them.
mod status {
    pub(super) const UNSOUND: u8 = 1;
    pub(super) const FAILED: u8 = 2;
    pub(super) const NO_TREE: u8 = 3;
    pub(super) const INTERRUPTED: u8 = 130;
}

/// Runs the command with the process's arguments; returns its exit status.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let stop = stop_on_signal();
    let result = match &args.command {
        Command::Index(args) => index::run(args, &stop),
        Command::Get(args) => get::run(args),
        Command::Verify(args) => verify::run(args, &stop),
        Command::Stats(args) => stats::run(args),
        Command::Repair(args) => repair::run(args, &stop),
        Command::Backup(args) => backup::run(args, &stop),
        Command::Restore(args) => restore::run(args, &stop),
        Command::Migrate(args) => migrate::run(args, &stop),
        Command::Export(args) => export::run(args, &stop),
        Command::Import(args) => import::run(args, &stop),
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error}");
            let is_stopped = error.downcast_ref().is_some_and(CareError::is_stopped);
            ExitCode::from(if is_stopped { status::INTERRUPTED } else { status::FAILED })
        }
    }
}

type Error = Box<dyn std::error::Error>;

/// Ctrl-C or SIGTERM asks the run to end in good order; a second one ends the process at once.
fn stop_on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // Without a handler Ctrl-C still ends the process, and the store is still good.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(status::INTERRUPTED.into());
        }
        eprintln!("\nstopping in good order (again to stop at once)");
    });
    stop
}

/// Opens a store, or a pack, to read from.
fn open_reader(store: &Path) -> Result<Reader, Error> {
    care::open(store).map_err(|error| no_store(error, store))
}

/// Says what to do where there is no store.
fn no_store(error: CareError, store: &Path) -> Error {
    use cst_frozen::care::CareError::Open;
    match error {
        CareError::Store(Open(OpenError::Missing { path })) if path == *store => {
            format!("no store in {}; make one with `cst index DIR`, or name one with --store", path.display())
                .into()
        }
        // What other callers look for.
        CareError::Store(Open(error)) => error.into(),
        error => error.into(),
    }
}

/// Prints a line. A closed pipe is no error.
fn print(text: &str) -> Result<(), Error> {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
