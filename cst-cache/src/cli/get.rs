//! `cst get`.

use std::sync::Arc;

use super::args::GetArgs;
use super::{Error, open_reader, print, status};
use crate::cache::Cache;
use crate::document::Document;
use crate::grammars::Grammars;

pub(super) fn run(args: &GetArgs) -> Result<u8, Error> {
    let file = args.file.display();
    let source =
        std::fs::read(&args.file).map_err(|error| format!("cannot read {file}: {error}; check the path"))?;
    let store = match open_reader(&args.store.store) {
        Err(error) if is_other_format(&*error) => {
            eprintln!("no tree for {file}: {error}");
            return Ok(status::NO_TREE);
        }
        opened => opened?,
    };
    let stats = store.stats();
    let lost_commits = stats.quarantined_segments + stats.gaps > 0;
    let cache = Cache::builder().store(Arc::new(store)).build();
    let grammars = Grammars::bundled();
    let tree = grammars
        .for_path(&args.file)
        .and_then(|language| cache.get(&Document::new(&language.grammar, &source)));
    let Some(tree) = tree else {
        let stats = cache.stats();
        let why = if grammars.for_path(&args.file).is_none() {
            "no grammar is known for it"
        } else if stats.corrupt + stats.mismatched > 0 {
            "the record is damaged; index the folder again"
        } else if lost_commits {
            "part of the store is damaged; index the folder again"
        } else {
            "its present content was never indexed"
        };
        eprintln!("no tree for {file} in {}: {why}", args.store.store.display());
        return Ok(status::NO_TREE);
    };
    print(&tree.root_node().to_sexp())?;
    Ok(0)
}

/// A store of another format has no tree that this build could read: a miss like any other.
fn is_other_format(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(cst_frozen::OpenError::Version { .. }))
}
