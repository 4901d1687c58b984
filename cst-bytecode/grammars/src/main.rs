//! Every check with every grammar: one line for each language, and a verdict.

mod checks;
mod damage;
#[allow(dead_code)]
#[path = "../../tests/support/exercise.rs"]
mod exercise;
mod languages;
#[path = "../../tests/support/scanners.rs"]
mod scanners;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use checks::{CHECKS, Case};
use cst_bytecode::{Grammar, compare};
use tree_sitter::{Language, Parser};

/// Where the texts are: those that only this program reads, and those of the crate's own tests.
const FOLDERS: [&str; 2] = ["fixtures", "../tests/data"];

/// What came of one language.
#[derive(Default)]
struct Tally {
    trees: u64,
    /// With the hidden ones.
    subtrees: u64,
    /// Trees of which some check did not hold.
    differing: u64,
}

fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let mut languages = languages::all();
    if let Some(unknown) = named.iter().find(|name| !languages.iter().any(|(known, _)| known == name)) {
        eprintln!("grammars: no language is called {unknown}");
        return ExitCode::from(2);
    }
    languages.retain(|(name, _)| named.is_empty() || named.iter().any(|other| other == name));

    let mut total = Tally::default();
    let mut failures = Vec::new();
    println!("{:<16} {:>3} {:>8} {:>10} {:>10}", "language", "ABI", "trees", "subtrees", "differing");
    for (name, language) in &languages {
        // Before the rest of the line: should a grammar's scanner end the process, it is known whose.
        print!("{name:<16} {:>3} ", language.abi_version());
        let _ = io::stdout().flush();
        match check(name, language, &mut failures) {
            Ok(tally) => {
                println!("{:>8} {:>10} {:>10}", tally.trees, tally.subtrees, tally.differing);
                total.trees += tally.trees;
                total.subtrees += tally.subtrees;
                total.differing += tally.differing;
            }
            Err(message) => {
                println!("FAILED");
                failures.push(format!("{name}: {message}"));
            }
        }
    }
    failures.iter().for_each(|failure| println!("{failure}"));
    let checks: Vec<&str> = CHECKS.iter().map(|(what, _)| *what).collect();
    println!(
        "grammars: {}: {} languages, {} trees, {} subtrees, {} differing ({})",
        if failures.is_empty() { "PASSED" } else { "FAILED" },
        languages.len(),
        total.trees,
        total.subtrees,
        total.differing,
        checks.join(", ")
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs every check over every text of a language.
fn check(name: &str, language: &Language, failures: &mut Vec<String>) -> Result<Tally, String> {
    let grammar = Grammar::new(language);
    let mut parser = Parser::new();
    parser.set_language(language).map_err(|error| error.to_string())?;
    let mut parse = |source: &[u8]| parser.parse(source, None).ok_or("no tree");
    let (sound, broken) = (text(name, "sound")?, text(name, "broken")?);
    if parse(sound.as_bytes())?.root_node().has_error() {
        return Err(format!("the sound text has errors: {}", parse(sound.as_bytes())?.root_node().to_sexp()));
    }
    let mut tally = Tally::default();
    for (number, source) in [sound, broken].iter().flat_map(|text| damage::texts(text)).enumerate() {
        if !scanners::bears(name, &source) {
            continue;
        }
        let tree = parse(&source)?;
        let case = Case { language: name, grammar: &grammar, source: &source, tree: &tree };
        let before = failures.len();
        for (what, check) in CHECKS {
            let failure = |message| format!("{name}, text {number}, {what}: {message}");
            failures.extend(check(&case).err().map(failure));
        }
        tally.trees += 1;
        // With itself, to count.
        tally.subtrees += compare(&tree, &tree).map_err(|difference| difference.to_string())?;
        tally.differing += u64::from(failures.len() > before);
    }
    Ok(tally)
}

/// The text of this kind of a language, whatever its extension.
fn text(name: &str, kind: &str) -> Result<String, String> {
    let own = |folder: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    let files =
        |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let path = FOLDERS
        .into_iter()
        .flat_map(|folder| files(own(folder)))
        .find(|path| path.file_stem().is_some_and(|stem| stem == kind));
    let path = path.ok_or_else(|| format!("no file {kind} in {}", own(FOLDERS[0]).display()))?;
    fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
