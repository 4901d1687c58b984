//! Assembles real source from the package registries: pinned, verified, filtered, and never committed.
//!
//! A run (`assembly`) looks at what is there (`manifest`), downloads what is missing (`fetch`, through the
//! clients in `registry`), reads and verifies the packages (`package`), chooses files (`filter`, `select`), and
//! puts each language in place with one rename (`place`). Killed at any moment, it leaves languages that are
//! whole, and folders that begin with a dot, which the next run clears.

mod archive;
pub mod args;
mod assembly;
mod fetch;
mod filter;
pub mod hash;
mod left_out;
mod manifest;
mod package;
pub mod pins;
mod place;
mod progress;
pub mod registry;
mod report;
mod select;

use std::fs::{self, File, TryLockError};
use std::path::Path;

use cst_cache::Grammars;

pub use filter::Reason;
pub use left_out::{Cause, LeftOut};
pub use manifest::Manifest;
pub use report::{Assembled, Report, State};

use crate::error::Error;
use args::Options;
use assembly::Assembly;
use manifest::{Found, examine, recipe};
use pins::{Pin, Pins};
use progress::Progress;

/// What is taken of each language, in bytes.
const CAP: u64 = 20_000_000;

/// Where the downloaded archives are kept, so that a run goes on where the last one ended.
const PACKAGES: &str = ".packages";

/// What keeps two runs apart.
const LOCK: &str = ".lock";

/// Does what `options` say, and returns what is there now.
///
/// # Errors
///
/// Where the pins or the folder cannot be read or written, where a language is not pinned, or where another
/// run is under way. A package that cannot be had is no error: it is in the report.
pub fn run(options: &Options) -> Result<Report, Error> {
    let grammars = Grammars::bundled();
    let pins = read_pins(&options.pins, &grammars)?;
    let languages = asked_for(options, &pins)?;
    if options.check {
        return check(options, &pins, &languages);
    }

    fs::create_dir_all(&options.into)
        .map_err(Error::during(format!("making the folder {}", options.into.display())))?;
    let _lock = lock(&options.into)?;
    let progress = Progress::new();
    let mut assembly = Assembly::new(options, &pins, &grammars, &progress);
    let report = assembly.run(&languages);
    progress.end();
    let report = report?;
    if options.bless {
        place::replace(&options.pins, &pins.blessed(|pin| assembly.found(pin)))?;
    }
    Ok(report)
}

fn read_pins(path: &Path, grammars: &Grammars) -> Result<Pins, Error> {
    let text = fs::read_to_string(path).map_err(Error::during(format!("reading {}", path.display())))?;
    Pins::parse(&text, |name| grammars.by_name(name).is_some()).map_err(Error::during(path.display()))
}

fn asked_for(options: &Options, pins: &Pins) -> Result<Vec<String>, Error> {
    let pinned = pins.languages();
    if let Some(unknown) = options.languages.iter().find(|language| !pinned.contains(language)) {
        let names = pinned.join(", ");
        return Err(Error::new(format!("no package is pinned for {unknown:?}; there are {names}")));
    }
    let is_asked = |language: &String| options.languages.is_empty() || options.languages.contains(language);
    Ok(pinned.into_iter().filter(is_asked).collect())
}

/// The lock is gone when the file is closed, however the process ends.
fn lock(into: &Path) -> Result<File, Error> {
    let path = into.join(LOCK);
    let file = File::create(&path).map_err(Error::during(format!("making {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::new(format!("another run is assembling in {}; wait for its end", into.display())))
        }
        Err(TryLockError::Error(error)) => Err(Error::during(format!("locking {}", path.display()))(error)),
    }
}

/// What is there, without a change.
fn check(options: &Options, pins: &Pins, languages: &[String]) -> Result<Report, Error> {
    let mut assembled = Vec::new();
    for language in languages {
        let expected = recipe(language, CAP, of(pins, language));
        assembled.push(match examine(&options.into.join(language))? {
            Found::Whole(manifest) if manifest.recipe == expected => Assembled::new(State::Whole, *manifest),
            Found::Whole(manifest) => Assembled::new(State::Stale, *manifest),
            Found::Changed => Assembled::without_manifest(language, State::Changed),
            Found::Nothing => Assembled::without_manifest(language, State::Missing),
        });
    }
    Ok(Report { folder: options.into.clone(), languages: assembled, left_out: Vec::new() })
}

/// The pins of a language.
fn of<'p>(pins: &'p Pins, language: &str) -> impl Iterator<Item = &'p Pin> {
    pins.all().iter().filter(move |pin| pin.languages.iter().any(|other| other == language))
}
