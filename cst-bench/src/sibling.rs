//! Programs of this crate that have to be processes of their own; they lie beside the one that runs.

use std::env::{consts, current_exe};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::stop;

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
    let flag = if sibling == Sibling::Peers { " --peers" } else { "" };
    Err(Error::new(format!("{} is not built; `cargo xtask bench{flag}` builds it", path.display())))
}

/// The program, not started yet.
///
/// # Errors
///
/// Where it was not built.
pub fn command(sibling: Sibling) -> Result<Command, Error> {
    path(sibling).map(Command::new)
}

/// Runs a program to its end, lets it talk to the terminal, and returns what it printed.
///
/// # Errors
///
/// Where it cannot be started, or fails, or prints no text.
pub fn output(mut command: Command) -> Result<String, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stderr(Stdio::inherit());
    let output = command.output().map_err(Error::during(format!("starting {name}")))?;
    stop::check()?;
    if !output.status.success() {
        return Err(Error::new(format!("{name} ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(Error::during(format!("reading what {name} printed")))
}
