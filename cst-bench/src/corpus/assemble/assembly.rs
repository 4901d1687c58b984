//! One run: from pins to languages.

use std::collections::BTreeMap;

use cst_cache::Grammars;

use super::args::Options;
use super::fetch::{Archives, fetch};
use super::hash::ContentHash;
use super::left_out::{Cause, LeftOut};
use super::manifest::{Found, Manifest, examine, recipe};
use super::package::{self, Package};
use super::pins::{Pin, Pins};
use super::place;
use super::progress::Progress;
use super::report::{Assembled, Report, State};
use super::select::Selection;
use super::{CAP, PACKAGES, of};
use crate::error::Error;

/// A run under way.
pub(super) struct Assembly<'r> {
    options: &'r Options,
    pins: &'r Pins,
    grammars: &'r Grammars,
    progress: &'r Progress,
    /// The hashes of the packages that were read, by what the package is called.
    found: BTreeMap<String, ContentHash>,
    left_out: Vec<LeftOut>,
}

/// A language that is being assembled.
struct Draft {
    selection: Selection,
    /// Its packages, with the hashes that they have.
    pins: Vec<Pin>,
}

impl<'r> Assembly<'r> {
    pub(super) fn new(
        options: &'r Options,
        pins: &'r Pins,
        grammars: &'r Grammars,
        progress: &'r Progress,
    ) -> Self {
        Self { options, pins, grammars, progress, found: BTreeMap::new(), left_out: Vec::new() }
    }

    /// The hash of a package as it was read in this run.
    pub(super) fn found(&self, pin: &Pin) -> Option<ContentHash> {
        self.found.get(&pin.to_string()).copied()
    }

    /// Assembles what is not there and whole.
    pub(super) fn run(&mut self, languages: &[String]) -> Result<Report, Error> {
        self.progress.say("comparing what is there with its manifests");
        let mut assembled = Vec::new();
        let mut missing = Vec::new();
        for language in languages {
            match self.whole(language, |_| true)? {
                Some(manifest) => assembled.push(Assembled::new(State::Whole, manifest)),
                None => missing.push(language.as_str()),
            }
        }
        if !missing.is_empty() {
            let packages = self.download(&missing)?;
            let mut drafts = BTreeMap::new();
            for language in missing {
                // Where nothing new came, what is there stays.
                match self.whole(language, |pin| packages.contains(&pin))? {
                    Some(manifest) => assembled.push(Assembled::new(State::Partial, manifest)),
                    None => {
                        let draft = Draft { selection: Selection::new(CAP), pins: Vec::new() };
                        drafts.insert(language, draft);
                    }
                }
            }
            self.read(&packages, &mut drafts)?;
            for (language, draft) in drafts {
                assembled.push(self.finish(language, draft)?);
            }
        }
        assembled.sort_by(|left, right| left.language.cmp(&right.language));
        let left_out = std::mem::take(&mut self.left_out);
        Ok(Report { folder: self.options.into.clone(), languages: assembled, left_out })
    }

    /// The manifest of a language, if what is there is whole and was made of just those of its packages that
    /// `is_there` names. With `--bless` nothing is taken as it is.
    fn whole(&self, language: &str, is_there: impl Fn(&Pin) -> bool) -> Result<Option<Manifest>, Error> {
        if self.options.bless {
            return Ok(None);
        }
        let expected = recipe(language, CAP, of(self.pins, language).filter(|pin| is_there(pin)));
        match examine(&self.options.into.join(language))? {
            Found::Whole(manifest) if manifest.recipe == expected => Ok(Some(*manifest)),
            _ => Ok(None),
        }
    }

    /// Downloads the packages of these languages, and returns those that are there.
    fn download(&mut self, languages: &[&str]) -> Result<Vec<&'r Pin>, Error> {
        let is_needed = |pin: &&Pin| pin.languages.iter().any(|name| languages.contains(&name.as_str()));
        let (blessed, unblessed): (Vec<&Pin>, Vec<&Pin>) = (self.pins.all().iter())
            .filter(is_needed)
            .partition(|pin| self.options.bless || pin.hash.is_some());
        for pin in unblessed {
            self.leave_out(pin, Cause::Unblessed);
        }
        let missing = fetch(&self.archives(), &blessed, self.options.offline, self.progress)?;
        let there = blessed.into_iter().filter(|&pin| !missing.iter().any(|left_out| left_out.pin == *pin));
        let there = there.collect();
        self.left_out.extend(missing);
        Ok(there)
    }

    /// Reads packages into the drafts of their languages, but for those that are not what was pinned.
    fn read(&mut self, packages: &[&'r Pin], drafts: &mut BTreeMap<&str, Draft>) -> Result<(), Error> {
        let is_needed = |pin: &&&Pin| pin.languages.iter().any(|name| drafts.contains_key(name.as_str()));
        let packages: Vec<&Pin> = packages.iter().filter(is_needed).copied().collect();
        self.progress.begin("reading", packages.len());
        for pin in packages {
            self.progress.next(pin);
            match self.verified(pin) {
                Ok(package) => {
                    let hash = Some(package.hash);
                    for name in &pin.languages {
                        if let Some(draft) = drafts.get_mut(name.as_str()) {
                            draft.pins.push(Pin { hash, ..pin.clone() });
                        }
                    }
                    self.found.insert(pin.to_string(), package.hash);
                    share_out(package, drafts);
                }
                Err(cause) => {
                    // The next run downloads it anew.
                    place::remove_file(&self.archives().path(pin))?;
                    self.leave_out(pin, cause);
                }
            }
        }
        Ok(())
    }

    fn verified(&self, pin: &Pin) -> Result<Package, Cause> {
        let package = package::read(&self.archives().path(pin), pin, self.grammars)?;
        match pin.hash {
            Some(expected) if expected != package.hash && !self.options.bless => {
                Err(Cause::Mismatch { expected, found: package.hash })
            }
            _ => Ok(package),
        }
    }

    /// Puts a language in its place. Without a single file, what is there stays.
    fn finish(&self, language: &str, draft: Draft) -> Result<Assembled, Error> {
        let Draft { selection, pins } = draft;
        if selection.offered_files == 0 {
            return Ok(Assembled::without_manifest(language, State::Missing));
        }
        self.progress.say(&format!("writing {language}"));
        let recipe = recipe(language, CAP, pins.iter());
        let packages = pins.iter().map(Pin::to_string).collect();
        let manifest = place::put(&self.options.into, language, recipe, packages, selection)?;
        let is_all = pins.len() == of(self.pins, language).count();
        Ok(Assembled::new(if is_all { State::Made } else { State::Partial }, manifest))
    }

    fn archives(&self) -> Archives {
        Archives::new(self.options.into.join(PACKAGES))
    }

    fn leave_out(&mut self, pin: &Pin, cause: Cause) {
        let left_out = LeftOut { pin: pin.clone(), cause };
        self.progress.warn(&left_out);
        self.left_out.push(left_out);
    }
}

fn share_out(package: Package, drafts: &mut BTreeMap<&str, Draft>) {
    for (language, file) in package.files {
        let Some(draft) = drafts.get_mut(language) else { continue };
        match file {
            Ok((path, content)) => draft.selection.offer(path, content),
            Err(reason) => draft.selection.pass_over(reason),
        }
    }
}
