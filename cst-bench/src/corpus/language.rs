//! A language of a corpus: its files, and what parses them.

use cst_cache::Grammar;
use tree_sitter::{Parser, Tree};

use crate::error::Error;

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
