//! What is on the simulated disk, and what would be left of it.

use std::collections::BTreeMap;

use super::Survival;

/// Contents of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) live: Vec<u8>,
    /// As of the last sync.
    pub(super) synced: Vec<u8>,
}

/// One change of names, which takes place as a whole or not at all.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) remove: Option<String>,
    pub(super) add: Option<(String, usize)>,
}

/// A folder with its files.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    pub(super) files: Vec<File>,
    pub(super) names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    /// What happened to the names since.
    changes: Vec<Change>,
}

impl Image {
    pub(super) fn change(&mut self, change: Change) {
        apply(&mut self.names, &change);
        self.changes.push(change);
    }

    pub(super) fn remove_all(&mut self) {
        self.names.clear();
        self.sync_names();
    }

    pub(super) fn sync_names(&mut self) {
        self.synced_names.clone_from(&self.names);
        self.changes.clear();
    }

    /// The image after a crash.
    pub(super) fn survivor(&self, survival: Survival) -> Image {
        let mut random = Random(if let Survival::Some(seed) = survival { seed } else { 0 });
        let mut names = self.synced_names.clone();
        for change in &self.changes {
            let survives = match survival {
                Survival::Nothing | Survival::Contents => false,
                Survival::Everything | Survival::Names => true,
                Survival::Some(_) => random.below(2) == 1,
            };
            if survives {
                apply(&mut names, change);
            }
        }
        let files = self.files.iter().map(|file| {
            let bytes = match survival {
                Survival::Nothing | Survival::Names => file.synced.clone(),
                Survival::Everything | Survival::Contents => file.live.clone(),
                Survival::Some(_) => torn(file, &mut random),
            };
            File { synced: bytes.clone(), live: bytes }
        });
        Image { files: files.collect(), synced_names: names.clone(), names, changes: Vec::new() }
    }
}

fn apply(names: &mut BTreeMap<String, usize>, change: &Change) {
    if let Some(name) = &change.remove {
        names.remove(name);
    }
    if let Some((name, file)) = &change.add {
        names.insert(name.clone(), *file);
    }
}

/// The file with some of its un-synced blocks zero, or missing at the end.
fn torn(file: &File, random: &mut Random) -> Vec<u8> {
    // Smaller than any real one, so that small tests tear, too.
    const BLOCK: usize = 64;
    let mut bytes = file.live.clone();
    let synced = file.synced.len().min(bytes.len());
    let unsynced = bytes.len() - synced;
    match random.below(3) {
        0 => return bytes,
        1 => bytes.truncate(synced + random.below(unsynced + 1)),
        _ => {}
    }
    for block in bytes.get_mut(synced..).unwrap_or_default().chunks_mut(BLOCK) {
        if random.below(4) == 0 {
            block.fill(0);
        }
    }
    bytes
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(limit).unwrap_or(1).max(1)).unwrap_or(0)
    }
}
