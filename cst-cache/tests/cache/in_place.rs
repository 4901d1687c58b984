//! The bytecode is the same from every tier, and is walked without a tree.

use cst_cache::{Cache, Document, Promotion, Tier};
use tree_sitter::{Point, Range};

use crate::support::samples::SAMPLES;
use crate::support::{FakeClock, assert_same, entries, grammar, hits, parse, replace, sink, sinking, writer};

const IDLE: u64 = 1_000;

/// Kinds and ranges of all visible nodes.
fn nodes(cursor: &mut cst_cache::ViewCursor<'_>) -> Vec<(u16, std::ops::Range<usize>)> {
    let mut nodes = Vec::new();
    loop {
        nodes.push((cursor.node().kind_id(), cursor.node().byte_range()));
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return nodes;
            }
        }
    }
}

#[test]
fn every_tier_gives_the_same_nodes_and_none_makes_a_tree() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::default();
    let cache = sinking(&clock, IDLE).promotion(Promotion::OnSecondHit);
    let cache = cache.store(writer(&folder.path().join("store"))).build();
    for (language, name, text) in SAMPLES {
        let document = Document::new(grammar(language), text.as_bytes());
        let tree = parse(&document);
        cache.insert(&document, &tree).unwrap();
        let mut expected = Vec::new();
        for (down, tier) in [(0, Tier::Hot), (1, Tier::Warm), (1, Tier::Cold), (2, Tier::Frozen)] {
            sink(&cache, &clock, IDLE, down);
            let before = cache.stats();
            let bytecode = cache.get_bytecode(&document).unwrap_or_else(|| panic!("{name} is not in {tier}"));
            let view = bytecode.view(document.grammar()).unwrap();
            assert_eq!(view.root_node().to_sexp(), tree.root_node().to_sexp(), "{name} from {tier}");
            let found = nodes(&mut view.walk());
            if expected.is_empty() {
                expected.clone_from(&found);
            }
            assert_eq!(found, expected, "{name} from {tier}");
            assert_eq!(found.len(), tree.root_node().descendant_count());
            let after = cache.stats();
            assert_eq!(hits(&before, &after), [tier], "{name}");
            // What was compressed is bytecode from now on; no tree was built.
            let in_memory = entries(&cache);
            let hot = usize::from(tier == Tier::Hot);
            assert_eq!(in_memory[..3], [hot as u64, 1 - hot as u64, 0], "{name} from {tier}");
        }
        cache.remove(&document).unwrap();
        cache.flush().unwrap();
    }
    assert_eq!(cache.stats().parses, 0);
}

#[test]
fn what_no_tier_has_is_a_miss_and_so_is_the_tree_of_other_ranges() {
    let cache = Cache::builder().build();
    let (language, _, text) = SAMPLES[0];
    let document = Document::new(grammar(language), text.as_bytes());
    assert!(cache.get_bytecode(&document).is_none());
    assert_eq!(cache.stats().misses, 1);
    cache.insert(&document, &parse(&document)).unwrap();
    assert!(cache.get_bytecode(&document).is_some());
    let end = Point::new(0, 1);
    let start = Point::new(0, 0);
    let part = Range { start_byte: 0, end_byte: 1, start_point: start, end_point: end };
    assert!(cache.get_bytecode(&document.clone().with_included_ranges(&[part])).is_none());
}

/// Through all tiers: it is a tree, and comes back as one.
#[test]
fn an_edited_tree_is_a_miss_and_not_damage() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::default();
    let cache = sinking(&clock, IDLE).store(writer(&folder.path().join("store"))).build();
    let (language, _, text) = SAMPLES[0];
    let document = Document::new(grammar(language), text.as_bytes());
    let mut tree = parse(&document);
    let (_, edit) = replace(text.as_bytes(), 1, 1, "12");
    tree.edit(&edit);
    assert!(tree.root_node().has_changes());
    cache.insert(&document, &tree).unwrap();
    let before = cache.stats();
    for (misses, tier) in [(1, Tier::Hot), (2, Tier::Warm), (3, Tier::Cold), (4, Tier::Frozen)] {
        let in_memory = [Tier::Hot, Tier::Warm, Tier::Cold].map(|other| u64::from(other == tier));
        assert_eq!(entries(&cache), in_memory, "{tier}");
        assert!(cache.contains(&document) && cache.get_bytecode(&document).is_none(), "{tier}");
        let stats = cache.stats();
        assert_eq!((stats.misses, stats.corrupt, stats.mismatched), (misses, 0, 0), "{tier}");
        assert_eq!(hits(&before, &stats), [], "{tier}");
        sink(&cache, &clock, IDLE, 1);
    }
    assert_same(&cache.get(&document).unwrap(), &tree);
}
