//! How large a tree is in each form, and the committed figures of the samples.

use std::fmt::Write as _;
use std::iter::Sum;
use std::ops::Add;
use std::path::PathBuf;

use cst_bytecode::{FORMAT_VERSION, TREE_SITTER_RELEASE};

use crate::case::Case;
use crate::corpus::Corpus;
use crate::error::Error;

/// The command that writes the committed figures.
pub const BLESS: &str = "cargo xtask bench --bless";

/// Sizes of some files' trees, in bytes unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many files.
    pub files: u64,
    /// Their text.
    pub source: u64,
    /// How many lines it has.
    pub lines: u64,
    /// How many subtrees, hidden ones included.
    pub subtrees: u64,
    /// The live trees, as `malloc` hands the memory out.
    pub live: u64,
    /// Their bytecode.
    pub bytecode: u64,
    /// Their records: the bytecode compressed with zstd at the level of the cache, each by itself.
    pub record: u64,
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            files: self.files + other.files,
            source: self.source + other.source,
            lines: self.lines + other.lines,
            subtrees: self.subtrees + other.subtrees,
            live: self.live + other.live,
            bytecode: self.bytecode + other.bytecode,
            record: self.record + other.record,
        }
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Add::add)
    }
}

/// Crate, what, and bytes of a form in which a tree is kept.
#[must_use]
pub fn forms(size: &Size) -> [(&'static str, &'static str, u64); 3] {
    [
        ("tree-sitter", "live", size.live),
        ("cst-bytecode", "bytecode", size.bytecode),
        ("cst-cache", "record", size.record),
    ]
}

/// How many lines of source a MB (10^6 bytes) of a form stands for.
#[must_use]
pub fn lines_per_mb(size: &Size, bytes: u64) -> f64 {
    per(size.lines * 1_000_000, bytes)
}

/// `part` of each one of `whole`; zero where there is none.
#[must_use]
pub fn per(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Where the committed figures are.
#[must_use]
pub fn snapshot_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots/size.txt")
}

/// The figures of the samples, as they are committed: a function of the samples, the grammars,
/// tree-sitter, zstd and this project's code, on machines of 64 bits.
///
/// # Errors
///
/// Where a sample makes no round trip.
pub fn snapshot() -> Result<String, Error> {
    let release = TREE_SITTER_RELEASE;
    let mut text = format!(
        "# Sizes of the samples in bytes. Written by: {BLESS}\n\
         # tree-sitter {}.{}.{}, bytecode format {FORMAT_VERSION}, records at the level of the cache\n\
         {:<24}{:>8}{:>8}{:>10}{:>10}{:>10}{:>8}\n",
        release >> 20,
        release >> 10 & 0x3ff,
        release & 0x3ff,
        "file",
        "source",
        "lines",
        "subtrees",
        "live",
        "bytecode",
        "record"
    );
    for language in Corpus::sample()?.languages {
        for file in &language.files {
            let Size { source, lines, subtrees, live, bytecode, record, .. } =
                Case::new(&language.grammar, file)?.size;
            let name = &file.name;
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{name:<24}{source:>8}{lines:>8}{subtrees:>10}{live:>10}{bytecode:>10}{record:>8}"
            );
        }
    }
    Ok(text)
}
