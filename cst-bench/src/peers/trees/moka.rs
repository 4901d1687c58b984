//! moka over live trees: what does not fit is parsed again.

use cst_cache::Key;
use moka::sync::Cache;
use tree_sitter::Tree;

use super::parse::Parsing;
use super::{Answer, Peer, Request, Setting, TreeCache};
use crate::error::Error;

/// moka.
pub const PEER: Peer =
    Peer { name: "moka", about: "live trees within the budget (TinyLFU), evicted at once", open };

struct Live {
    trees: Cache<Key, (Tree, u32)>,
    parsing: Parsing,
}

fn open(setting: Setting<'_>) -> Result<Box<dyn TreeCache>, Error> {
    let trees =
        Cache::builder().max_capacity(setting.budget).weigher(|_, (_, bytes): &(Tree, u32)| *bytes).build();
    Ok(Box::new(Live { trees, parsing: Parsing::default() }))
}

impl TreeCache for Live {
    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        let key = request.document.key();
        if let Some((tree, _)) = self.trees.get(&key) {
            return Ok(Answer { tree, parsed: false });
        }
        let tree = self.parsing.of(request)?;
        let bytes = u32::try_from(request.live_bytes).unwrap_or(u32::MAX);
        self.trees.insert(key, (tree.clone(), bytes));
        // Else it evicts some hundred inserts or 300 ms later, and is over the budget by a multiple until then.
        self.trees.run_pending_tasks();
        Ok(Answer { tree, parsed: true })
    }
}
