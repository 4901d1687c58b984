//! Making a damaged store sound again, where it is.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    CareError, Loss, anew,
    copy::{has_no_batch, put},
    salvage::{Examined, examine},
};
use crate::{
    Medium, Options, Reader, Writer,
    error::{OpenError, WriteError},
    medium::Folder,
    name,
    snapshot::Quarantined,
    store_id,
};

/// What a repair came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Repair {
    /// Live records that the store has now.
    pub records: u64,
    /// Those of them that readers did not see any more before, because their segment was damaged.
    pub salvaged: u64,
    /// Those of them that may not be the newest of their keys: something was lost whose key is not known, and which may have
    /// been newer.
    pub doubtful: u64,
    /// What could not be saved. Nothing says that it was live, where the key is not known.
    pub lost: Vec<Loss>,
    /// Copies of the damaged files, and segments of other stores, for who wants to look at them. Nothing needs them here.
    pub set_aside: Vec<PathBuf>,
}

/// Makes the store in a folder sound again: every intact record is kept or brought back, as [`salvage`](super::salvage()) says, and what
/// cannot be read is taken out. Does nothing where nothing is wrong.
///
/// Segments of other stores get names that end in `.foreign`. The damaged files are first copied to names that end in
/// `.damaged`. Then one commit adds what was saved from segments that do
/// not count, and a compaction writes all of it anew, so that readers and other writers see the store as it was or as it is
/// repaired, also after a crash. Needs as much free space as the store and its damaged files take.
///
/// # Errors
/// [`CareError`]: above all, another process writes to the store, a damaged file cannot be read at all, or its folder
/// cannot be written. Then [`salvage`](super::salvage()) saves
/// into another one.
pub fn repair(path: impl AsRef<Path>, options: Options) -> Result<Repair, CareError> {
    let medium: Arc<dyn Medium> = Arc::new(Folder::new(path.as_ref(), options.mmap));
    repair_on(&medium, options)
}

/// [`repair()`] on any medium.
///
/// # Errors
/// Those of [`repair()`].
pub fn repair_on(medium: &Arc<dyn Medium>, options: Options) -> Result<Repair, CareError> {
    // A writer would make a store where there is none.
    drop(Reader::open_on(Arc::clone(medium), options)?);
    let store = Writer::open_on(Arc::clone(medium), options)?;
    mend(&store)
}

/// [`repair()`] through a writer that has the store open already, and has no batch. No other thread may put or commit meanwhile:
/// what is brought back would override it.
///
/// # Errors
/// Those of [`repair()`], and [`CareError::Pending`].
pub fn mend(store: &Writer) -> Result<Repair, CareError> {
    has_no_batch(store)?;
    store.still_held()?;
    let medium = &store.shared().medium;
    let mut examined = examine(store.reader());
    if let Some(error) = examined.unreadable.take() {
        // It may be read another time; what is written anew now would be without it for ever.
        return Err(error.into());
    }
    let mut repair = Repair { lost: examined.lost.clone(), doubtful: examined.doubtful, ..Repair::default() };
    if !examined.damaged.is_empty() || examined.is_missing {
        for file in &examined.damaged {
            repair.set_aside.push(set_aside(&**medium, file)?);
        }
        medium.sync_folder().map_err(|e| WriteError::io("syncing", medium.path().to_owned(), e))?;
        repair.salvaged = rewrite(store, &examined)?;
    }
    repair.set_aside.extend(put_foreign_aside(store)?);
    repair.records = store.reader().stats().live_records;
    Ok(repair)
}

/// Commits what was found, then writes the whole store anew. Returns how many records were found.
fn rewrite(store: &Writer, examined: &Examined) -> Result<u64, CareError> {
    anew::begin(store)?;
    let salvaged = examined.put_into(store)?;
    for key in &examined.gone {
        put(store, |store| store.remove(key))?;
    }
    anew::finish(store)?;
    Ok(salvaged)
}

/// Gives segments of other stores names that mean nothing to this one. Returns where they are.
fn put_foreign_aside(store: &Writer) -> Result<Vec<PathBuf>, CareError> {
    let shared = store.shared();
    let _changing = shared.changing.lock();
    let put_aside = |foreign: &Quarantined| {
        store
            .put_aside(foreign.name)
            .map_err(|error| WriteError::io("putting aside", foreign.path.clone(), error).into())
    };
    shared.snapshot().foreign().map(put_aside).collect()
}

/// Copies a file to a name that means nothing to a store. Returns where it is.
fn set_aside(medium: &dyn Medium, file: &str) -> Result<PathBuf, CareError> {
    let path = medium.path().join(file);
    let bytes = medium.read(file).map_err(|source| OpenError::Io { doing: "reading", path, source })?;
    let copy = format!("{file}{}", name::DAMAGED);
    let path = medium.path().join(&copy);
    store_id::publish(medium, &copy, &bytes)
        .map_err(|error| WriteError::io("writing", path.clone(), error))?;
    Ok(path)
}
