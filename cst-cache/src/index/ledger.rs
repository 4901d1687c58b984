//! The ledger: what a store's upkeep has to remember between runs. One record.

use std::collections::BTreeMap;
use std::path::Path;

use cst_frozen::{Evicted, Reader};
use serde::{Deserialize, Serialize};

use crate::quota::ledger_key;

/// The first bytes of the record; the rest is JSON.
const MAGIC: &[u8] = b"CSTL";

/// More folders than these are nobody's working set; those that were indexed least recently are forgotten.
const MOST_ROOTS: usize = 1000;

/// What a store's upkeep has to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ledger {
    /// How many bytes the store may take.
    pub(crate) quota: Option<u64>,
    /// Records that were ever evicted.
    pub(crate) evicted_records: u64,
    /// Bytes that this made free, what was dead anyway included.
    pub(crate) evicted_bytes: u64,
    /// The folders that were indexed, by path.
    pub(super) roots: BTreeMap<String, Root>,
}

/// A folder that was indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Root {
    /// Files that had a tree at the end of the last run.
    pub(super) files: u64,
    /// The store's last commit then: its files were in use until then.
    pub(super) generation: u64,
}

impl Ledger {
    /// That of a store; an empty one where there is none, or one that cannot be understood.
    pub(crate) fn load(store: &Reader) -> Self {
        let record = store.get(&ledger_key()).ok().flatten();
        let parse = |payload: &[u8]| serde_json::from_slice(payload.strip_prefix(MAGIC)?).ok();
        record.and_then(|record| parse(&record)).unwrap_or_default()
    }

    pub(super) fn payload(&self) -> Vec<u8> {
        let mut payload = MAGIC.to_vec();
        // A struct of strings and numbers has no way to fail.
        let _ = serde_json::to_writer(&mut payload, self);
        payload
    }

    /// Something was evicted.
    pub(super) fn count(&mut self, evicted: &Evicted) {
        if evicted.records > 0 {
            self.evicted_records += evicted.records;
            self.evicted_bytes += evicted.before.saturating_sub(evicted.after);
        }
    }

    /// A run over a folder has come to its end.
    pub(super) fn visited(&mut self, folder: &str, root: Root) {
        self.roots.insert(folder.to_owned(), root);
        while self.roots.len() > MOST_ROOTS {
            let oldest = self.roots.iter().min_by_key(|(_, root)| root.generation);
            let Some(oldest) = oldest.map(|(path, _)| path.clone()) else { break };
            self.roots.remove(&oldest);
        }
    }

    /// The commit until which a file was in use: that of the last run over a folder above it.
    pub(super) fn last_use(&self, path: &Path) -> u64 {
        let above = self.roots.iter().filter(|(root, _)| path.starts_with(root));
        above.map(|(_, root)| root.generation).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_was_in_use_with_any_folder_above_it() {
        let mut ledger = Ledger::default();
        for (folder, generation) in [("/a", 5), ("/a/b", 9), ("/c", 7)] {
            ledger.visited(folder, Root { files: 1, generation });
        }
        for (path, last) in [("/a/x.rs", 5), ("/a/b/x.rs", 9), ("/a/bc/x.rs", 5), ("/d/x.rs", 0)] {
            assert_eq!(ledger.last_use(Path::new(path)), last, "{path}");
        }
        for n in 0..MOST_ROOTS as u64 {
            ledger.visited(&format!("/more/{n}"), Root { files: 1, generation: 10 + n });
        }
        assert_eq!((ledger.roots.len(), ledger.last_use(Path::new("/a/b/x.rs"))), (MOST_ROOTS, 0));
    }
}
