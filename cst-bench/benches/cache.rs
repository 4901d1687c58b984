//! Getting a tree from the cache, by the tier that has it, beside the parse.
#![allow(missing_docs, clippy::unwrap_used)]

mod timing;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::corpus::{Corpus, Language, parse};
use cst_cache::{Budgets, Builder, Cache, Document, Durability, Stats};

use timing::{alone, short};

const PLENTY: u64 = 1 << 30;
const NOTHING: Budgets = Budgets { total: PLENTY, hot: 0, warm: 0, cold: 0 };

/// A cache in which only the tiers that `budgets` names have room: nothing is promoted out of them.
fn cache(budgets: Budgets) -> Builder {
    Cache::builder().budgets(budgets)
}

fn bench_language(c: &mut Criterion, workload: &Language) {
    let mut parser = workload.parser().unwrap();
    let files = &workload.files;
    let trees: Vec<_> = files.iter().map(|file| parse(&mut parser, file).unwrap()).collect();
    let documents: Vec<_> = files.iter().map(|file| Document::new(&workload.grammar, &file.source)).collect();
    let filled = |cache: Cache| {
        documents.iter().zip(&trees).for_each(|(document, tree)| cache.insert(document, tree).unwrap());
        cache
    };

    let folder = tempfile::tempdir().unwrap();
    let frozen = cache(NOTHING).store_at(folder.path().join("store")).unwrap().build();
    for (document, tree) in documents.iter().zip(&trees) {
        frozen.freeze_tree(document, tree).unwrap();
    }
    frozen.commit(Durability::Buffered).unwrap();

    let mut group = c.benchmark_group(format!("cache/{}", workload.name));
    group.throughput(Throughput::Bytes(files.iter().map(|file| file.source.len() as u64).sum()));
    group.bench_function("parse", |b| {
        alone(b, || files.iter().map(|file| parse(&mut parser, file).unwrap()).collect::<Vec<_>>());
    });
    type Hits = fn(&Stats) -> u64;
    let tiers: [(&str, Cache, Hits); 4] = [
        ("get hot", filled(cache(Budgets { hot: PLENTY, ..NOTHING }).build()), |stats| stats.hot_hits),
        ("get warm", filled(cache(Budgets { warm: PLENTY, ..NOTHING }).build()), |stats| stats.warm_hits),
        ("get cold", filled(cache(Budgets { cold: PLENTY, ..NOTHING }).build()), |stats| stats.cold_hits),
        ("get frozen", frozen, |stats| stats.frozen_hits),
    ];
    for (name, cache, hits) in &tiers {
        let mut gets = 0;
        group.bench_function(*name, |b| {
            let get = || {
                gets += documents.len() as u64;
                documents.iter().map(|document| cache.get(document).unwrap()).collect::<Vec<_>>()
            };
            // A live tree is shared, and gets are too short for a clock around each.
            if *name == "get hot" { b.iter_with_large_drop(get) } else { alone(b, get) }
        });
        assert_eq!(hits(&cache.stats()), gets, "{name}: another tier answered");
    }
    group.bench_function("get_or_parse hot, source hashed anew", |b| {
        let cache = &tiers[0].1;
        b.iter_with_large_drop(|| {
            let get = |source| cache.get_or_parse(&Document::new(&workload.grammar, source)).unwrap();
            files.iter().map(|file| get(&file.source)).collect::<Vec<_>>()
        });
    });
    group.finish();
}

fn bench(c: &mut Criterion) {
    for workload in Corpus::from_env().unwrap().workloads() {
        bench_language(c, &workload);
    }
}

criterion_group! {
    name = benches;
    config = short();
    targets = bench
}
criterion_main!(benches);
