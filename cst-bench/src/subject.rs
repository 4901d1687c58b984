//! What is measured against what: the parse first, then what this project does instead.

use std::sync::Arc;

use cst_bytecode::Bytecode;
use tree_sitter::Tree;

use crate::case::Case;
use crate::corpus;
use crate::error::Error;

/// What work leaves behind; dropped after the clock has stopped.
#[derive(Debug)]
pub enum Output {
    /// A live tree.
    Tree(Tree),
    /// Bytecode.
    Bytecode(Bytecode),
    /// Bytecode that a cache gave.
    Shared(Arc<Bytecode>),
    /// Nothing but what went to a store.
    Stored,
}

/// Work on one case, ready to be run any number of times. It is given the tree that was parsed just before.
pub type Work<'c> = Box<dyn FnMut(&Tree) -> Result<Output, Error> + 'c>;

/// One way to get from one form of a tree to another. A peer is one more of these.
#[derive(Clone, Copy)]
pub struct Subject {
    /// The crate that does it.
    pub owner: &'static str,
    /// What it does.
    pub name: &'static str,
    /// What that is, in a line for people.
    pub about: &'static str,
    /// Gets everything ready that is not to be measured.
    pub prepare: for<'c> fn(&'c Case<'c>) -> Result<Work<'c>, Error>,
}

/// The reference: every ratio is to the parse of the same file in the same run.
pub const PARSE: Subject = Subject {
    owner: "tree-sitter",
    name: "parse",
    about: "source to tree, with a parser that is kept",
    prepare: |case| {
        let mut parser = corpus::parser(case.document.grammar())?;
        Ok(Box::new(move |_| corpus::parse(&mut parser, case.file).map(Output::Tree)))
    },
};

const ENCODE: Subject = Subject {
    owner: "cst-bytecode",
    name: "encode",
    about: "tree to bytecode, right after its parse, as a cache and an index do; the source's hash known",
    prepare: |case| Ok(Box::new(move |parsed| encode(case, parsed))),
};

const ENCODE_KEPT: Subject = Subject {
    owner: "cst-bytecode",
    name: "encode_kept",
    about: "the same of a tree that has lain in memory for a while",
    prepare: |case| Ok(Box::new(move |_| encode(case, &case.tree))),
};

fn encode(case: &Case<'_>, tree: &Tree) -> Result<Output, Error> {
    let encoded = Bytecode::encode_with(case.document.grammar(), tree, case.document.source_id());
    Ok(Output::Bytecode(encoded.map_err(Error::during("encoding"))?))
}

const DECODE: Subject = Subject {
    owner: "cst-bytecode",
    name: "decode",
    about: "checked bytecode to tree",
    prepare: |case| {
        Ok(Box::new(move |_| {
            let tree = case.bytecode.decode(case.document.grammar());
            Ok(Output::Tree(tree.map_err(Error::during("decoding"))?))
        }))
    },
};

const COMPRESS: Subject = Subject {
    owner: "cst-cache",
    name: "compress",
    about: "bytecode to record (compact form, zstd), in memory",
    prepare: |case| {
        Ok(Box::new(move |_| {
            let frozen = case.cache.freeze_bytecode(&case.document, &case.bytecode);
            frozen.map_err(Error::during("compressing"))?;
            Ok(Output::Stored)
        }))
    },
};

const RESTORE: Subject = Subject {
    owner: "cst-cache",
    name: "restore",
    about: "record to tree: expand, check, decode",
    prepare: |case| {
        Ok(Box::new(move |_| {
            let tree = case.cache.get(&case.document);
            Ok(Output::Tree(tree.ok_or_else(|| Error::new("no tree in its record"))?))
        }))
    },
};

const EXPAND: Subject = Subject {
    owner: "cst-cache",
    name: "expand",
    about: "record to bytecode that can be read in place: expand, check",
    prepare: |case| {
        Ok(Box::new(move |_| {
            let bytecode = case.cache.get_bytecode(&case.document);
            Ok(Output::Shared(bytecode.ok_or_else(|| Error::new("no tree in its record"))?))
        }))
    },
};

/// All that the concern `bytecode` measures, the reference first, and after it what is done with the tree that it makes.
pub const SUBJECTS: [Subject; 7] = [PARSE, ENCODE, DECODE, COMPRESS, EXPAND, RESTORE, ENCODE_KEPT];
