//! Trees made on one machine for another: into a pack, and out of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use cst_bytecode::GrammarId;
use cst_frozen::{Options, Pack, PackError, Reader, Writer};
use serde::Serialize;

use super::tree::{Tree, by_id, bytecode, examine};
use super::{CareError, Lost, Origin, PackedGrammar, plan, watch};
use crate::grammars::Grammars;
use crate::index::Progress;
use crate::payload;

/// What an export came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// Trees in the pack.
    pub trees: u64,
    /// Trees by language; those of a grammar that this build does not have, by its identity.
    pub languages: BTreeMap<String, u64>,
    /// Bytes of the pack.
    pub bytes: u64,
    /// Trees of the store that are damaged, and so not in the pack.
    pub damaged: u64,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// What an import came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// Trees that were added to the store.
    pub trees: u64,
    /// Bytes of their records.
    pub bytes: u64,
    /// Trees that the store had already.
    pub present: u64,
    /// Trees of another build of their grammar than this one has, by language: left out, for nobody here would find them.
    pub other_build: BTreeMap<String, u64>,
    /// Records of the pack that are not the trees that they are said to be: left out.
    pub wrong: u64,
    /// What of the pack was damaged: left out.
    pub lost: Vec<Lost>,
    /// Records of the store that had to go to keep it below its quota.
    pub evicted: u64,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// Writes all trees of a store to one file, a pack, in place of one that is there. The catalog stays behind: it is about
/// files of this machine.
///
/// The same trees make the same bytes. Every tree is decompressed on the way; a damaged one is left out and counted.
///
/// # Errors
///
/// [`CareError`]; a file of this name is then as it was. One that is no pack is never written over.
pub fn export(
    store: &Path,
    file: &Path,
    grammars: &Grammars,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<ExportReport, CareError> {
    let start = Instant::now();
    let is_something = file.metadata().is_ok_and(|file| file.len() > 0);
    if let (true, Err(error @ PackError::NotAPack { .. })) =
        (is_something, Pack::open(file, Options::default()))
    {
        return Err(error.into());
    }
    let store = Reader::open(store, Options::default())?;
    plan(&store, progress);
    let mut report = ExportReport { damaged: store.stats().quarantined_segments, ..ExportReport::default() };
    let mut counts: BTreeMap<GrammarId, u64> = BTreeMap::new();
    let mut records = Vec::new();
    for item in store.iter() {
        if stop.load(Ordering::Relaxed) {
            return Err(cst_frozen::care::CareError::Stopped.into());
        }
        let Ok((key, record)) = item else {
            report.damaged += 1;
            continue;
        };
        progress.advanced(record.len() as u64);
        if !payload::is_tree(&record) {
            continue;
        }
        match bytecode(&record) {
            Some(bytecode) => {
                *counts.entry(bytecode.header().grammar).or_default() += 1;
                records.push((key, record));
            }
            None => report.damaged += 1,
        }
    }
    let mut origin = Origin::here();
    for (id, trees) in counts {
        let language = by_id(grammars, id).map(|language| language.name.to_owned());
        *report.languages.entry(language.clone().unwrap_or_else(|| id.to_string())).or_default() += trees;
        origin.grammars.push(PackedGrammar { id: id.to_string(), language, trees });
    }
    report.trees = records.len() as u64;
    // A struct of strings and numbers has no way to fail.
    let header = serde_json::to_vec(&origin).unwrap_or_default();
    report.bytes = Pack::write(file, &header, records)?;
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// Adds the trees of a pack to the store in a folder, in one commit. The store is made where there is none.
///
/// Each tree is decoded by the grammar here and compared with its key before it is believed; what comes from another build of
/// its grammar is left out. A store that was given a quota is brought below it then. The files need not have been indexed here: `index` finds their trees by their content.
///
/// # Errors
///
/// [`CareError`]: above all, nothing in the pack could be used here. The store then holds what it held.
pub fn import(
    file: &Path,
    store: &Path,
    grammars: &Grammars,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<ImportReport, CareError> {
    let start = Instant::now();
    let pack = Pack::open(file, Options::default())?;
    let origin = Origin::read(file, pack.header())?;
    let is_here = |known: &PackedGrammar| grammars.iter().any(|l| l.grammar.id().to_string() == known.id);
    if !origin.grammars.is_empty() && !origin.grammars.iter().any(is_here) {
        return Err(CareError::OtherGrammars { path: file.to_owned(), languages: origin.languages() });
    }
    plan(pack.reader(), progress);
    let target = Writer::open(store, Options::default())?;
    let since = target.reader().generation();
    let mut report = ImportReport::default();
    let mut accept = |key: &[u8; 32], record: &[u8]| match examine(key, record, grammars) {
        Tree::Sound => true,
        Tree::OtherBuild(id) => {
            let id = id.to_string();
            let known = origin.grammars.iter().find(|grammar| grammar.id == id);
            let name = known.and_then(|grammar| grammar.language.clone()).unwrap_or(id);
            *report.other_build.entry(name).or_default() += 1;
            false
        }
        Tree::Wrong => {
            report.wrong += 1;
            false
        }
    };
    let imported = cst_frozen::care::import(pack.reader(), &target, &mut accept, &mut watch(progress, stop))?;
    report.evicted = crate::index::make_room(&target, since)?;
    report.trees = imported.records;
    report.bytes = imported.bytes;
    report.present = imported.present;
    report.lost = Lost::all(&imported.lost, pack.reader());
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}
