//! Reading a tree where its bytes lie, beside tree-sitter on the tree itself.
#![allow(missing_docs, clippy::unwrap_used)]

mod timing;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::case::Case;
use cst_bench::corpus::Corpus;
use cst_bench::visit::{Node, walk};
use cst_bytecode::Bytecode;

use timing::short;

/// Looks every so many bytes for what is there.
fn look_up(root: impl Node, length: usize) -> usize {
    let find = |at| root.descendant_for_byte_range(at, at + 1).map_or(0, |node| node.end_byte());
    (0..length).step_by(101).map(find).fold(0, usize::wrapping_add)
}

fn view(c: &mut Criterion) {
    for workload in Corpus::from_env().unwrap().workloads() {
        let grammar = &workload.grammar;
        let cases: Vec<_> = workload.files.iter().map(|file| Case::new(grammar, file).unwrap()).collect();
        let views: Vec<_> = cases.iter().map(|case| case.bytecode.view(grammar).unwrap()).collect();
        let both = || cases.iter().zip(&views);
        assert!(both().all(|(case, view)| walk(case.tree.walk()) == walk(view.walk())));

        let mut group = c.benchmark_group(format!("view/{}", workload.name));
        group.throughput(Throughput::Bytes(cases.iter().map(|case| case.size.bytecode).sum()));
        group.bench_function("walk the tree", |b| {
            b.iter(|| cases.iter().map(|case| walk(case.tree.walk())).max());
        });
        group.bench_function("walk the view", |b| {
            b.iter(|| views.iter().map(|view| walk(view.walk())).max());
        });
        group.bench_function("look up in the tree", |b| {
            b.iter(|| cases.iter().map(|case| look_up(case.tree.root_node(), case.file.source.len())).max());
        });
        group.bench_function("look up in the view", |b| {
            b.iter(|| both().map(|(case, view)| look_up(view.root_node(), case.file.source.len())).max());
        });
        group.bench_function("open the view", |b| {
            b.iter(|| cases.iter().filter(|case| case.bytecode.view(grammar).is_ok()).count());
        });
        group.bench_function("check the bytes", |b| {
            b.iter(|| {
                cases.iter().filter(|case| Bytecode::from_bytes(case.bytecode.as_bytes()).is_ok()).count()
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = short();
    targets = view
}
criterion_main!(benches);
