//! The documentation of every crate; a broken link is an error.

use super::Outcome;
use crate::shell::Shell;

pub(crate) fn run(shell: &Shell) -> Outcome {
    let mut command = shell.cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    shell.run(command.env("RUSTDOCFLAGS", "-D warnings")).into()
}
