//! The corpus as files of its own in a temporary folder: to be indexed, read back, and evicted from the page cache.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::corpus::{Corpus, Language};
use crate::error::Error;
use crate::stop;

/// How many copies of each sample there are. The samples are small: a run over them once would
/// measure the start of threads and one sync of the disk.
pub const COPIES: usize = 100;

/// A source file on disk.
#[derive(Clone, Debug)]
pub struct Placed<'c> {
    /// Where it is.
    pub path: PathBuf,
    /// Its language.
    pub language: &'c Language,
    /// How large it is.
    pub bytes: u64,
}

/// A folder with all files of a corpus, each content once, in folders as they were; gone when this is dropped.
#[derive(Debug)]
pub struct Folder<'c> {
    temporary: TempDir,
    /// The files, language after language.
    pub files: Vec<Placed<'c>>,
}

impl<'c> Folder<'c> {
    /// Writes the corpus to disk, under `target/bench`. Of the samples it writes [`COPIES`] copies each, which
    /// differ in the number of empty lines at their end.
    ///
    /// # Errors
    ///
    /// Where the disk refuses, or the user ends the run.
    pub fn new(corpus: &'c Corpus) -> Result<Self, Error> {
        let mut folder = Self { temporary: temporary()?, files: Vec::new() };
        let copies = if corpus.is_sample() { COPIES } else { 1 };
        let mut seen = HashSet::new();
        for language in &corpus.languages {
            for file in &language.files {
                stop::check()?;
                // The index passes over hidden files, and stores a content once.
                let name = file.name.rsplit('/').next().unwrap_or_default();
                if name.starts_with('.') || !seen.insert((&language.name, &file.source)) {
                    continue;
                }
                for copy in 0..copies {
                    let mut source = file.source.clone();
                    source.resize(source.len() + copy, b'\n');
                    folder.place(language, &format!("{copy}/{}", file.name), &source)?;
                }
            }
        }
        Ok(folder)
    }

    fn place(&mut self, language: &'c Language, name: &str, source: &[u8]) -> Result<(), Error> {
        let path = self.source().join(name);
        let folder = path.parent().unwrap_or(&path);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, source));
        written.map_err(Error::during(format!("writing {}", path.display())))?;
        self.files.push(Placed { path, language, bytes: source.len() as u64 });
        Ok(())
    }

    /// The folder with the source files, and nothing else.
    #[must_use]
    pub fn source(&self) -> PathBuf {
        self.temporary.path().join("source")
    }

    /// A place beside them, for a store.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    /// How large the files are together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// A folder on the disk that holds the workspace: a system's folder for temporary files may lie in memory.
///
/// # Errors
///
/// Where it cannot be made.
pub fn temporary() -> Result<TempDir, Error> {
    let around = crate::workspace().join("target/bench");
    let made = fs::create_dir_all(&around)
        .and_then(|()| tempfile::Builder::new().prefix("run-").tempdir_in(&around));
    made.map_err(Error::during(format!("making a folder in {}", around.display())))
}

/// Reads a source file.
///
/// # Errors
///
/// Where it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::during(format!("reading {}", path.display())))
}
