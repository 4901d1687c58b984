//! Which records a store over its quota keeps: what the catalog says of their files decides.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::Path;

use cst_frozen::{Candidate, Eviction, Reader};
use cst_tiers::{OnDisk, Retention, Tick};

use super::catalog::{Entry, entries};
use super::ledger::Ledger;
use super::walk::Found;
use crate::quota::ledger_key;

/// A run over a folder.
pub(super) struct Visit<'a> {
    /// The folder that is indexed.
    pub(super) folder: &'a Path,
    /// Its files, sorted by the bytes of their paths.
    pub(super) files: &'a [Found<'a>],
}

impl Visit<'_> {
    fn has(&self, path: &Path) -> bool {
        self.files.binary_search_by(|file| file.path.as_os_str().cmp(path.as_os_str())).is_ok()
    }
}

/// How many bytes of source a byte of a record stands for as a rule, where nobody knows which source it is.
const SOURCE: u64 = 4;

/// How much less a tree is worth that no file has any more: of an earlier content, or of a file that is gone.
const NO_FILE: u64 = 1000;

/// Trees by when their files were last indexed, and by how much source they spare the parser per byte.
///
/// - All files of a run are used just now, so among them it is their size and what they spare that decides, in each run alike: a
///   folder larger than the quota does not displace itself again and again.
/// - A file's entry in the catalog is worth just less than its tree, so it goes before it: what the catalog names is there.
/// - A tree that no file has any more is worth next to nothing.
pub(super) struct ByFile<'a> {
    store: &'a Reader,
    ledger: &'a Ledger,
    /// What was put after this commit is new.
    since: u64,
    visit: Option<&'a Visit<'a>>,
    now: Retention,
    /// The ranks of the catalog's entries and of the trees that they name; 100 bytes for each file.
    ranks: OnceCell<HashMap<[u8; 32], u64>>,
}

impl<'a> ByFile<'a> {
    pub(super) fn new(
        store: &'a Reader,
        ledger: &'a Ledger,
        since: u64,
        visit: Option<&'a Visit<'a>>,
    ) -> Self {
        let now = Retention::at(Tick(store.generation()));
        Self { store, ledger, since, visit, now, ranks: OnceCell::new() }
    }

    /// What a file's tree is worth; nothing where the file is gone.
    fn of_file(&self, entry: &Entry, generation: u64) -> Option<u64> {
        let path = Path::new(&entry.path);
        let mut used = generation.max(self.ledger.last_use(path));
        if let Some(visit) = self.visit {
            if visit.has(path) {
                used = self.store.generation();
            } else if path.starts_with(visit.folder) && is_gone(path) {
                return None;
            }
        }
        Some(self.now.worth(&OnDisk {
            bytes: entry.stored_bytes,
            cost: entry.bytes,
            used: Tick(used),
            in_use: false,
        }))
    }

    fn ranks(&self) -> HashMap<[u8; 32], u64> {
        let mut ranks = HashMap::new();
        let mut named = Vec::new();
        for (candidate, entry) in entries(self.store) {
            let (Some(tree), Some(worth)) = (entry.tree_key(), self.of_file(&entry, candidate.generation))
            else {
                ranks.insert(candidate.key, 0);
                continue;
            };
            let rank = ranks.entry(tree).or_default();
            *rank = u64::max(*rank, rank_of_tree(worth, &tree));
            named.push((candidate.key, tree));
        }
        for (key, tree) in named {
            let rank = ranks.get(&tree).map_or(0, |rank| rank - 1);
            ranks.insert(key, rank);
        }
        ranks
    }
}

impl Eviction for ByFile<'_> {
    fn worth(&self, candidate: &Candidate) -> u64 {
        if candidate.key == ledger_key() {
            return u64::MAX;
        }
        let ranks = self.ranks.get_or_init(|| self.ranks());
        ranks.get(&candidate.key).copied().unwrap_or_else(|| {
            let is_new = candidate.generation > self.since;
            let worth = self.now.worth(&OnDisk {
                bytes: candidate.bytes,
                cost: candidate.bytes.saturating_mul(SOURCE) / if is_new { 1 } else { NO_FILE },
                used: Tick(candidate.generation),
                in_use: false,
            });
            rank_of_tree(worth, &candidate.key)
        })
    }
}

/// Trees of the same worth in some order, so that each goes right after its own entry; an odd number.
fn rank_of_tree(worth: u64, key: &[u8; 32]) -> u64 {
    let [a, b, c, ..] = key;
    let order = u64::from(u32::from_le_bytes([*a, *b, *c, 0])) >> 4;
    worth << 21 | order << 1 | 1
}

/// Whether there is no such file any more; not known to be so is not.
pub(super) fn is_gone(path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    path.symlink_metadata().is_err_and(|error| matches!(error.kind(), NotFound | NotADirectory))
}
