//! Peers: what users do instead of this project, measured beside it in the same run.
//!
//! ```text
//! store    records on disk       cst-frozen | LMDB (heed), redb, fjall, one file per record
//! trees    a tree by its key     cst-cache  | parse again, LRU of live trees, source in a store, foyer
//! dump     nodes as bytes        bytecode   | bincode's format, plain and with zstd
//! memory   trees held in RAM     bytecode   | live trees, rowan
//! ```
//! Each role has one adapter trait, one file per peer, and a list `PEERS`, this project's entry first.

pub mod access;
pub mod args;
pub mod child;
pub mod disk;
pub mod dump;
pub mod memory;
pub mod options;
pub mod pack;
pub mod report;
pub mod resident;
pub mod series;
pub mod store;
pub mod trees;

use crate::corpus::Corpus;
use crate::error::Error;
use crate::figure::Figure;
pub use options::{Options, Role};
use series::Outcome;

/// Measures the roles that `options` names, one after the other.
///
/// Costs seconds with the samples, and on a corpus of 50 MB some minutes; writes to a temporary folder,
/// which is gone when it returns, and starts child processes, which have ended by then.
///
/// # Errors
///
/// Where a peer fails, or gives back something else than it was given: there are no figures of that.
pub fn measure(corpus: &Corpus, options: &Options) -> Result<Vec<Outcome>, Error> {
    let measure = |role: &Role| match role {
        Role::Store => store::measure(options),
        Role::Trees => trees::measure(corpus, options),
        Role::Dump => dump::measure(corpus, options),
        Role::Memory => memory::measure(corpus, options),
    };
    options.roles.iter().map(measure).collect()
}

/// [`measure`], as figures: of each peer what it came to, and the ratios between this project and it with
/// the median, the least and the most of the rounds.
///
/// # Errors
///
/// Those of [`measure`].
pub fn figures(corpus: &Corpus, options: &Options) -> Result<Vec<Figure>, Error> {
    let outcomes = measure(corpus, options)?;
    Ok(outcomes.iter().flat_map(|outcome| outcome.figures(corpus, options)).collect())
}
