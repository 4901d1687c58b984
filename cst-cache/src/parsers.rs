//! Parsers, kept for the next who needs one.

use parking_lot::Mutex;
use tree_sitter::{Parser, Tree};

use crate::document::Document;
use crate::error::ParseError;

/// A pool of parsers. Sharing one is cheap; it grows to as many parsers as parse at the same time.
#[derive(Default)]
pub struct Parsers(Mutex<Vec<Parser>>);

impl Parsers {
    /// Parses a document, from `old` where there is one (already edited to match).
    ///
    /// # Errors
    ///
    /// [`ParseError`]; the source itself is never the reason, for tree-sitter makes a tree of any text.
    pub fn parse(&self, document: &Document<'_>, old: Option<&Tree>) -> Result<Tree, ParseError> {
        if u32::try_from(document.source().len()).is_err() {
            return Err(ParseError::TooLarge);
        }
        let mut parser = self.0.lock().pop().unwrap_or_default();
        parser.set_language(document.grammar().language()).map_err(ParseError::Language)?;
        parser.set_included_ranges(document.included_ranges()).map_err(ParseError::Ranges)?;
        let tree = parser.parse(document.source(), old).ok_or(ParseError::Stopped)?;
        // After a failure the parser is dropped instead: it may hold half a parse.
        self.0.lock().push(parser);
        Ok(tree)
    }
}
