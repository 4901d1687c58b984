//! What would be published builds from its packages alone, in the order in which the crates depend on each other.

use super::Outcome;
use crate::shell::Shell;

pub(crate) fn run(shell: &Shell) -> Outcome {
    // Changes that are not committed yet are no reason not to try.
    shell.run(&mut shell.cargo(&["publish", "--workspace", "--dry-run", "--allow-dirty"])).into()
}
