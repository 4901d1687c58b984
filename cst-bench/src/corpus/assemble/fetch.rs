//! Downloads packages: the registries at the same time, the packages of one after another.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use super::archive::Format;
use super::left_out::{Cause, LeftOut};
use super::pins::Pin;
use super::place;
use super::progress::Progress;
use super::registry::{Registry, Request, download};
use crate::error::Error;

/// After so many failures in a row the other packages of the registry are not tried: each may take its
/// client seconds to fail.
const PATIENCE: usize = 5;

/// Where the downloaded archives are.
pub(super) struct Archives(PathBuf);

impl Archives {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where the archive of a package is, or would be.
    pub(super) fn path(&self, pin: &Pin) -> PathBuf {
        let extension = match pin.registry.client().format {
            Format::TarGz => "tar.gz",
            Format::Zip => "zip",
            Format::Deb => "deb",
        };
        self.0.join(pin.registry.to_string()).join(format!("{}.{extension}", pin.id()))
    }

    /// Where clients work.
    fn work(&self) -> PathBuf {
        self.0.join(".work")
    }
}

/// Downloads those of `pins` that are not there yet, and returns those that still are not.
pub(super) fn fetch(
    archives: &Archives,
    pins: &[&Pin],
    offline: bool,
    progress: &Progress,
) -> Result<Vec<LeftOut>, Error> {
    let absent: Vec<&Pin> = pins.iter().copied().filter(|pin| !archives.path(pin).is_file()).collect();
    if offline {
        let offline = |pin: &&Pin| LeftOut { pin: (*pin).clone(), cause: Cause::Offline };
        return Ok(absent.iter().map(offline).inspect(|left_out| progress.warn(left_out)).collect());
    }
    place::remove_folder(&archives.work())?;
    progress.begin("downloading", absent.len());
    let mut left_out = Vec::new();
    for registry in Registry::ALL {
        let folder = archives.0.join(registry.to_string());
        fs::create_dir_all(&folder)
            .map_err(Error::during(format!("making the folder {}", folder.display())))?;
    }
    thread::scope(|scope| {
        let absent = &absent;
        let start = |registry| scope.spawn(move || one_after_another(registry, absent, archives, progress));
        for thread in Registry::ALL.map(start) {
            left_out.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    place::remove_folder(&archives.work())?;
    Ok(left_out)
}

fn one_after_another(
    registry: Registry,
    pins: &[&Pin],
    archives: &Archives,
    progress: &Progress,
) -> Vec<LeftOut> {
    let work = archives.work().join(registry.to_string());
    let mut left_out: Vec<LeftOut> = Vec::new();
    let mut failures = 0;
    let mut no_client = None;
    for pin in pins.iter().filter(|pin| pin.registry == registry) {
        progress.next(pin);
        progress.say(&pin.to_string());
        let result = match &no_client {
            Some(cause) => Err(Cause::clone(cause)),
            None if failures == PATIENCE => Err(Cause::NotTried),
            None => one(pin, &work, &archives.path(pin)),
        };
        match result {
            Ok(()) => failures = 0,
            Err(cause) => {
                let says_something_new = no_client.is_none() && failures < PATIENCE;
                failures = (failures + 1).min(PATIENCE);
                if cause.ends_registry() {
                    no_client = Some(cause.clone());
                }
                left_out.push(LeftOut { pin: (*pin).clone(), cause });
                if says_something_new {
                    left_out.last().into_iter().for_each(|left_out| progress.warn(left_out));
                }
            }
        }
    }
    left_out
}

fn one(pin: &Pin, work: &Path, archive: &Path) -> Result<(), Cause> {
    let (folder, home) = (work.join("package"), work.join("home"));
    download(&Request { pin, folder: &folder, home: &home }, archive)
}
