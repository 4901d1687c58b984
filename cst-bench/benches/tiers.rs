//! Deciding what moves where, with 10,000 entries. The machine knows no bytes of source: per event.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cst_tiers::{Budgets, Slot, Tick, Tier, Tiers};

const ENTRIES: u64 = 10_000;
/// Prime to the number of entries, so that steps of it come by every one.
const STRIDE: usize = 7_919;
const WEIGHT: u64 = 1_000;

fn full(budgets: Budgets) -> (Tiers, Vec<Slot>) {
    let mut tiers = Tiers::new(budgets);
    let slots = (0..ENTRIES).map(|at| tiers.admit(Tier::Hot, WEIGHT, Tick(at))).collect();
    (tiers, slots)
}

fn tiers(c: &mut Criterion) {
    let mut group = c.benchmark_group("tiers");
    group.bench_function("hit", |b| {
        let (mut tiers, slots) = full(Budgets::UNLIMITED);
        let (mut at, mut now) = (0, ENTRIES);
        b.iter(|| {
            at = (at + STRIDE) % slots.len();
            now += 1;
            tiers.hit(slots[at], Tick(now)).unwrap()
        });
    });
    group.bench_function("next_move with nothing due", |b| {
        let (mut tiers, _) = full(Budgets::UNLIMITED);
        b.iter(|| black_box(&mut tiers).next_move(Tick(ENTRIES)).is_none());
    });
    group.bench_function("admit to an empty machine, 10000 times", |b| {
        b.iter_batched(|| Budgets::UNLIMITED, full, BatchSize::PerIteration);
    });
    // Each admission pushes one entry out of hot, one out of warm and one out of cold.
    group.bench_function("admit, and the moves that follow", |b| {
        let total = ENTRIES * WEIGHT;
        let (mut tiers, _) = full(Budgets::split(total));
        let mut now = ENTRIES;
        let mut admit = |tiers: &mut Tiers| {
            now += 1;
            tiers.admit(Tier::Hot, WEIGHT, Tick(now));
            let mut moves = 0;
            while let Some(mv) = tiers.next_move(Tick(now)) {
                let weight = if mv.to == Tier::Frozen { 0 } else { WEIGHT };
                assert!(tiers.moved(mv.slot, mv.to, weight, Tick(now)));
                moves += 1;
            }
            moves
        };
        for _ in 0..2 * ENTRIES {
            admit(&mut tiers);
        }
        b.iter(|| admit(&mut tiers));
        assert!(tiers.stats().total().bytes <= total);
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(20);
    targets = tiers
}
criterion_main!(benches);
