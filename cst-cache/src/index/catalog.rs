//! The catalog: which tree a file had when it was last seen. A record per file, by path.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cst_bytecode::{FORMAT_VERSION, Grammar, TREE_SITTER_RELEASE};
use cst_frozen::{Candidate, Reader};
use serde::{Deserialize, Serialize};

use crate::grammars::Grammars;
use crate::quota::LARGEST_ENTRY;
use crate::store::{Damaged, Store};

/// The first bytes of a catalog record; the rest is JSON.
const MAGIC: &[u8] = b"CSTF";

/// A file may be written twice within the resolution of its file system's clock, so that size and
/// time say nothing about one that was written just before it was read. Two seconds is FAT's, the
/// coarsest in use.
const CLOCK_RESOLUTION: Duration = Duration::from_secs(2);

/// What the catalog says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) language: String,
    /// Of the build that made the tree.
    pub(super) build: String,
    /// Key of the tree, in hexadecimal.
    pub(super) key: String,
    /// How the file looked; absent where that says nothing about its content.
    pub(super) stamp: Option<Stamp>,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) subtrees: u32,
    pub(super) live_bytes: u64,
    pub(super) stored_bytes: u64,
}

/// Size and time of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    size: u64,
    seconds: u64,
    nanoseconds: u32,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self { size: metadata.len(), seconds: modified.as_secs(), nanoseconds: modified.subsec_nanos() })
    }

    /// Whether the file was last written long enough before `now` for a later write to show.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let modified = Duration::new(self.seconds, self.nanoseconds);
        now.duration_since(UNIX_EPOCH).is_ok_and(|now| modified.saturating_add(CLOCK_RESOLUTION) < now)
    }
}

/// What a tree depends on beside its source: the grammar, tree-sitter, the format.
pub(super) fn build_id(grammar: &Grammar) -> String {
    format!("{}-{TREE_SITTER_RELEASE:x}-{FORMAT_VERSION}", grammar.id())
}

/// All of a store's catalog, in the order in which it lies on disk; what is damaged is passed over.
///
/// Costs a look at the header of every record, and reading those that are no larger than an entry may be.
pub(crate) fn entries(store: &Reader) -> impl Iterator<Item = (Candidate, Entry)> + '_ {
    store.candidates().filter(|candidate| candidate.bytes <= LARGEST_ENTRY).filter_map(|candidate| {
        let entry = Entry::parse(&store.get(&candidate.key).ok()??)?;
        (Entry::record_key(&entry.path) == candidate.key).then_some((candidate, entry))
    })
}

impl Entry {
    /// The key of a path's record.
    pub(crate) fn record_key(path: &str) -> [u8; 32] {
        blake3::derive_key("cst-cache catalog path", path.as_bytes())
    }

    /// Reads a path's record; `None` where there is none, or one that cannot be understood.
    ///
    /// # Errors
    ///
    /// [`Damaged`], where there is one that is not as it was written.
    pub(super) fn load(store: &dyn Store, path: &str) -> Result<Option<Self>, Damaged> {
        let mut entry = None;
        store.read(&Self::record_key(path), &mut |payload| entry = Self::parse(payload))?;
        Ok(entry.filter(|entry| entry.path == path))
    }

    /// Whether there is a record of the path, without reading it.
    pub(super) fn is_known(store: &dyn Store, path: &Path) -> bool {
        path.to_str().is_some_and(|path| store.contains(&Self::record_key(path)))
    }

    /// Whether the payload is of the catalog at all.
    pub(crate) fn is_one(payload: &[u8]) -> bool {
        payload.starts_with(MAGIC)
    }

    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload.strip_prefix(MAGIC)?).ok()
    }

    pub(super) fn payload(&self) -> Vec<u8> {
        let mut payload = MAGIC.to_vec();
        // A struct of strings and numbers has no way to fail.
        let _ = serde_json::to_writer(&mut payload, self);
        payload
    }

    /// Key of the tree.
    pub(crate) fn tree_key(&self) -> Option<[u8; 32]> {
        Some(*blake3::Hash::from_hex(&self.key).ok()?.as_bytes())
    }

    /// Whether a file with this content would be given this tree by this build.
    pub(crate) fn is_of_this_build(&self, grammars: &Grammars) -> bool {
        grammars.by_name(&self.language).is_some_and(|language| build_id(&language.grammar) == self.build)
    }

    pub(super) fn is_under(&self, folder: &Path) -> bool {
        Path::new(&self.path).starts_with(folder)
    }
}
