//! Writing a tree down, beside the parse that made it.
#![allow(missing_docs, clippy::unwrap_used)]

mod timing;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::corpus::{Corpus, parse};
use cst_bytecode::{Bytecode, SourceId};

use timing::{alone, short};

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
    config = short();
    targets = encode
}
criterion_main!(benches);
