//! Getting a tree back from its bytes, beside the parse that it saves.
#![allow(missing_docs, clippy::unwrap_used)]

mod timing;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::case::Case;
use cst_bench::corpus::{Corpus, parse};
use cst_bytecode::Bytecode;

use timing::{alone, short};

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
    config = short();
    targets = decode
}
criterion_main!(benches);
