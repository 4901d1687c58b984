//! A tree is the same from every tier; hits bring it up, idle time and lack of room bring it down.

use cst_cache::{Budgets, Cache, Document, Promotion, Tier, live_bytes};

use crate::support::samples::{SAMPLES, long};
use crate::support::{FakeClock, assert_same, entries, grammar, hits, parse, sink, sinking, writer};

const IDLE: u64 = 1_000;

#[test]
fn every_tier_gives_the_same_tree_for_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::default();
    let cache = sinking(&clock, IDLE).store(writer(&folder.path().join("store"))).build();
    for (language, name, text) in SAMPLES {
        let document = Document::new(grammar(language), text.as_bytes());
        let original = parse(&document);
        cache.insert(&document, &original).unwrap();
        for (down, tier) in [(0, Tier::Hot), (1, Tier::Warm), (2, Tier::Cold), (3, Tier::Frozen)] {
            sink(&cache, &clock, IDLE, down);
            let held = entries(&cache);
            let before = cache.stats();
            assert_same(
                &original,
                &cache.get(&document).unwrap_or_else(|| panic!("{name} is not in {tier}")),
            );
            let after = cache.stats();
            assert_eq!(hits(&before, &after), [tier], "{name}, with {held:?}");
            // Whatever it was, it is hot now.
            assert_same(&original, &cache.get(&document).unwrap());
            assert_eq!(cache.stats().hot_hits, after.hot_hits + 1, "{name} from {tier}");
        }
        cache.remove(&document).unwrap();
        cache.flush().unwrap();
    }
    let stats = cache.stats();
    assert_eq!((stats.parses, stats.misses, stats.corrupt, stats.mismatched), (0, 0, 0, 0));
}

#[test]
fn an_idle_entry_sinks_tier_by_tier_and_not_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::default();
    let cache = sinking(&clock, IDLE).store(writer(&folder.path().join("store"))).build();
    let text = long("rust", 20);
    let document = Document::new(grammar("rust"), text.as_bytes());
    cache.get_or_parse(&document).unwrap();
    for held in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
        assert_eq!(entries(&cache), held);
        clock.advance(IDLE - 1);
        cache.maintain().unwrap();
        assert_eq!(entries(&cache), held, "a millisecond too soon");
        clock.advance(1);
        cache.maintain().unwrap();
    }
    assert_eq!(entries(&cache), [0, 0, 0]);
    let stats = cache.stats();
    assert_eq!((stats.awaiting_commit, stats.awaiting_commit_bytes), (0, 0));
    assert_eq!(stats.commits, 1);
    assert!(cache.contains(&document));
}

#[test]
fn a_hit_keeps_an_entry_from_sinking() {
    let clock = FakeClock::default();
    let cache = sinking(&clock, IDLE).build();
    let used = Document::new(grammar("json"), b"[1]");
    let unused = Document::new(grammar("json"), b"[2]");
    cache.get_or_parse(&used).unwrap();
    cache.get_or_parse(&unused).unwrap();
    for _ in 0..10 {
        clock.advance(IDLE / 2);
        assert!(cache.get(&used).is_some());
        cache.maintain().unwrap();
    }
    assert!(!cache.contains(&unused) && cache.contains(&used));
    assert_eq!(entries(&cache), [1, 0, 0]);
    assert_eq!(cache.stats().evicted, 1);
}

#[test]
fn a_lower_form_is_smaller_and_live_trees_count_in_full() {
    let clock = FakeClock::default();
    let cache = sinking(&clock, IDLE).build();
    let text = long("rust", 500);
    let document = Document::new(grammar("rust"), text.as_bytes());
    let tree = cache.get_or_parse(&document).unwrap();
    let hot = cache.stats().tiers.tier(Tier::Hot).bytes;
    assert!(hot >= live_bytes(&tree), "{hot} bytes do not hold the tree's {}", live_bytes(&tree));
    sink(&cache, &clock, IDLE, 1);
    let warm = cache.stats().tiers.tier(Tier::Warm).bytes;
    sink(&cache, &clock, IDLE, 1);
    let cold = cache.stats().tiers.tier(Tier::Cold).bytes;
    assert!(cold > 0 && cold * 2 < warm && warm * 4 < hot, "hot {hot}, warm {warm}, cold {cold}");
}

#[test]
fn what_does_not_fit_gives_way_least_recently_used_first() {
    let texts: Vec<String> = (0..4).map(|i| format!("// {i}\n{}", long("rust", 50))).collect();
    let documents: Vec<_> =
        texts.iter().map(|text| Document::new(grammar("rust"), text.as_bytes())).collect();
    let probe = Cache::builder().build();
    probe.get_or_parse(&documents[0]).unwrap();
    let weight = probe.stats().tiers.tier(Tier::Hot).bytes;

    let budgets = Budgets { hot: weight * 5 / 2, ..Budgets::split(weight * 100) };
    let cache = Cache::builder().budgets(budgets).build();
    for document in &documents[..2] {
        cache.get_or_parse(document).unwrap();
    }
    assert_eq!(entries(&cache), [2, 0, 0]);
    cache.get(&documents[0]).unwrap();
    cache.get_or_parse(&documents[2]).unwrap();
    assert_eq!(entries(&cache), [2, 1, 0]);
    // Number 1 had not been used for the longest time.
    let before = cache.stats();
    cache.get(&documents[0]).unwrap();
    cache.get(&documents[2]).unwrap();
    assert_eq!(cache.stats().hot_hits, before.hot_hits + 2);
    cache.get(&documents[1]).unwrap();
    assert_eq!(cache.stats().warm_hits, before.warm_hits + 1);
    assert_eq!(entries(&cache), [2, 1, 0], "it came up, and another went down");
}

#[test]
fn a_tree_too_large_for_hot_is_kept_as_bytecode() {
    let text = long("rust", 200);
    let document = Document::new(grammar("rust"), text.as_bytes());
    let tree = parse(&document);
    let cache =
        Cache::builder().budgets(Budgets { hot: live_bytes(&tree) / 2, ..Budgets::split(64 << 20) }).build();
    cache.insert(&document, &tree).unwrap();
    assert_eq!(entries(&cache), [0, 1, 0]);
    for _ in 0..3 {
        assert_same(&tree, &cache.get(&document).unwrap());
        assert_eq!(entries(&cache), [0, 1, 0]);
    }
    assert_eq!(cache.stats().warm_hits, 3);
}

#[test]
fn the_second_hit_promotes_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let text = long("python", 20);
    let document = Document::new(grammar("python"), text.as_bytes());
    let tree = parse(&document);
    {
        let cache = Cache::builder().store_at(&store).unwrap().build();
        cache.insert(&document, &tree).unwrap();
        cache.close().unwrap();
    }
    let cache = Cache::builder().promotion(Promotion::OnSecondHit).store_at(&store).unwrap().build();
    assert_same(&tree, &cache.get(&document).unwrap());
    assert_eq!(entries(&cache), [0, 1, 0]);
    assert_same(&tree, &cache.get(&document).unwrap());
    assert_eq!(entries(&cache), [1, 0, 0]);
    assert_eq!((cache.stats().frozen_hits, cache.stats().warm_hits), (1, 1));
}

#[test]
fn what_waits_for_a_commit_is_still_found() {
    let folder = tempfile::tempdir().unwrap();
    // Room for what waits, but for nothing else.
    let budgets = Budgets { total: 1 << 20, hot: 0, warm: 0, cold: 0 };
    let cache = Cache::builder().budgets(budgets).store_at(folder.path().join("store")).unwrap().build();
    let document = Document::new(grammar("json"), b"{\"a\": [1, 2, 3]}");
    let tree = cache.get_or_parse(&document).unwrap();
    assert_eq!((entries(&cache), cache.stats().awaiting_commit), ([0, 0, 0], 1));
    assert_same(&tree, &cache.get(&document).unwrap());
    cache.maintain().unwrap();
    assert_eq!(cache.stats().awaiting_commit, 0);
    assert_same(&tree, &cache.get(&document).unwrap());
    assert_eq!((cache.stats().cold_hits, cache.stats().frozen_hits), (1, 1));
}
