//! JavaScript's packages, through `npm pack`, which runs none of their scripts.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::{Client, Request, only, start};
use crate::corpus::assemble::archive::Format;

pub(super) const CLIENT: Client = Client {
    name: "npm",
    // Windows starts no script without its extension.
    program: if cfg!(windows) { "npm.cmd" } else { "npm" },
    install: "install Node.js",
    advice: "check the network; a version that was unpublished cannot be had any more: pin another one",
    format: Format::TarGz,
    command,
    archive,
};

fn command(request: &Request<'_>) -> io::Result<Command> {
    let mut command = start(&CLIENT);
    command.args(["pack", "--ignore-scripts", "--no-audit", "--no-update-notifier", "--loglevel=error"]);
    // Its own patience is two minutes for each package.
    command.args(["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]);
    command.arg("--cache").arg(request.folder.join("cache"));
    command.arg(format!("{}@{}", request.pin.name, request.pin.version));
    Ok(command)
}

fn archive(request: &Request<'_>) -> io::Result<Option<PathBuf>> {
    only(request.folder, "tgz")
}
