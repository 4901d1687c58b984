//! Corpora: what the samples are, and what is taken from a folder.

use std::fs;

use cst_bench::case::Case;
use cst_bench::corpus::{Corpus, Skipped, parse};

#[test]
fn the_samples_are_of_four_languages_and_one_has_errors() {
    let mut broken = Vec::new();
    let corpus = Corpus::sample().unwrap();
    for language in &corpus.languages {
        let mut parser = language.parser().unwrap();
        for file in &language.files {
            assert!((100..=300).contains(&file.lines()), "{}", file.name);
            if parse(&mut parser, file).unwrap().root_node().has_error() {
                broken.push(file.name.as_str());
            }
        }
    }
    let names: Vec<&str> = corpus.languages.iter().map(|language| language.name.as_str()).collect();
    assert_eq!(names, ["c", "python", "rust", "typescript"]);
    assert_eq!(broken, ["c/driver.c"]);
}

#[test]
fn a_large_sample_makes_the_round_trip() {
    let workloads = Corpus::sample().unwrap().workloads();
    let large = workloads.iter().find(|workload| workload.name == "rust-300kB").unwrap();
    let case = Case::new(&large.grammar, &large.files[0]).unwrap();
    assert!((250_000..350_000).contains(&case.size.source));
}

#[test]
fn a_folder_is_walked_by_extension_up_to_a_cap() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("a/one.rs", b"fn one() {}\n");
    put("a/b/two.rs", b"fn two() {}\n");
    put("three.py", b"three = 3\n");
    put("notes.txt", b"none of these\n");
    put(".hidden/four.rs", b"fn four() {}\n");
    put("binary.py", b"a\0b\n");
    put("latin.py", b"a = '\xe9'\n");

    let corpus = Corpus::folder(folder.path(), 1000).unwrap();
    let files: Vec<(&str, usize)> =
        corpus.languages.iter().map(|language| (language.name.as_str(), language.files.len())).collect();
    assert_eq!(files, [("python", 1), ("rust", 2)]);
    assert_eq!(corpus.skipped, Skipped { not_text: 2, ..Skipped::default() });

    let corpus = Corpus::folder(folder.path(), 13).unwrap();
    assert!(corpus.languages.iter().all(|language| language.files.len() == 1));
    assert_eq!(corpus.skipped.over_cap, 1);

    let error = Corpus::folder(&folder.path().join("a/none"), 1000).unwrap_err();
    assert!(error.to_string().contains("listing"), "{error}");
    let error = Corpus::folder(folder.path(), 0).unwrap_err();
    assert!(error.to_string().contains("no source"), "{error}");
}
