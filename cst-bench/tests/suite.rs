//! Figures are named, complete and finite.

use std::collections::HashSet;

use cst_bench::corpus::Corpus;
use cst_bench::suite::{CONCERNS, Setting};

#[test]
fn every_figure_has_its_own_name_and_a_number() {
    let mut corpus = Corpus::sample().unwrap();
    corpus.languages.retain(|language| language.name == "c");
    let concern = CONCERNS.iter().find(|concern| concern.name == "bytecode").unwrap();
    let outcome =
        (concern.run)(&Setting { corpus: &corpus, megabytes: None, command: "cargo xtask bench" }).unwrap();

    let names: HashSet<&str> = outcome.figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names.len(), outcome.figures.len());
    for name in [
        "tree-sitter.parse.c.time.best",
        "cst-bytecode.encode.c.of_parse.median",
        "cst-bytecode.decode.c.rust_heap.allocations",
        "cst-cache.restore.all.of_parse.best",
    ] {
        assert!(names.contains(name), "{name}");
    }
    for figure in &outcome.figures {
        // Nobody counts allocations here.
        let is_counted = !figure.name.contains("rust_heap");
        assert!(figure.value.is_finite() && (figure.value > 0.0) == is_counted, "{figure:?}");
        assert_eq!(figure.corpus, "sample");
        assert!(figure.command.starts_with("cargo xtask bench"), "{figure:?}");
    }
    assert!(outcome.text.contains("MB/s") && outcome.text.contains("of parse"), "{}", outcome.text);
}
