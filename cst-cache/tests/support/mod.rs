//! What the tests share: the grammars with samples, a clock that stands still, a parser of their own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests; no test binary uses all of them"
)]

#[cfg(feature = "cli")]
pub mod command;
pub mod samples;
pub mod spy;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use cst_cache::{
    Builder, Cache, Clock, Document, Grammar, Grammars, Idle, Stats, Store, Tick, Tier, compare,
};
use tree_sitter::{InputEdit, Parser, Point, Tree};

static GRAMMARS: LazyLock<Grammars> = LazyLock::new(Grammars::bundled);

/// The bundled grammar of this name.
pub fn grammar(name: &str) -> &'static Grammar {
    &GRAMMARS.by_name(name).unwrap().grammar
}

/// Parses with a parser of its own, so that no cache has a part in it.
pub fn parse(document: &Document<'_>) -> Tree {
    parse_from(document, None)
}

/// Parses from an older tree, already edited.
pub fn parse_from(document: &Document<'_>, old: Option<&Tree>) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(document.grammar().language()).unwrap();
    parser.set_included_ranges(document.included_ranges()).unwrap();
    parser.parse(document.source(), old).unwrap()
}

/// The two trees are the same in every field of every subtree.
#[track_caller]
pub fn assert_same(left: &Tree, right: &Tree) {
    if let Err(difference) = compare(left, right) {
        panic!("the trees differ: {difference:?}");
    }
    assert_eq!(left.included_ranges(), right.included_ranges());
}

/// A clock that a test moves.
#[derive(Clone, Default)]
pub struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    pub fn advance(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Tick {
        Tick(self.0.load(Ordering::SeqCst))
    }
}

/// A cache under this clock, whose entries come down by a tier whenever they were idle for so many milliseconds.
pub fn sinking(clock: &FakeClock, milliseconds: u64) -> Builder {
    let idle = Idle { hot: Some(milliseconds), warm: Some(milliseconds), cold: Some(milliseconds) };
    Cache::builder().idle(idle).clock(Box::new(clock.clone()))
}

/// Lets so much time pass, and entries sink, so many times.
pub fn sink(cache: &Cache, clock: &FakeClock, milliseconds: u64, times: u64) {
    for _ in 0..times {
        clock.advance(milliseconds);
        cache.maintain().unwrap();
    }
}

/// The tiers that trees were found in between the two, one for each hit.
pub fn hits(before: &Stats, after: &Stats) -> Vec<Tier> {
    let hits = |stats: &Stats| [stats.hot_hits, stats.warm_hits, stats.cold_hits, stats.frozen_hits];
    let counts = hits(before).into_iter().zip(hits(after)).map(|(before, after)| after - before);
    let tiers = [Tier::Hot, Tier::Warm, Tier::Cold, Tier::Frozen].into_iter();
    tiers.zip(counts).flat_map(|(tier, count)| (0..count).map(move |_| tier)).collect()
}

/// How many entries are hot, warm and cold.
pub fn entries(cache: &Cache) -> [u64; 3] {
    let tiers = cache.stats().tiers;
    [Tier::Hot, Tier::Warm, Tier::Cold].map(|tier| tiers.tier(tier).entries)
}

/// Bytes that the cache holds in memory.
pub fn bytes_held(stats: &Stats) -> u64 {
    stats.tiers.total().bytes + stats.awaiting_commit_bytes
}

/// A store in a folder, to be given to one cache after another.
pub fn writer(folder: &std::path::Path) -> Arc<cst_frozen::Writer> {
    Arc::new(cst_frozen::Writer::open(folder, cst_frozen::Options::default()).unwrap())
}

/// A store that can only be read.
pub fn reader(folder: &std::path::Path) -> Arc<dyn Store> {
    Arc::new(cst_frozen::Reader::open(folder, cst_frozen::Options::default()).unwrap())
}

/// Replaces a part of a text. Returns the new text, and the edit to tell the tree.
pub fn replace(text: &[u8], at: usize, removed: usize, inserted: &str) -> (Vec<u8>, InputEdit) {
    let end = (at + removed).min(text.len());
    let mut new = text.to_vec();
    new.splice(at..end, inserted.bytes());
    let edit = InputEdit {
        start_byte: at,
        old_end_byte: end,
        new_end_byte: at + inserted.len(),
        start_position: point_at(text, at),
        old_end_position: point_at(text, end),
        new_end_position: point_at(&new, at + inserted.len()),
    };
    (new, edit)
}

/// Row and column, in bytes, of a position.
pub fn point_at(text: &[u8], byte: usize) -> Point {
    let before = &text[..byte];
    let row = before.iter().filter(|&&b| b == b'\n').count();
    let line = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    Point { row, column: byte - line }
}

/// Numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit.max(1)
    }

    pub fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap()
    }
}

/// The segment files of a store, sorted.
pub fn segments(store: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    files.sort();
    files
}
