//! The whole system under load: many processes on one store, killed and started again, short of memory, on
//! failing disks and damaged copies. What each of them may give is known beforehand, so that a wrong tree, a
//! lost commit or a crash is seen at once.
//!
//! Everything follows from a seed: texts, operations, faults, and the moments of kills. How the processes
//! interleave does not, so a run that failed is tried again with its seed, maybe more than once.
//!
//! ```text
//!  round --- family --- child ===pipe=== role: writer (worker), reader, budget, index, disk, check
//!    |         |                                 \
//!  damage    ledger  series (plot)  verdict       oracle --- generator (phrases, random)
//! ```

mod budget;
mod check;
mod child;
mod compaction;
mod damage;
mod disk;
mod family;
mod generator;
mod index;
mod latency;
mod ledger;
mod memory;
mod options;
mod oracle;
mod phrases;
mod plot;
mod protocol;
mod reader;
mod role;
mod round;
mod run;
mod series;
mod verdict;
mod worker;
mod writer;

pub use options::{Options, USAGE};
pub use run::main;
