//! Where source comes from: a folder that the user names, else the samples built in here.

use std::env;
use std::path::Path;

use cst_cache::{Grammar, Grammars};
use tree_sitter::{Parser, Tree};

use crate::error::Error;
use crate::folder::{self, Skipped};

/// The environment variable that names a folder with source to measure on.
pub const FOLDER_VARIABLE: &str = "CST_BENCH_CORPUS";

/// The environment variable that caps what is taken of each language, in MB (10^6 bytes).
pub const CAP_VARIABLE: &str = "CST_BENCH_MB";

/// What is taken of each language where [`CAP_VARIABLE`] says nothing, in MB.
const DEFAULT_MB: u64 = 4;

/// The name of the built-in corpus.
pub const SAMPLE: &str = "sample";

macro_rules! samples {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../samples/", $path)))),*]
    };
}

/// Path below `samples`, whose first part is the language, and content. `driver.c` has syntax errors.
const SAMPLES: &[(&str, &[u8])] =
    samples!["c/driver.c", "c/table.c", "python/planner.py", "rust/ledger.rs", "typescript/router.ts"];

/// A source file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, relative to the corpus.
    pub name: String,
    /// Its text.
    pub source: Vec<u8>,
}

impl File {
    /// How many lines end in it.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.source.iter().filter(|&&byte| byte == b'\n').count() as u64
    }

    /// The file again and again, up to about `bytes` bytes. Good for times of large files; sizes
    /// per byte would flatter, because repetition compresses.
    #[must_use]
    pub fn repeated(&self, bytes: usize) -> Self {
        let times = (bytes / self.source.len().max(1)).max(1);
        Self { name: format!("{} x {times}", self.name), source: self.source.repeat(times) }
    }
}

/// The files of one language.
#[derive(Clone, Debug)]
pub struct Language {
    /// The grammar's name, as in `rust`.
    pub name: String,
    /// The grammar.
    pub grammar: Grammar,
    /// The files, in the order in which they are measured.
    pub files: Vec<File>,
}

impl Language {
    /// A parser for this language.
    ///
    /// # Errors
    ///
    /// Where the grammar is of an ABI that the library does not take.
    pub fn parser(&self) -> Result<Parser, Error> {
        parser(&self.grammar)
    }

    /// The first files, up to `bytes` bytes together, but at least one.
    #[must_use]
    pub fn first(&self, bytes: usize) -> &[File] {
        let mut sum = 0;
        let count = self.files.iter().take_while(|file| {
            sum += file.source.len();
            sum <= bytes
        });
        let count = count.count().max(1).min(self.files.len());
        &self.files[..count]
    }
}

/// A parser for `grammar`.
///
/// # Errors
///
/// Where the grammar is of an ABI that the library does not take.
pub fn parser(grammar: &Grammar) -> Result<Parser, Error> {
    let mut parser = Parser::new();
    parser.set_language(grammar.language()).map_err(Error::during("setting the language"))?;
    Ok(parser)
}

/// Parses `file` whole.
///
/// # Errors
///
/// Where the library gives no tree.
pub fn parse(parser: &mut Parser, file: &File) -> Result<Tree, Error> {
    parser.parse(&file.source, None).ok_or_else(|| Error::new(format!("{} was not parsed", file.name)))
}

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
    /// samples where it is not set.
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
            Some(folder) => Self::folder(folder, megabytes.unwrap_or(DEFAULT_MB).saturating_mul(1_000_000)),
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
