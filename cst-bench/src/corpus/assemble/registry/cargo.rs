//! Crates, through `cargo fetch` of a manifest that depends on one exact version and builds nothing.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::{Client, Request, start};
use crate::corpus::assemble::archive::Format;
use crate::corpus::assemble::place;

pub(super) const CLIENT: Client = Client {
    name: "cargo",
    program: "cargo",
    install: "install Rust with rustup",
    advice: "check the network; a version that was yanked cannot be had any more: pin another one",
    format: Format::TarGz,
    command,
    archive,
};

fn command(request: &Request<'_>) -> io::Result<Command> {
    let pin = request.pin;
    // Without default features, because dependencies come along; and a workspace of its own, because
    // it lies in the folder of another.
    let manifest = format!(
        "[package]\nname = \"corpus\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\npinned = {{ package = \"{}\", version = \"={}\", default-features = false }}\n",
        pin.name, pin.version
    );
    fs::write(request.folder.join("Cargo.toml"), manifest)?;
    fs::create_dir_all(request.folder.join("src"))?;
    fs::write(request.folder.join("src").join("lib.rs"), "")?;

    let mut command = start(&CLIENT);
    // One platform: dependencies of all the others need not come along.
    command.args(["fetch", "--quiet", "--target", "x86_64-unknown-linux-gnu"]);
    // Downloads go to the corpus, with the settings of the user's own cargo.
    if let Some(settings) = settings() {
        command.arg("--config").arg(settings);
    }
    command.env("CARGO_HOME", request.home);
    Ok(command)
}

/// The user's settings, which may name a mirror.
fn settings() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let settings = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")))?.join("config.toml");
    settings.is_file().then_some(settings)
}

/// The archive as it was downloaded, in cargo's cache, whose one folder is named after the registry.
fn archive(request: &Request<'_>) -> io::Result<Option<PathBuf>> {
    // Cargo unpacks what it fetches, dependencies too: that is many times the archives, and not needed.
    place::clear(&request.home.join("registry").join("src"))?;
    let name = format!("{}-{}.crate", request.pin.name, request.pin.version);
    for registry in fs::read_dir(request.home.join("registry").join("cache"))? {
        let archive = registry?.path().join(&name);
        if archive.is_file() {
            return Ok(Some(archive));
        }
    }
    Ok(None)
}
