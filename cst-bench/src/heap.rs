//! Allocations and peak bytes of each sample's encode and decode, in Rust and in tree-sitter's C: the same in
//! every run, so a snapshot of them is committed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use cst_bytecode::Bytecode;

use crate::c_heap::{self, CHeap};
use crate::case::Case;
use crate::corpus::{self, Corpus, parser};
use crate::count::{self, RustHeap};
use crate::error::Error;
use crate::size::BLESS;

/// Where the committed counts are.
#[must_use]
pub fn snapshot_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots/heap.txt")
}

/// What one piece of work took, on both sides.
pub type Taken = (RustHeap, CHeap);

/// What parse, encode and decode take on one file. Only in a process where both allocators that count
/// are installed: see `tests/heap.rs`.
///
/// # Errors
///
/// Where the file makes no round trip.
pub fn taken(case: &Case<'_>) -> Result<[(&'static str, Taken); 3], Error> {
    let grammar = case.document.grammar();
    let mut parser = parser(grammar)?;
    // What a parser keeps from its first parse is no part of a parse.
    drop(corpus::parse(&mut parser, case.file)?);
    let during = |what: &'static str| move |error| Error::during::<_>(what)(error);
    let (tree, parse) = both(|| corpus::parse(&mut parser, case.file));
    let tree = tree?;
    let (bytecode, encode) = both(|| Bytecode::encode_with(grammar, &tree, case.document.source_id()));
    let bytecode = bytecode.map_err(during("encoding"))?;
    let (decoded, decode) = both(|| bytecode.decode(grammar));
    drop(decoded.map_err(Error::during("decoding"))?);
    Ok([("parse", parse), ("encode", encode), ("decode", decode)])
}

fn both<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let ((made, c), rust) = count::count(|| c_heap::count(work));
    (made, (rust, c))
}

/// What all samples together take, read from a snapshot: by work, the four columns.
#[must_use]
pub fn totals(snapshot: &str) -> BTreeMap<String, [u64; 4]> {
    let mut totals: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for line in snapshot.lines() {
        let mut words = line.split_whitespace().skip(1);
        let Some(work) = words.next() else { continue };
        let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
        if let Ok(numbers) = <[u64; 4]>::try_from(numbers) {
            let sums = totals.entry(work.to_owned()).or_default();
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
    }
    totals
}

/// The counts of the samples, as they are committed: a function of the samples, the grammars, tree-sitter
/// and this project's code, on machines of 64 bits. C is what is asked of tree-sitter's allocator, also for
/// trees that the shim builds; what the shim needs for itself it takes from malloc, which nobody counts.
///
/// # Errors
///
/// Where a sample makes no round trip.
pub fn snapshot() -> Result<String, Error> {
    let mut text = format!(
        "# What the samples' trees take from the allocators: how often, and bytes at most. Written by: {BLESS}\n\
         # C is what is asked of tree-sitter's allocator; the shim's own scratch memory is not in it.\n\
         {:<22}{:<8}{:>12}{:>12}{:>8}{:>10}\n",
        "file", "", "rust count", "rust peak", "C count", "C peak"
    );
    for language in Corpus::sample()?.languages {
        for file in &language.files {
            let case = Case::new(&language.grammar, file)?;
            for (work, (rust, c)) in taken(&case)? {
                // Writing to a string does not fail.
                let _ = writeln!(
                    text,
                    "{:<22}{work:<8}{:>12}{:>12}{:>8}{:>10}",
                    file.name, rust.allocations, rust.peak_bytes, c.allocations, c.peak_bytes
                );
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_of_all_files() {
        let text = "# a comment of words\nfile  rust count\na.rs encode 1 2 3 4\nb.rs encode 1 1 1 1\nb.rs decode 5 5 5 5\n";
        let totals = totals(text);
        assert_eq!(totals.len(), 2);
        assert_eq!(totals["encode"], [2, 3, 4, 5]);
    }
}
