//! No cache: parse again each time. And parsing, for all who miss.

use std::collections::HashMap;

use cst_cache::{Grammar, GrammarId};
use tree_sitter::{Parser, Tree};

use super::{Answer, Peer, REFERENCE, Request, TreeCache};
use crate::corpus;
use crate::error::Error;

/// Parses each time.
pub const PEER: Peer = Peer {
    name: REFERENCE,
    about: "parses again each time; the text is at hand",
    open: |_| Ok(Box::new(Parsing::default())),
};

/// Parsers, one per grammar, which are kept.
#[derive(Default)]
pub struct Parsing(HashMap<GrammarId, Parser>);

impl Parsing {
    /// Parses `source` whole.
    ///
    /// # Errors
    ///
    /// Where the library gives no tree.
    pub fn parse(&mut self, grammar: &Grammar, source: &[u8]) -> Result<Tree, Error> {
        let parser = match self.0.entry(grammar.id()) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => place.insert(corpus::parser(grammar)?),
        };
        parser.parse(source, None).ok_or_else(|| Error::new("a text was not parsed"))
    }

    /// The tree of a document, parsed.
    ///
    /// # Errors
    ///
    /// As [`Parsing::parse`].
    pub fn of(&mut self, request: &Request<'_>) -> Result<Tree, Error> {
        self.parse(request.document.grammar(), request.document.source())
    }
}

impl TreeCache for Parsing {
    fn fill(&mut self, _: &[Request<'_>]) -> Result<(), Error> {
        Ok(())
    }

    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        Ok(Answer { tree: self.of(request)?, parsed: true })
    }
}
