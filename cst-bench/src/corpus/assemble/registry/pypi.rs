//! Python's packages, through `pip download`: wheels that are the same on every platform, and no builds.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::{Client, Request, only, start};
use crate::corpus::assemble::archive::Format;

pub(super) const CLIENT: Client = Client {
    name: "pypi",
    program: "pip",
    install: "install Python with pip",
    advice: "check the network; a version without a wheel for every platform cannot be pinned",
    format: Format::Zip,
    command,
    archive,
};

fn command(request: &Request<'_>) -> io::Result<Command> {
    let mut command = start(&CLIENT);
    command.args(["download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet"]);
    command.args(["--disable-pip-version-check", "--no-input", "--retries=1", "--dest=."]);
    // The wheel is to be the same whichever Python is here.
    command.args(["--platform=any", "--implementation=py", "--abi=none", "--python-version=3.12"]);
    command.arg(format!("{}=={}", request.pin.name, request.pin.version));
    Ok(command)
}

fn archive(request: &Request<'_>) -> io::Result<Option<PathBuf>> {
    only(request.folder, "whl")
}
