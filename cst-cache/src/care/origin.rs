//! What a pack says of its making: the header in front of its records, JSON. `docs/format/payload.md` specifies it.

use std::path::Path;

use cst_bytecode::{FORMAT_VERSION, TREE_SITTER_RELEASE};
use serde::{Deserialize, Serialize};

use super::CareError;

/// What the trees of a pack were made with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Origin {
    /// Version of the bytecode format.
    pub bytecode: u32,
    /// Release of tree-sitter, as in `0.27.1`.
    pub tree_sitter: String,
    /// Their grammars, sorted by identity.
    pub grammars: Vec<PackedGrammar>,
}

/// A grammar that some of a pack's trees are of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PackedGrammar {
    /// Its identity, in hexadecimal.
    pub id: String,
    /// What the build that made the pack called it, where it knew it.
    pub language: Option<String>,
    /// How many trees.
    pub trees: u64,
}

impl Origin {
    /// That of this build, with no grammar yet.
    pub(super) fn here() -> Self {
        let part = |shift: u32| (TREE_SITTER_RELEASE >> shift) & 0x3ff;
        let tree_sitter = format!("{}.{}.{}", part(20), part(10), part(0));
        Self { bytecode: FORMAT_VERSION, tree_sitter, grammars: Vec::new() }
    }

    /// Reads a pack's header, and makes sure that its trees could be found by this build.
    pub(super) fn read(path: &Path, header: &[u8]) -> Result<Self, CareError> {
        let origin: Self =
            serde_json::from_slice(header).map_err(|_| CareError::NotTrees { path: path.to_owned() })?;
        let here = Self::here();
        if (origin.bytecode, &origin.tree_sitter) != (here.bytecode, &here.tree_sitter) {
            return Err(CareError::OtherRelease {
                path: path.to_owned(),
                made_with: origin.release(),
                here: here.release(),
            });
        }
        Ok(origin)
    }

    fn release(&self) -> String {
        format!("tree-sitter {} and bytecode version {}", self.tree_sitter, self.bytecode)
    }

    /// The names of all languages, and of grammars without one the identity.
    pub(super) fn languages(&self) -> String {
        let name = |grammar: &PackedGrammar| grammar.language.clone().unwrap_or_else(|| grammar.id.clone());
        self.grammars.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}
