//! Programs of this crate that have to be processes of their own; they lie beside the one that runs.

use std::env::{consts, current_exe};
use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sibling {
    /// Counts allocations.
    Counters,
    /// Takes a hot path once.
    Hotpath,
    /// Measures the peers.
    Peers,
}

impl Sibling {
    fn name(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::Hotpath => "hotpath",
            Self::Peers => "peers",
        }
    }
}

/// Where it is.
///
/// # Errors
///
/// Where it was not built; the message says what builds it.
pub fn path(sibling: Sibling) -> Result<PathBuf, Error> {
    let own = current_exe().map_err(Error::during("finding this program"))?;
    let path = own.with_file_name(format!("{}{}", sibling.name(), consts::EXE_SUFFIX));
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::new(format!("{} is not built; `cargo xtask bench` builds it", path.display())))
}

/// Runs it with these arguments, lets it talk to the terminal, and returns what it printed.
///
/// # Errors
///
/// Where it is not built or fails.
pub fn run(sibling: Sibling, args: &[String]) -> Result<String, Error> {
    let name = sibling.name();
    let mut command = Command::new(path(sibling)?);
    command.args(args).stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(Error::during(format!("starting {name}")))?;
    if !output.status.success() {
        return Err(Error::new(format!("{name} ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(Error::during(format!("reading what {name} printed")))
}
