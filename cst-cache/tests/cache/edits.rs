//! A restored tree is as good a start for an incremental parse as the one that was stored.

use cst_cache::{Cache, Document};
use tree_sitter::{InputEdit, Range, Tree};

use crate::support::samples::SAMPLES;
use crate::support::{
    FakeClock, Random, assert_same, grammar, parse, parse_from, replace, sink, sinking, writer,
};

/// What tree-sitter does without a cache: edit, parse, compare.
fn by_hand(old: &Document<'_>, edits: &[InputEdit], new: &Document<'_>) -> (Tree, Vec<Range>) {
    let mut tree = parse(old);
    edits.iter().for_each(|edit| tree.edit(edit));
    let parsed = parse_from(new, Some(&tree));
    let changed = tree.changed_ranges(&parsed).collect();
    (parsed, changed)
}

const PIECES: [&str; 16] =
    ["", " ", "\n", "x", "(", ")", "{", "}", "\"", "/*", "*/", "'", "1 + ", "end\n", "<p>", "caf\u{e9}"];

/// One or two changes somewhere in the text.
fn change(text: &[u8], random: &mut Random) -> (Vec<u8>, Vec<InputEdit>) {
    let (mut text, mut edits) = (text.to_vec(), Vec::new());
    for _ in 0..=random.below(2) {
        let at = random.index(text.len() + 1);
        let (new, edit) = replace(&text, at, random.index(9), PIECES[random.index(PIECES.len())]);
        text = new;
        edits.push(edit);
    }
    (text, edits)
}

#[test]
fn an_edit_from_any_tier_is_the_edit_of_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let store = writer(folder.path());
    let clock = FakeClock::default();
    let mut random = Random(7);
    for (language, name, text) in SAMPLES {
        for down in 0..4 {
            for _ in 0..3 {
                let cache = sinking(&clock, 1).store(store.clone()).build();
                let old = Document::new(grammar(language), text.as_bytes());
                cache.insert(&old, &parse(&old)).unwrap();
                sink(&cache, &clock, 1, down);
                let (new_text, edits) = change(text.as_bytes(), &mut random);
                let new = Document::new(grammar(language), &new_text);
                let edited = cache.edit(&old, &edits, &new).unwrap();
                let (tree, changed) = by_hand(&old, &edits, &new);
                let what = || format!("{name}, {down} tiers down, {edits:?}");
                assert!(edited.incremental, "{}", what());
                assert_eq!(cst_cache::compare(&edited.tree, &tree).err(), None, "{}", what());
                assert_eq!(edited.changed_ranges, changed, "{}", what());
                // It is the new document's tree from now on, and the old one's is as it was.
                assert_same(&cache.get(&new).unwrap(), &tree);
                if new.key() != old.key() {
                    assert_same(&cache.get(&old).unwrap(), &parse(&old));
                }
                let stats = cache.stats();
                assert_eq!((stats.parses, stats.edits, stats.misses), (1, 1, 0), "{}", what());
            }
        }
    }
}

#[test]
fn a_chain_of_edits_across_restarts_never_parses_whole() {
    for (language, name, text) in SAMPLES.into_iter().step_by(2) {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random(11);
        let mut text = text.as_bytes().to_vec();
        let mut original = {
            let cache = Cache::builder().store_at(folder.path()).unwrap().build();
            let tree = cache.get_or_parse(&Document::new(grammar(language), &text)).unwrap();
            cache.close().unwrap();
            tree
        };
        for step in 0..8 {
            let cache = Cache::builder().store_at(folder.path()).unwrap().build();
            let (new_text, edits) = change(&text, &mut random);
            let new = Document::new(grammar(language), &new_text);
            let edited = cache.edit(&Document::new(grammar(language), &text), &edits, &new).unwrap();
            edits.iter().for_each(|edit| original.edit(edit));
            let tree = parse_from(&new, Some(&original));
            let changed: Vec<_> = original.changed_ranges(&tree).collect();
            assert!(edited.incremental, "{name}, step {step}");
            assert_eq!(cst_cache::compare(&edited.tree, &tree).err(), None, "{name}, step {step}");
            assert_eq!(edited.changed_ranges, changed, "{name}, step {step}");
            assert_eq!((cache.stats().frozen_hits, cache.stats().misses), (1, 0));
            cache.close().unwrap();
            (text, original) = (new_text, tree);
        }
    }
}

#[test]
fn without_the_old_tree_an_edit_parses_whole_and_says_so() {
    let cache = Cache::builder().build();
    let (new_text, edit) = replace(b"[1, 2]", 1, 1, "7");
    let new = Document::new(grammar("json"), &new_text);
    let edited = cache.edit(&Document::new(grammar("json"), b"[1, 2]"), &[edit], &new).unwrap();
    assert!(!edited.incremental);
    assert_eq!(edited.changed_ranges, [edited.tree.root_node().range()]);
    assert_same(&edited.tree, &parse(&new));
    assert_eq!((cache.stats().misses, cache.stats().edits, cache.stats().parses), (1, 0, 1));
    assert!(cache.get(&new).is_some());
}

#[test]
fn an_edit_does_not_touch_trees_that_were_handed_out() {
    let cache = Cache::builder().build();
    let text = b"{\"a\": [1, 2]}";
    let old = Document::new(grammar("json"), text);
    let held = cache.get_or_parse(&old).unwrap();
    let before = held.root_node().to_sexp();
    let (new_text, edit) = replace(text, 6, 0, "[[[");
    cache.edit(&old, &[edit], &Document::new(grammar("json"), &new_text)).unwrap();
    assert_eq!(held.root_node().to_sexp(), before);
    assert!(!held.root_node().has_changes());
    assert_same(&held, &parse(&old));
}
