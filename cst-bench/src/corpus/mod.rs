//! Where source comes from: a folder that the user names, else the samples built in here.

#[cfg(feature = "corpus")]
pub mod assemble;
mod folder;
mod language;
mod sample;
mod text;

use std::env;
use std::path::{Path, PathBuf};

use cst_cache::Grammars;

pub use folder::Skipped;
pub use language::{File, Language, parse, parser};

use crate::error::Error;
use sample::SAMPLES;

/// The environment variable that names a folder with source to measure on.
pub const FOLDER_VARIABLE: &str = "CST_BENCH_CORPUS";

/// The environment variable that caps what is taken of each language, in MB (10^6 bytes).
pub const CAP_VARIABLE: &str = "CST_BENCH_MB";

/// What is taken of each language where [`CAP_VARIABLE`] says nothing, in MB.
const DEFAULT_MB: u64 = 4;

/// The name of the built-in corpus.
pub const SAMPLE: &str = "sample";

/// What is measured on.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// [`SAMPLE`], or the folder's path as it was given.
    pub name: String,
    /// The languages by name; none is without files.
    pub languages: Vec<Language>,
    /// What was passed over in the folder.
    pub skipped: Skipped,
}

impl Corpus {
    /// The folder that [`FOLDER_VARIABLE`] names, up to [`CAP_VARIABLE`] MB of each language; the
    /// samples where it is not set. A relative path is taken from the current folder, and where
    /// there is none of this name, from the workspace's: cargo runs benches in their crate's. So
    /// `target/corpus` always is what `cargo xtask corpus` has assembled.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read or holds no source that a grammar is known for, or the cap
    /// is no number.
    pub fn from_env() -> Result<Self, Error> {
        let folder = env::var_os(FOLDER_VARIABLE);
        let megabytes = match env::var(CAP_VARIABLE) {
            Ok(text) => Some(text.parse().map_err(Error::during(format!("{CAP_VARIABLE}={text}")))?),
            Err(_) => None,
        };
        Self::choose(folder.as_deref().map(Path::new), megabytes)
    }

    /// This folder, up to so many MB of each language (4 where nothing is said); the samples where
    /// there is no folder.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read or holds no source that a grammar is known for.
    pub fn choose(folder: Option<&Path>, megabytes: Option<u64>) -> Result<Self, Error> {
        match folder {
            None => Self::sample(),
            Some(folder) => {
                let most = megabytes.unwrap_or(DEFAULT_MB).saturating_mul(1_000_000);
                let mut corpus = Self::folder(&near(folder), most)?;
                corpus.name = folder.display().to_string();
                Ok(corpus)
            }
        }
    }

    /// The samples built in here: the same bytes on every machine, and no download.
    ///
    /// # Errors
    ///
    /// None in a build that has the grammars of the samples.
    pub fn sample() -> Result<Self, Error> {
        let grammars = Grammars::bundled();
        let mut languages: Vec<Language> = Vec::new();
        for (path, source) in SAMPLES {
            let file = File { name: (*path).to_owned(), source: source.to_vec() };
            let name = path.split('/').next().unwrap_or_default();
            match languages.last_mut().filter(|language| language.name == name) {
                Some(language) => language.files.push(file),
                None => {
                    let known = grammars.by_name(name);
                    let known = known.ok_or_else(|| Error::new(format!("there is no grammar {name}")))?;
                    let grammar = known.grammar.clone();
                    languages.push(Language { name: name.to_owned(), grammar, files: vec![file] });
                }
            }
        }
        Ok(Self { name: SAMPLE.to_owned(), languages, skipped: Skipped::default() })
    }

    /// The source files under `path`, up to `cap` bytes of each language.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read, or holds no source that a grammar is known for.
    pub fn folder(path: &Path, cap: u64) -> Result<Self, Error> {
        let (languages, skipped) = folder::read(path, cap)?;
        if languages.is_empty() {
            return Err(Error::new(format!("{}: no source that a grammar is known for", path.display())));
        }
        Ok(Self { name: path.display().to_string(), languages, skipped })
    }

    /// Whether these are the samples built in here.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        self.name == SAMPLE
    }

    /// What benches run on: the first files of each language, at most a few hundred kB of it; and,
    /// with the samples, which are small, one large file.
    #[must_use]
    pub fn workloads(&self) -> Vec<Language> {
        const MOST: usize = 300_000;
        let few = |language: &Language| Language { files: language.first(MOST).to_vec(), ..language.clone() };
        let mut workloads: Vec<Language> = self.languages.iter().map(few).collect();
        let rust = self.languages.iter().find(|language| language.name == "rust");
        if let Some((language, file)) =
            rust.filter(|_| self.is_sample()).and_then(|rust| Some((rust, rust.files.first()?)))
        {
            let files = vec![file.repeated(MOST)];
            workloads.push(Language { name: "rust-300kB".to_owned(), files, ..language.clone() });
        }
        workloads
    }
}

/// `path`, or what is there by this name in the workspace's folder.
fn near(path: &Path) -> PathBuf {
    let in_workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if !path.exists() && in_workspace.exists() { in_workspace } else { path.to_path_buf() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_workspace_is_found_from_the_folder_of_a_crate() {
        // Tests and benches run in the crate's folder, which has no folder of its own name.
        assert!(near(Path::new("cst-bench/samples")).join("rust/ledger.rs").is_file());
        assert_eq!(near(Path::new("samples")), Path::new("samples"));
        assert_eq!(near(Path::new("no/such/folder")), Path::new("no/such/folder"));
    }
}
