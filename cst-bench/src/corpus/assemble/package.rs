//! A package: its hash, and what of it is source.

use std::path::Path;

use cst_cache::Grammars;

use super::archive::{Format, read as read_archive, read_nested};
use super::filter::{self, Reason};
use super::hash::{ContentHash, Hasher};
use super::left_out::Cause;
use super::pins::Pin;

/// A file of a pinned language: with the path to keep it under, or why it was passed over.
pub(super) type Sieved = (&'static str, Result<(String, Vec<u8>), Reason>);

/// What was read from an archive.
pub(super) struct Package {
    /// The hash of all its files.
    pub(super) hash: ContentHash,
    /// Each file of a pinned language.
    pub(super) files: Vec<Sieved>,
}

/// Reads the archive of a package from its beginning to its end.
pub(super) fn read(archive: &Path, pin: &Pin, grammars: &Grammars) -> Result<Package, Cause> {
    let format = pin.registry.client().format;
    let mut hasher = Hasher::default();
    let mut sieve = Sieve { pin, grammars, files: Vec::new() };
    let mut nested = Ok(());
    let read = read_archive(archive, format, &mut |path, content| {
        hasher.add(path, &content);
        // Crates and npm packages have one folder around everything.
        let inner =
            if format == Format::TarGz { path.split_once('/').map_or(path, |(_, rest)| rest) } else { path };
        if sieve.opens(inner) && nested.is_ok() {
            nested =
                read_nested(&content, &mut |path, content| sieve.take(&format!("{inner}/{path}"), content));
        } else {
            sieve.take(inner, content);
        }
    });
    read.and(nested).map_err(|error| Cause::Damaged(error.to_string()))?;
    Ok(Package { hash: hasher.finish(), files: sieve.files })
}

/// Lets source of the pinned languages through.
struct Sieve<'p> {
    pin: &'p Pin,
    grammars: &'p Grammars,
    files: Vec<Sieved>,
}

impl Sieve<'_> {
    /// Whether this is an archive with source in it: that is how Java's is delivered.
    fn opens(&self, path: &str) -> bool {
        self.is_pinned("java") && (path.ends_with(".zip") || path.ends_with(".jar"))
    }

    fn is_pinned(&self, language: &str) -> bool {
        self.pin.languages.iter().any(|name| name == language)
    }

    fn take(&mut self, path: &str, content: Vec<u8>) {
        let Some((language, kept_under)) = filter::language(self.grammars, path, &content) else { return };
        if !self.is_pinned(language) {
            return;
        }
        let file = filter::check(language, path, &content)
            .map(|()| (format!("{}/{}/{kept_under}", self.pin.registry, self.pin.id()), content));
        self.files.push((language, file));
    }
}
