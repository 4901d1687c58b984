//! Random sequences of everything the cache can do, against a model of what must be there.

use std::collections::{HashMap, HashSet};

use cst_cache::{Cache, Document, compare};
use proptest::prelude::*;
use proptest::test_runner::Config;
use tree_sitter::{InputEdit, Tree};

use crate::support::{FakeClock, bytes_held, grammar, parse, parse_from, replace, sinking};

const LANGUAGES: [&str; 4] = ["json", "javascript", "typescript", "rust"];
const TEXTS: [&str; 5] =
    ["", "[1, 2, 3]", "let x = [1, {a: 2}]; f(x)", "fn f(a: u8) -> u8 { a + 1 }", "class { ( ] \"unclosed"];

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert(usize),
    Get(usize),
    GetOrParse(usize),
    /// From a document, by putting a piece in at a place.
    Edit(usize, usize, &'static str),
    Remove(usize),
    Wait(u64),
    Flush,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let document = 0..LANGUAGES.len() * TEXTS.len();
    let piece = prop::sample::select(vec![" ", "x", "[", "}", ";\n", "// a\n"]);
    prop_oneof![
        3 => document.clone().prop_map(Step::Insert),
        4 => document.clone().prop_map(Step::Get),
        4 => document.clone().prop_map(Step::GetOrParse),
        3 => (document.clone(), any::<usize>(), piece).prop_map(|(of, at, piece)| Step::Edit(of, at, piece)),
        2 => document.prop_map(Step::Remove),
        3 => (0..300_u64).prop_map(Step::Wait),
        1 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ]
}

/// A document that the run has met, and what is known of it.
#[derive(Default)]
struct Known {
    /// All trees that are right for it: of a parse from scratch, and of each edit that led to it.
    trees: Vec<Tree>,
}

struct Run {
    folder: tempfile::TempDir,
    clock: FakeClock,
    budget: u64,
    cache: Option<Cache>,
    known: HashMap<(usize, Vec<u8>), Known>,
    /// In the cache, whether in memory or in the store: put in and not removed.
    present: HashSet<(usize, Vec<u8>)>,
}

impl Run {
    fn new(budget: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::default();
        let mut run =
            Self { folder, clock, budget, cache: None, known: HashMap::new(), present: HashSet::new() };
        run.open();
        run
    }

    fn open(&mut self) {
        let builder = sinking(&self.clock, 200).memory_budget(self.budget);
        self.cache = Some(builder.store_at(self.folder.path()).unwrap().build());
    }

    fn cache(&self) -> &Cache {
        self.cache.as_ref().unwrap()
    }

    /// What came back is a tree that is right for the document.
    fn check(&mut self, id: &(usize, Vec<u8>), tree: &Tree) {
        let document = Document::new(grammar(LANGUAGES[id.0]), &id.1);
        let known = self.known.entry(id.clone()).or_default();
        if known.trees.is_empty() {
            known.trees.push(parse(&document));
        }
        let right = known.trees.iter().any(|right| compare(right, tree).is_ok());
        assert!(right, "a wrong tree for {:?} in {}", String::from_utf8_lossy(&id.1), LANGUAGES[id.0]);
    }

    fn step(&mut self, step: Step) {
        let id = |i: usize| (i % LANGUAGES.len(), TEXTS[i / LANGUAGES.len()].as_bytes().to_vec());
        match step {
            Step::Insert(i) => {
                let id = id(i);
                let document = Document::new(grammar(LANGUAGES[id.0]), &id.1);
                self.cache().insert(&document, &parse(&document)).unwrap();
                self.present.insert(id);
            }
            Step::Get(i) => {
                let id = id(i);
                let found = self.cache().get(&Document::new(grammar(LANGUAGES[id.0]), &id.1));
                assert_eq!(found.is_some(), self.present.contains(&id), "{id:?}");
                if let Some(tree) = found {
                    self.check(&id, &tree);
                }
            }
            Step::GetOrParse(i) => {
                let id = id(i);
                let before = self.cache().stats().parses;
                let tree =
                    self.cache().get_or_parse(&Document::new(grammar(LANGUAGES[id.0]), &id.1)).unwrap();
                let parsed = self.cache().stats().parses > before;
                assert_eq!(parsed, !self.present.contains(&id), "{id:?}");
                self.check(&id, &tree);
                self.present.insert(id);
            }
            Step::Edit(i, at, piece) => self.edit(&id(i), at, piece),
            Step::Remove(i) => {
                let id = id(i);
                self.cache().remove(&Document::new(grammar(LANGUAGES[id.0]), &id.1)).unwrap();
                // Gone from the store with its next commit.
                self.cache().flush().unwrap();
                self.present.remove(&id);
            }
            Step::Wait(milliseconds) => {
                self.clock.advance(milliseconds);
                self.cache().maintain().unwrap();
            }
            Step::Flush => self.cache().flush().unwrap(),
            Step::Reopen => {
                let cache = self.cache.take().unwrap();
                cache.close().unwrap();
                self.open();
            }
        }
        let stats = self.cache().stats();
        assert!(bytes_held(&stats) <= self.budget, "{} > {}", bytes_held(&stats), self.budget);
        assert_eq!(
            (stats.corrupt, stats.mismatched, stats.evicted, stats.lost_to_write_errors),
            (0, 0, 0, 0)
        );
    }

    fn edit(&mut self, id: &(usize, Vec<u8>), at: usize, piece: &str) {
        let (text, edit): (Vec<u8>, InputEdit) = replace(&id.1, at % (id.1.len() + 1), 0, piece);
        let grammar = grammar(LANGUAGES[id.0]);
        let (old, new) = (Document::new(grammar, &id.1), Document::new(grammar, &text));
        let edited = self.cache().edit(&old, &[edit], &new).unwrap();
        assert_eq!(edited.incremental, self.present.contains(id));
        // The same, by hand, from each tree that it may have started with.
        let starts: Vec<Tree> = match self.known.get(id) {
            Some(known) if !known.trees.is_empty() => known.trees.clone(),
            _ => vec![parse(&old)],
        };
        let new_id = (id.0, text.clone());
        let known = self.known.entry(new_id.clone()).or_default();
        known.trees.push(parse(&new));
        if edited.incremental {
            for mut start in starts {
                start.edit(&edit);
                let tree = parse_from(&new, Some(&start));
                let changed: Vec<_> = start.changed_ranges(&tree).collect();
                if compare(&tree, &edited.tree).is_ok() {
                    assert_eq!(edited.changed_ranges, changed);
                }
                known.trees.push(tree);
            }
        }
        self.check(&new_id, &edited.tree);
        self.present.insert(new_id);
    }
}

fn cases(default: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { failure_persistence: None, ..Config::with_cases(cases.unwrap_or(default)) }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn whatever_is_done_what_must_be_there_is_there_and_right(
        budget in prop::sample::select(vec![0_u64, 4_000, 12_000, 40_000, 1 << 20]),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut run = Run::new(budget);
        for step in steps {
            run.step(step);
        }
    }
}
