//! What must hold of every tree, whatever its grammar: one line in [`CHECKS`] for each.

use cst_bytecode::{Bytecode, Grammar, SourceId, compare};
use tree_sitter::{Parser, Tree};

use crate::exercise::replace;
use crate::scanners::bears;

/// A tree with all that it was made of.
pub(crate) struct Case<'a> {
    pub(crate) language: &'a str,
    pub(crate) grammar: &'a Grammar,
    pub(crate) source: &'a [u8],
    pub(crate) tree: &'a Tree,
}

/// Says what does not hold.
type Check = fn(&Case<'_>) -> Result<(), String>;

/// Every check, by what it is about.
pub(crate) const CHECKS: &[(&str, Check)] = &[("round trip", round_trip), ("incremental edit", edit)];

/// What is put in the place of so many bytes.
const EDITS: [(usize, &[u8]); 5] = [(0, b" "), (1, b""), (0, b"\n("), (3, b"x"), (40, b"}")];

impl Case<'_> {
    /// The tree, written down and built again.
    fn decoded(&self, tree: &Tree, source: &[u8]) -> Result<Tree, String> {
        let id = SourceId::of(source);
        let encode = |tree| Bytecode::encode_with(self.grammar, tree, &id).map_err(|error| error.to_string());
        let bytecode = encode(tree)?;
        let read = Bytecode::copy_from(bytecode.as_bytes()).map_err(|error| error.to_string())?;
        let decoded = read.decode(self.grammar).map_err(|error| error.to_string())?;
        equal("decoded", tree, &decoded)?;
        if encode(&decoded)?.as_bytes() != bytecode.as_bytes() {
            return Err("the decoded tree gives other bytes".to_owned());
        }
        Ok(decoded)
    }
}

fn equal(what: &str, left: &Tree, right: &Tree) -> Result<(), String> {
    compare(left, right).map(drop).map_err(|difference| format!("{what}: {difference}"))
}

/// The tree comes back equal in every field, and gives the same bytes again.
fn round_trip(case: &Case<'_>) -> Result<(), String> {
    case.decoded(case.tree, case.source).map(drop)
}

/// What follows from an edit of the decoded tree is what follows from the same edit of the original.
fn edit(case: &Case<'_>) -> Result<(), String> {
    let decoded = case.decoded(case.tree, case.source)?;
    let mut parser = Parser::new();
    parser.set_language(case.grammar.language()).map_err(|error| error.to_string())?;
    for (number, (removed, inserted)) in EDITS.into_iter().enumerate() {
        let mut text = case.source.to_vec();
        let edit = replace(&mut text, case.source.len() * number / EDITS.len(), removed, inserted);
        if !bears(case.language, &text) {
            continue;
        }
        let mut olds = [case.tree.clone(), decoded.clone()];
        olds.iter_mut().for_each(|old| old.edit(&edit));
        let [original, decoded] = &olds;
        equal("edited", original, decoded)?;
        // An edited tree that was not parsed again is a tree as well.
        let written = case.decoded(original, &text)?;

        let parsed = parser.parse(&text, Some(original)).ok_or("no tree")?;
        for old in [decoded, &written] {
            let again = parser.parse(&text, Some(old)).ok_or("no tree")?;
            equal("parsed again", &parsed, &again)?;
            if !original.changed_ranges(&parsed).eq(old.changed_ranges(&again)) {
                return Err("other ranges have changed".to_owned());
            }
        }
        case.decoded(&parsed, &text)?;
    }
    Ok(())
}
