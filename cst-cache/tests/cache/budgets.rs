//! The budget is hard: after every operation, whatever it was, the cache holds no more bytes.

use std::sync::Arc;

use cst_cache::{Budgets, Cache, Document, Promotion, Store};

use crate::support::samples::{SAMPLES, long};
use crate::support::{
    FakeClock, Random, assert_same, bytes_held, grammar, parse, reader, replace, sinking, writer,
};

/// Sources of 10 bytes to 40 kB, whose trees take up to a megabyte.
fn sources() -> Vec<(&'static str, Vec<u8>)> {
    let mut sources: Vec<_> =
        SAMPLES.iter().map(|(language, _, text)| (*language, text.as_bytes().to_vec())).collect();
    for lines in [30, 100, 400] {
        sources.extend(
            ["rust", "python", "json"].map(|language| (language, long(language, lines).into_bytes())),
        );
    }
    sources
}

/// Does many things in an order that looks random. After each the budget holds, and every tree is right.
fn run(cache: &Cache, clock: &FakeClock, budget: u64, seed: u64, steps: usize) {
    let sources = sources();
    let mut random = Random(seed);
    for step in 0..steps {
        let (language, text) = &sources[random.index(sources.len())];
        let document = Document::new(grammar(language), text);
        let what = random.below(10);
        match what {
            0..=3 => assert_same(&cache.get_or_parse(&document).unwrap(), &parse(&document)),
            4..=5 => drop(cache.get(&document).map(|tree| assert_same(&tree, &parse(&document)))),
            6 => cache.insert(&document, &parse(&document)).unwrap(),
            7 => {
                let (new, edit) = replace(text, text.len() / 2, 0, "\n\n \n");
                cache.edit(&document, &[edit], &Document::new(grammar(language), &new)).unwrap();
            }
            8 => drop(cache.remove(&document)),
            _ => {
                clock.advance(random.below(2_000));
                drop(cache.maintain());
            }
        }
        let stats = cache.stats();
        assert!(bytes_held(&stats) <= budget, "step {step}, {what}: {} > {budget}", bytes_held(&stats));
        assert_eq!(stats.tiers.total().moving_entries, 0, "step {step}");
        assert_eq!(stats.tiers.total().pinned_entries, 0, "step {step}");
    }
}

fn builder(clock: &FakeClock, budget: u64) -> cst_cache::Builder {
    sinking(clock, 3_000).memory_budget(budget)
}

const BUDGETS: [u64; 6] = [0, 1, 5_000, 100_000, 1_000_000, 4_000_000];

#[test]
fn the_budget_holds_without_a_store() {
    for (seed, budget) in (0..).zip(BUDGETS) {
        let clock = FakeClock::default();
        let cache = builder(&clock, budget).build();
        run(&cache, &clock, budget, seed, 150);
        assert!(cache.stats().evicted > 0, "{budget}");
    }
}

#[test]
fn the_budget_holds_with_a_store() {
    for (seed, budget) in (100..).zip(BUDGETS) {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::default();
        let cache = builder(&clock, budget).store_at(folder.path().join("store")).unwrap().build();
        run(&cache, &clock, budget, seed, 150);
        let stats = cache.stats();
        assert_eq!(
            (stats.evicted, stats.lost_to_write_errors, stats.corrupt, stats.mismatched),
            (0, 0, 0, 0)
        );
        assert!(stats.commits > 0, "{budget}");
        assert!(stats.frozen_hits > 0 || budget > 1_000_000, "{budget}: {stats:?}");
    }
}

#[test]
fn the_budget_holds_with_a_store_to_read_from_only() {
    let folder = tempfile::tempdir().unwrap();
    let sources = sources();
    {
        let cache = Cache::builder().store_at(folder.path()).unwrap().build();
        for (language, text) in sources.iter().step_by(2) {
            cache.get_or_parse(&Document::new(grammar(language), text)).unwrap();
        }
        cache.close().unwrap();
    }
    for (seed, budget) in (200..).zip(BUDGETS) {
        let clock = FakeClock::default();
        let cache = builder(&clock, budget).store(reader(folder.path())).build();
        run(&cache, &clock, budget, seed, 100);
        assert!(cache.stats().frozen_hits > 0 && cache.stats().commits == 0);
        assert!(cache.close().is_ok(), "there is nothing to write, and nothing was lost");
    }
}

#[test]
fn the_budget_holds_with_caps_that_leave_tiers_out() {
    let total = 500_000;
    let caps = [(0, 0, 0), (total, 0, 0), (0, total, 0), (0, 0, total), (total, total, total), (9, 9, 9)];
    for (seed, (hot, warm, cold)) in (300..).zip(caps) {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::default();
        let cache = builder(&clock, 0)
            .budgets(Budgets { total, hot, warm, cold })
            .promotion(Promotion::OnSecondHit)
            .store(writer(folder.path()))
            .build();
        run(&cache, &clock, total, seed, 80);
    }
}

#[test]
fn the_budget_holds_once_many_threads_have_come_to_rest() {
    let folder = tempfile::tempdir().unwrap();
    let budget = 300_000;
    let cache = Arc::new(
        Cache::builder().memory_budget(budget).store(writer(folder.path()) as Arc<dyn Store>).build(),
    );
    let sources = sources();
    std::thread::scope(|scope| {
        for seed in 0..8 {
            let (cache, sources) = (&cache, &sources);
            scope.spawn(move || {
                let mut random = Random(seed);
                for _ in 0..60 {
                    let (language, text) = &sources[random.index(sources.len())];
                    let document = Document::new(grammar(language), text);
                    match random.below(8) {
                        0 => drop(cache.maintain()),
                        1 => cache.remove(&document).unwrap(),
                        2 => cache.flush().unwrap(),
                        3 => assert!(
                            cache
                                .get(&document)
                                .is_none_or(|tree| *tree.language() == *document.grammar().language())
                        ),
                        _ => assert_same(&cache.get_or_parse(&document).unwrap(), &parse(&document)),
                    }
                }
            });
        }
    });
    let stats = cache.stats();
    assert!(bytes_held(&stats) <= budget, "{}", bytes_held(&stats));
    assert_eq!((stats.tiers.total().moving_entries, stats.tiers.total().pinned_entries), (0, 0));
    assert_eq!((stats.corrupt, stats.mismatched, stats.lost_to_write_errors), (0, 0, 0));
}
