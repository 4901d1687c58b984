//! `quick_cache` over live trees: what does not fit is parsed again.

use cst_cache::Key;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tree_sitter::Tree;

use super::parse::Parsing;
use super::{Answer, Peer, Request, Setting, TreeCache};
use crate::error::Error;

/// `quick_cache`.
pub const PEER: Peer =
    Peer { name: "quick_cache", about: "live trees within the budget (S3-FIFO, one shard)", open };

struct Live {
    trees: Cache<Key, (Tree, u64), Weight>,
    parsing: Parsing,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, (Tree, u64)> for Weight {
    fn weight(&self, _: &Key, (_, bytes): &(Tree, u64)) -> u64 {
        *bytes
    }
}

/// About what a tree of a file of a few hundred lines takes; `quick_cache` wants an estimate of how many fit.
const TYPICAL_TREE: u64 = 200_000;

fn open(setting: Setting<'_>) -> Result<Box<dyn TreeCache>, Error> {
    // With one thread there is nothing that more shards could gain, and large trees need room in theirs.
    let options = OptionsBuilder::new()
        .estimated_items_capacity((setting.budget / TYPICAL_TREE + 1) as usize)
        .weight_capacity(setting.budget)
        .shards(1)
        .build()
        .map_err(Error::during("quick_cache"))?;
    let trees =
        Cache::with_options(options, Weight, DefaultHashBuilder::default(), DefaultLifecycle::default());
    Ok(Box::new(Live { trees, parsing: Parsing::default() }))
}

impl TreeCache for Live {
    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        let key = request.document.key();
        if let Some((tree, _)) = self.trees.get(&key) {
            return Ok(Answer { tree, parsed: false });
        }
        let tree = self.parsing.of(request)?;
        self.trees.insert(key, (tree.clone(), request.live_bytes));
        Ok(Answer { tree, parsed: true })
    }
}
