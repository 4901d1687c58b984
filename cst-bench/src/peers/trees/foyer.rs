//! foyer: a hybrid of memory and disk, over source or over this project's bytecode.

use cst_bytecode::Bytecode;
use foyer::{
    BlockEngineConfig, DeviceBuilder, FsDeviceBuilder, HybridCache, HybridCacheBuilder, HybridCachePolicy,
};
use tokio::runtime::{Builder, Runtime};
use tree_sitter::Tree;

use super::parse::Parsing;
use super::{Answer, Peer, Request, Setting, TreeCache};
use crate::error::Error;

/// foyer over source.
pub const SOURCE: Peer = Peer {
    name: "foyer-source",
    about: "source in foyer, memory within the budget, all on disk, then parse",
    open: |setting| open(setting, false),
};

/// foyer over bytecode.
pub const BYTECODE: Peer = Peer {
    name: "foyer-bytecode",
    about: "this project's bytecode in foyer in the same way, then decode",
    open: |setting| open(setting, true),
};

/// What foyer writes to in one piece, its default.
const BLOCK: usize = 16 << 20;
/// How much is handed over before it is waited for: foyer drops what it cannot write as fast as it comes.
const WAVE: usize = 8 << 20;

struct Hybrid {
    entries: HybridCache<u128, Vec<u8>>,
    runtime: Runtime,
    parsing: Parsing,
    bytecode: bool,
}

/// Half of the key: foyer has no way to store arrays, and a hash of 16 bytes is as good here.
fn key(request: &Request<'_>) -> u128 {
    request.document.key().0.first_chunk().map_or(0, |half| u128::from_le_bytes(*half))
}

fn open(setting: Setting<'_>, bytecode: bool) -> Result<Box<dyn TreeCache>, Error> {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().map_err(Error::during("tokio"))?;
    let budget = usize::try_from(setting.budget).map_err(Error::during("the budget"))?;
    // Room for everything several times over: nothing is evicted from disk.
    let blocks =
        usize::try_from(setting.source).map_err(Error::during("the corpus"))?.div_ceil(BLOCK) * 4 + 8;
    let device = FsDeviceBuilder::new(setting.folder).with_capacity(blocks * BLOCK).build();
    let device = device.map_err(Error::during("foyer"))?;
    let building = HybridCacheBuilder::new()
        .with_policy(HybridCachePolicy::WriteOnInsertion)
        .with_flush_on_close(false)
        .memory(budget)
        .with_shards(1)
        .with_weighter(|_, value: &Vec<u8>| value.len())
        .storage()
        .with_engine_config(BlockEngineConfig::new(device).with_block_size(BLOCK))
        .build();
    let entries = runtime.block_on(building).map_err(Error::during("foyer"))?;
    Ok(Box::new(Hybrid { entries, runtime, parsing: Parsing::default(), bytecode }))
}

impl Hybrid {
    /// What is kept of a document, made from its tree where that is what is kept.
    fn value(&self, request: &Request<'_>, tree: &Tree) -> Result<Vec<u8>, Error> {
        let document = &request.document;
        if !self.bytecode {
            return Ok(document.source().to_vec());
        }
        let bytecode = Bytecode::encode_with(document.grammar(), tree, document.source_id());
        Ok(bytecode.map_err(Error::during("encoding"))?.as_bytes().to_vec())
    }

    fn tree(&mut self, request: &Request<'_>, value: &[u8]) -> Result<Tree, Error> {
        let grammar = request.document.grammar();
        if !self.bytecode {
            return self.parsing.parse(grammar, value);
        }
        let bytecode = Bytecode::copy_from(value).map_err(Error::during("checking bytecode"))?;
        bytecode.decode(grammar).map_err(Error::during("decoding"))
    }
}

impl TreeCache for Hybrid {
    fn fill(&mut self, requests: &[Request<'_>]) -> Result<(), Error> {
        let mut waiting = 0;
        for request in requests {
            let tree = self.parsing.of(request)?;
            let value = self.value(request, &tree)?;
            waiting += value.len();
            self.entries.insert(key(request), value);
            if waiting > WAVE {
                self.runtime.block_on(self.entries.storage().wait());
                waiting = 0;
            }
        }
        self.runtime.block_on(self.entries.storage().wait());
        Ok(())
    }

    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        let key = key(request);
        // What is in memory is there at once.
        let found = match self.entries.get(&key).try_unwrap() {
            Ok(entry) => Some(entry),
            Err(waiting) => self.runtime.block_on(waiting).map_err(Error::during("foyer"))?,
        };
        if let Some(entry) = found {
            let tree = self.tree(request, entry.value())?;
            return Ok(Answer { tree, parsed: !self.bytecode });
        }
        let tree = self.parsing.of(request)?;
        let value = self.value(request, &tree)?;
        self.entries.insert(key, value);
        Ok(Answer { tree, parsed: true })
    }
}

impl Drop for Hybrid {
    fn drop(&mut self) {
        // It would go on in the background otherwise, in a folder that is about to be removed.
        let _ = self.runtime.block_on(self.entries.close());
    }
}
