//! Writing a tree down, beside the parse that made it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use criterion::{BatchSize, Bencher, Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::corpus::{Corpus, parse};
use cst_bytecode::{Bytecode, SourceId};

/// Times each run by itself and frees what it made before the next: many live trees at once would
/// measure the operating system's pages.
fn alone<T>(b: &mut Bencher<'_>, mut run: impl FnMut() -> T) {
    b.iter_batched(|| (), |()| run(), BatchSize::PerIteration);
}

fn encode(c: &mut Criterion) {
    for workload in Corpus::from_env().unwrap().workloads() {
        let mut parser = workload.parser().unwrap();
        let files = &workload.files;
        let trees: Vec<_> = files.iter().map(|file| parse(&mut parser, file).unwrap()).collect();
        let ids: Vec<_> = files.iter().map(|file| SourceId::of(&file.source)).collect();

        let mut group = c.benchmark_group(format!("encode/{}", workload.name));
        group.throughput(Throughput::Bytes(files.iter().map(|file| file.source.len() as u64).sum()));
        group.bench_function("parse", |b| {
            alone(b, || files.iter().map(|file| parse(&mut parser, file).unwrap()).collect::<Vec<_>>());
        });
        group.bench_function("encode", |b| {
            alone(b, || {
                let encode = |(tree, id)| Bytecode::encode_with(&workload.grammar, tree, id).unwrap();
                trees.iter().zip(&ids).map(encode).collect::<Vec<_>>()
            });
        });
        group.bench_function("hash the source", |b| {
            b.iter(|| files.iter().map(|file| SourceId::of(&file.source).hash[0]).max());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .sample_size(10);
    targets = encode
}
criterion_main!(benches);
