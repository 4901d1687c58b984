//! cst-cache: all tiers within the budget, and the store.

use cst_cache::Cache;

use super::{Answer, OURS, Peer, Request, Setting, TreeCache};
use crate::error::Error;

/// This project's cache.
pub const PEER: Peer =
    Peer { name: OURS, about: "live, bytecode and compressed within the budget, all in the store", open };

struct Cst(Cache);

fn open(setting: Setting<'_>) -> Result<Box<dyn TreeCache>, Error> {
    let builder = Cache::builder().memory_budget(setting.budget).store_at(setting.folder.join("store"));
    Ok(Box::new(Cst(builder.map_err(Error::during("opening cst-cache"))?.build())))
}

impl TreeCache for Cst {
    fn fill(&mut self, requests: &[Request<'_>]) -> Result<(), Error> {
        for request in requests {
            self.0.get_or_parse(&request.document).map_err(Error::during("cst-cache"))?;
        }
        self.0.flush().map_err(Error::during("cst-cache"))
    }

    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        if let Some(tree) = self.0.get(&request.document) {
            return Ok(Answer { tree, parsed: false });
        }
        let tree = self.0.get_or_parse(&request.document).map_err(Error::during("cst-cache"))?;
        Ok(Answer { tree, parsed: true })
    }
}
