//! What a tree has to be: equal, in every field of every subtree, to one that the parser makes of the text.

use cst_bytecode::{Grammar, compare};
use cst_cache::{Document, Grammars};
use parking_lot::Mutex;
use tree_sitter::{Parser, Tree};

use super::generator::{Draft, Generator, VERSIONS_OF_A_TEXT};
use crate::error::Error;

/// Parses what is asked for by itself, without any of the crates that are put under stress.
pub(crate) struct Oracle {
    pub(crate) generator: Generator,
    grammars: Grammars,
    parser: Mutex<Parser>,
}

impl Oracle {
    /// # Errors
    ///
    /// Where a language of the generator has no grammar.
    pub(crate) fn new(generator: Generator) -> Result<Self, Error> {
        let grammars = Grammars::bundled();
        for phrases in super::phrases::LANGUAGES {
            let language = phrases.language;
            grammars
                .by_name(language)
                .ok_or_else(|| Error::new(format!("there is no grammar {language}")))?;
        }
        Ok(Self { generator, grammars, parser: Mutex::new(Parser::new()) })
    }

    /// The grammar of a file.
    pub(crate) fn grammar(&self, file: u32) -> Result<&Grammar, Error> {
        let language = self.generator.phrases(file).language;
        let known = self.grammars.by_name(language);
        known.map(|known| &known.grammar).ok_or_else(|| Error::new(format!("there is no grammar {language}")))
    }

    /// The draft as the cache is asked for it.
    pub(crate) fn document<'a>(&'a self, draft: Draft, text: &'a [u8]) -> Result<Document<'a>, Error> {
        Ok(Document::new(self.grammar(draft.file)?, text))
    }

    /// Parses a text, from `old` where there is one.
    pub(crate) fn parse(&self, draft: Draft, text: &[u8], old: Option<&Tree>) -> Result<Tree, Error> {
        let mut parser = self.parser.lock();
        let language = self.grammar(draft.file)?.language();
        parser.set_language(language).map_err(Error::during("setting the language"))?;
        parser.parse(text, old).ok_or_else(|| Error::new(format!("{draft} was not parsed")))
    }

    /// Whether `tree` is one that the draft can have: that of a fresh parse, or, since an edit keeps what
    /// the incremental parse made, that of such parses from a fresh parse of an earlier version on.
    ///
    /// # Errors
    ///
    /// How it differs from a fresh parse, if it is none of them.
    pub(crate) fn judge(&self, draft: Draft, tree: &Tree) -> Result<(), Error> {
        let fresh = self.parse(draft, &self.generator.text(draft), None)?;
        let Err(first) = compare(&fresh, tree) else { return Ok(()) };
        let mut wrong = format!("the tree of {draft} is wrong: {first}");
        for edits in 1..=draft.version % VERSIONS_OF_A_TEXT {
            let Err(next) = compare(&self.edited(draft, edits)?, tree) else { return Ok(()) };
            wrong += &format!("; from {edits} versions before: {next}");
        }
        Err(Error::new(wrong))
    }

    /// The tree of a draft made by so many incremental parses.
    fn edited(&self, draft: Draft, edits: u32) -> Result<Tree, Error> {
        let mut at = Draft { version: draft.version - edits, ..draft };
        let mut text = self.generator.text(at);
        let mut tree = self.parse(at, &text, None)?;
        while at != draft {
            at = at.after();
            tree.edit(&self.generator.edit(at, &mut text));
            tree = self.parse(at, &text, Some(&tree))?;
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_trees_pass_and_others_do_not() {
        let oracle = Oracle::new(Generator { seed: 3 }).unwrap();
        for file in 0..42 {
            let draft = Draft { file, version: 4 };
            for edits in 0..=4 {
                assert!(oracle.judge(draft, &oracle.edited(draft, edits).unwrap()).is_ok(), "{draft}");
            }
            let other = Draft { file, version: 5 };
            let tree = oracle.parse(other, &oracle.generator.text(other), None).unwrap();
            let verdict = oracle.judge(draft, &tree).unwrap_err().to_string();
            assert!(verdict.contains("is wrong"), "{verdict}");
        }
    }
}
