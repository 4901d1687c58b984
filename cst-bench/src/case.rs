//! A case: one file in every form that something is measured on, made and checked before any clock runs.

use std::sync::Arc;

use cst_bytecode::{Bytecode, compare};
use cst_cache::{Cache, Document, Grammar};
use tree_sitter::Tree;

use crate::corpus::{File, parse, parser};
use crate::error::Error;
use crate::memory_store::MemoryStore;
use crate::size::Size;

/// A file, its tree, and the tree's other forms.
pub struct Case<'f> {
    /// The file.
    pub file: &'f File,
    /// The file under its grammar, hashed.
    pub document: Document<'f>,
    /// The live tree.
    pub tree: Tree,
    /// Its bytecode, checked.
    pub bytecode: Bytecode,
    /// A cache without memory: what it gives is read from its store, which lies in memory and has
    /// the tree's record.
    pub cache: Cache,
    /// How large all of these are.
    pub size: Size,
}

impl<'f> Case<'f> {
    /// Parses, encodes and compresses the file, and makes sure that what comes back is the same tree.
    ///
    /// # Errors
    ///
    /// Where any of that fails. A tree that comes back as another one is such a failure: there are
    /// no figures of a round trip that does not work.
    pub fn new(grammar: &'f Grammar, file: &'f File) -> Result<Self, Error> {
        let tree = parse(&mut parser(grammar)?, file)?;
        let document = Document::new(grammar, &file.source);
        let bytecode = Bytecode::encode_with(grammar, &tree, document.source_id())
            .map_err(Error::during(format!("encoding {}", file.name)))?;
        let cache = Cache::builder().memory_budget(0).store(Arc::new(MemoryStore::default())).build();
        let frozen = cache
            .freeze_bytecode(&document, &bytecode)
            .map_err(Error::during(format!("compressing {}", file.name)))?;

        let decoded = bytecode.decode(grammar).map_err(Error::during(format!("decoding {}", file.name)))?;
        compare(&tree, &decoded).map_err(Error::during(format!("decoding {}", file.name)))?;
        let thawed = cache
            .get(&document)
            .ok_or_else(|| Error::new(format!("{}: no tree in its record", file.name)))?;
        compare(&tree, &thawed).map_err(Error::during(format!("thawing {}", file.name)))?;

        let size = Size {
            files: 1,
            source: file.source.len() as u64,
            lines: file.lines(),
            subtrees: frozen.subtrees.into(),
            live: frozen.live_bytes,
            bytecode: frozen.bytecode_bytes,
            record: frozen.stored_bytes,
        };
        Ok(Self { file, document, tree, bytecode, cache, size })
    }
}
