//! The package registries, each asked through its ordinary client.

mod cargo;
mod debian;
mod npm;
mod pypi;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use super::archive::Format;
use super::left_out::Cause;
use super::pins::Pin;
use super::place;

/// A package registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// Rust's crates, through `cargo`.
    Cargo,
    /// JavaScript's packages, through `npm`.
    Npm,
    /// Python's wheels, through `pip`.
    PyPi,
    /// Debian's binary packages, through `apt-get`.
    Debian,
}

/// What is particular to a client.
pub(super) struct Client {
    /// What the pins call its registry.
    name: &'static str,
    /// What is started.
    program: &'static str,
    /// Where to get it.
    install: &'static str,
    /// What to do when it failed, though there is a network.
    advice: &'static str,
    /// How the archives are packed.
    pub(super) format: Format,
    /// The command that downloads.
    command: fn(&Request<'_>) -> io::Result<Command>,
    /// Where the command has left the archive.
    archive: fn(&Request<'_>) -> io::Result<Option<PathBuf>>,
}

/// A package to be downloaded.
pub(super) struct Request<'r> {
    /// Which one.
    pub(super) pin: &'r Pin,
    /// An empty folder to download into; the client is started in it.
    pub(super) folder: &'r Path,
    /// A folder for what the client wants to keep until the end of the run.
    pub(super) home: &'r Path,
}

impl Registry {
    /// All there are.
    pub(super) const ALL: [Self; 4] = [Self::Cargo, Self::Npm, Self::PyPi, Self::Debian];

    /// Its client.
    pub(super) const fn client(self) -> &'static Client {
        match self {
            Self::Cargo => &cargo::CLIENT,
            Self::Npm => &npm::CLIENT,
            Self::PyPi => &pypi::CLIENT,
            Self::Debian => &debian::CLIENT,
        }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.client().name)
    }
}

impl FromStr for Registry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|registry| registry.client().name == text);
        let names = Self::ALL.map(|registry| registry.client().name).join(", ");
        found.ok_or_else(|| format!("{text:?} is no registry; there are {names}"))
    }
}

/// Downloads the package of `request` and moves its archive to `to`, which is there whole or not at all.
pub(super) fn download(request: &Request<'_>, to: &Path) -> Result<(), Cause> {
    let client = request.pin.registry.client();
    let disk = |error: io::Error| Cause::Disk(error.to_string());
    place::clear(request.folder).map_err(disk)?;
    fs::create_dir_all(request.folder).and_then(|()| fs::create_dir_all(request.home)).map_err(disk)?;

    let mut command = (client.command)(request).map_err(disk)?;
    command.current_dir(request.folder).stdin(Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Cause::NoClient { program: client.program, install: client.install },
        _ => Cause::Failed { said: format!("{}: {error}", client.program), advice: client.advice },
    })?;
    if !output.status.success() {
        return Err(Cause::Failed { said: complaint(&output.stderr), advice: client.advice });
    }
    let archive = (client.archive)(request).map_err(disk)?;
    let archive =
        archive.ok_or(Cause::Failed { said: "no package came of it".into(), advice: client.advice })?;
    fs::rename(archive, to).map_err(disk)
}

/// A command that starts this client's program.
fn start(client: &Client) -> Command {
    Command::new(client.program)
}

/// The only file in `folder` with this extension.
fn only(folder: &Path, extension: &str) -> io::Result<Option<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        found.push(entry?.path());
    }
    found.retain(|path| path.extension().is_some_and(|other| other == extension));
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// The first lines of what a client wrote, without what are warnings only.
fn complaint(stderr: &[u8]) -> String {
    const LINES: usize = 3;
    const CHARS: usize = 400;
    let text = String::from_utf8_lossy(stderr);
    let is_warning =
        |line: &str| ["npm warn", "WARNING", "W:", "warning"].iter().any(|word| line.starts_with(word));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_warning(line));
    let said = lines.take(LINES).collect::<Vec<_>>().join("; ");
    if said.is_empty() { "it failed without a word".to_owned() } else { said.chars().take(CHARS).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_read_as_they_are_written() {
        for registry in Registry::ALL {
            assert_eq!(registry.to_string().parse(), Ok(registry));
        }
        assert!("gems".parse::<Registry>().unwrap_err().contains("cargo, npm, pypi, debian"));
    }

    #[test]
    fn complaints_are_short_and_without_warnings() {
        let said =
            complaint(b"npm warn old\n\nnpm error code E404\nnpm error 404\nnpm error x\nnpm error y\n");
        assert_eq!(said, "npm error code E404; npm error 404; npm error x");
        assert_eq!(complaint(b""), "it failed without a word");
    }
}
