//! A short run of what otherwise runs for hours.

use super::Outcome;
use crate::fuzz;
use crate::shell::Shell;

/// Every fuzz target, from its seeds.
pub(crate) fn fuzz(shell: &Shell) -> Outcome {
    fuzz::run(shell, &fuzz::Options::all(20))
}
