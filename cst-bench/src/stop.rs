//! Ctrl-C: a run ends at its next file, and takes its temporary folders with it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::error::Error;

/// Set once the user has asked for the end.
static STOP: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C end the run in good order. Where that cannot be had, Ctrl-C ends the process at once.
pub fn install() {
    // A second one ends the process: whoever asks twice does not want to wait.
    let result = ctrlc::set_handler(|| {
        if STOP.swap(true, Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(error) = result {
        eprintln!("cannot catch Ctrl-C: {error}");
    }
}

/// Between two pieces of work.
///
/// # Errors
///
/// Where the user has asked for the end.
pub fn check() -> Result<(), Error> {
    if STOP.load(Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
}

/// For work that looks at a flag by itself.
#[must_use]
pub fn flag() -> &'static AtomicBool {
    &STOP
}
