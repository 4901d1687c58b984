//! Figures are named, complete and finite.

use std::collections::HashSet;

use cst_bench::corpus::Corpus;
use cst_bench::figure::figures;
use cst_bench::measure::measure;
use cst_bench::report::Report;

#[test]
fn every_figure_has_its_own_name_and_a_number() {
    let mut corpus = Corpus::sample().unwrap();
    corpus.languages.retain(|language| language.name == "c");
    let measured = [measure(&corpus.languages[0]).unwrap()];
    let figures = figures(&corpus, &measured);

    let names: HashSet<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names.len(), figures.len());
    for name in [
        "tree-sitter.parse.c.time.best",
        "cst-bytecode.encode.c.of_parse.median",
        "cst-bytecode.decode.c.rust_heap.allocations",
        "cst-cache.restore.c.time.best",
        "cst-cache.record.c.density",
    ] {
        assert!(names.contains(name), "{name}");
    }
    for figure in &figures {
        // Nobody counts allocations here.
        let is_counted = !figure.name.contains("rust_heap");
        assert!(figure.value.is_finite() && (figure.value > 0.0) == is_counted, "{figure:?}");
        assert_eq!(figure.corpus, "sample");
        assert!(figure.command.starts_with("cargo run --release"), "{figure:?}");
    }

    let text = Report { corpus: &corpus, measured: &measured }.to_string();
    assert!(text.contains("lines/MB") && text.contains("of parse"), "{text}");
}
