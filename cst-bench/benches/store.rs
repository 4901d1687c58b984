//! Bringing records to disk and finding them again. Bytes are of the source whose trees they are.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cst_bench::case::Case;
use cst_bench::corpus::Corpus;
use cst_bench::memory_store::MemoryStore;
use cst_cache::Cache;
use cst_frozen::{Durability, Key, Options, Reader, Writer};
use tempfile::TempDir;

/// How many records a store of these benches has.
const RECORDS: usize = 1_000;

type Record = (Key, Arc<[u8]>);

/// Records of trees under made-up keys, and how much source they stand for.
fn records() -> (Vec<Record>, u64) {
    let workloads = Corpus::from_env().unwrap().workloads();
    let mut trees = Vec::new();
    for language in workloads.iter().filter(|workload| !workload.name.contains("kB")) {
        for file in &language.files {
            let case = Case::new(&language.grammar, file).unwrap();
            let store = Arc::new(MemoryStore::default());
            let cache = Cache::builder().memory_budget(0).store(Arc::clone(&store) as _).build();
            cache.freeze_bytecode(&case.document, &case.bytecode).unwrap();
            let key = case.document.key().0;
            trees.push((key, store.record(&key).unwrap(), case.size.source));
        }
    }
    let numbered = trees.iter().cycle().take(RECORDS).zip(0_u64..);
    let source = trees.iter().cycle().take(RECORDS).map(|(_, _, source)| source).sum();
    let fresh = |((key, record, _), number): (&(Key, Arc<[u8]>, u64), u64)| {
        let mut key = *key;
        key[..8].iter_mut().zip(number.to_le_bytes()).for_each(|(to, byte)| *to ^= byte);
        (key, Arc::clone(record))
    };
    (numbered.map(fresh).collect(), source)
}

fn fresh_store() -> (TempDir, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path().join("store"), Options::default()).unwrap();
    (folder, writer)
}

fn store(c: &mut Criterion) {
    let (records, source) = records();
    let fill = |(folder, writer): (TempDir, Writer), durability| {
        records.iter().for_each(|(key, record)| writer.put(key, record).unwrap());
        writer.commit(durability).unwrap();
        (folder, writer)
    };

    let mut group = c.benchmark_group("store/1000 records");
    group.throughput(Throughput::Bytes(source));
    for (name, durability) in [("commit", Durability::Buffered), ("commit and sync", Durability::Fsync)] {
        group.bench_function(name, |b| {
            b.iter_batched(fresh_store, |store| fill(store, durability), BatchSize::PerIteration);
        });
    }
    let (folder, writer) = fill(fresh_store(), Durability::Buffered);
    let reader = writer.reader();
    group.bench_function("get", |b| {
        b.iter(|| records.iter().map(|(key, _)| reader.get(key).unwrap().unwrap().len()).sum::<usize>());
    });
    group.finish();

    let mut group = c.benchmark_group("store");
    group.bench_function("get what is not there", |b| b.iter(|| reader.get(&[7; 32]).unwrap().is_none()));
    group.bench_function("open with 1000 records", |b| {
        b.iter_with_large_drop(|| Reader::open(folder.path().join("store"), Options::default()).unwrap());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = store
}
criterion_main!(benches);
