//! Getting a tree back from its bytes, beside the parse that it saves.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use criterion::{BatchSize, Bencher, Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::case::Case;
use cst_bench::corpus::{Corpus, parse};
use cst_bytecode::Bytecode;

/// Times each run by itself and frees what it made before the next: many live trees at once would
/// measure the operating system's pages.
fn alone<T>(b: &mut Bencher<'_>, mut run: impl FnMut() -> T) {
    b.iter_batched(|| (), |()| run(), BatchSize::PerIteration);
}

fn decode(c: &mut Criterion) {
    for workload in Corpus::from_env().unwrap().workloads() {
        let mut parser = workload.parser().unwrap();
        let grammar = &workload.grammar;
        let cases: Vec<_> = workload.files.iter().map(|file| Case::new(grammar, file).unwrap()).collect();

        let mut group = c.benchmark_group(format!("decode/{}", workload.name));
        group.throughput(Throughput::Bytes(cases.iter().map(|case| case.size.source).sum()));
        group.bench_function("parse", |b| {
            alone(b, || cases.iter().map(|case| parse(&mut parser, case.file).unwrap()).collect::<Vec<_>>());
        });
        group.bench_function("decode", |b| {
            alone(b, || cases.iter().map(|case| case.bytecode.decode(grammar).unwrap()).collect::<Vec<_>>());
        });
        group.bench_function("check the bytes", |b| {
            b.iter(|| {
                let check = |case: &Case<'_>| {
                    Bytecode::from_bytes(case.bytecode.as_bytes()).unwrap().header().subtree_count
                };
                cases.iter().map(check).max()
            });
        });
        group.bench_function("expand, check and decode", |b| {
            alone(b, || cases.iter().map(|case| case.cache.get(&case.document).unwrap()).collect::<Vec<_>>());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .sample_size(10);
    targets = decode
}
criterion_main!(benches);
