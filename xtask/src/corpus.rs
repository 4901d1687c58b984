//! Starts the command that assembles source to measure on; it lives in `cst-bench`, which may have dependencies.

use crate::shell::Shell;

/// The help, which is that of the command itself.
pub(crate) const HELP: &str = include_str!("../../cst-bench/corpus/usage.txt");

/// Builds and runs it with these arguments, and returns whether it succeeded. It prints all there is to say,
/// and nothing else goes to standard output, so that programs can read it.
pub(crate) fn run(shell: &Shell, args: &[String]) -> bool {
    let cargo =
        ["run", "--quiet", "--release", "-p", "cst-bench", "--features", "corpus", "--bin", "corpus", "--"];
    match shell.cargo(&cargo).args(args).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("xtask: cannot start cargo: {error}");
            false
        }
    }
}
