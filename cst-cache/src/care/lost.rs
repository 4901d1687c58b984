//! What could not be saved, in words of trees and files.

use std::collections::HashMap;

use cst_frozen::Reader;
use cst_frozen::care::Loss;
use serde::Serialize;

use crate::document::Key;
use crate::index::entries;

/// Something of a store that could not be saved.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Lost {
    /// The store's file that is damaged.
    pub segment: String,
    /// Where in it.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
    /// The key of the record, in hexadecimal, where it is known.
    pub key: Option<String>,
    /// The source file whose tree, or catalog entry, it was, where that is known. `cst index` parses it again.
    pub path: Option<String>,
}

impl Lost {
    /// Names what was lost with the help of a catalog that is still there.
    pub(super) fn all(lost: &[Loss], catalog: &Reader) -> Vec<Self> {
        if lost.is_empty() {
            return Vec::new();
        }
        let mut paths = HashMap::new();
        for (record, entry) in entries(catalog) {
            paths.extend(entry.tree_key().map(|tree| (tree, entry.path.clone())));
            paths.insert(record.key, entry.path);
        }
        lost.iter().map(|loss| Self::of(loss, &paths)).collect()
    }

    fn of(loss: &Loss, paths: &HashMap<[u8; 32], String>) -> Self {
        Self {
            segment: loss.path.display().to_string(),
            offset: loss.offset,
            what: loss.fault.to_string(),
            key: loss.key.map(|key| Key(key).to_string()),
            path: loss.key.and_then(|key| paths.get(&key).cloned()),
        }
    }
}
