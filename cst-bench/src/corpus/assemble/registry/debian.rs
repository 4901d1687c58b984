//! Debian's binary packages, through `apt-get download`, which needs no rights and installs nothing.
//!
//! A mirror has one version of a package, or two. When the suite moves on, the pinned one is gone.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::{Client, Request, only, start};
use crate::corpus::assemble::archive::Format;

pub(super) const CLIENT: Client = Client {
    name: "debian",
    program: "apt-get",
    install: "there is one on Debian and its kin only",
    advice: "run `apt-get update`; if the suite has moved on, this version has left the mirror: \
             `apt-cache policy NAME` shows the one to pin instead, and --bless writes its hash",
    format: Format::Deb,
    command,
    archive,
};

fn command(request: &Request<'_>) -> io::Result<Command> {
    let mut command = start(&CLIENT);
    command.args(["download", "--quiet=2", "-o", "Acquire::Retries=1"]);
    command.arg(format!("{}={}", request.pin.name, request.pin.version));
    // What it says is shown to people who read the rest in English.
    command.env("LC_ALL", "C");
    Ok(command)
}

fn archive(request: &Request<'_>) -> io::Result<Option<PathBuf>> {
    only(request.folder, "deb")
}
