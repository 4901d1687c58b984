//! The whole system under load, in a release binary of `cst-bench`.

use std::process::Command;

use super::Outcome;
use crate::shell::Shell;

/// The step: a minute of it, with another seed each time.
pub(crate) fn step(shell: &Shell) -> Outcome {
    shell.run(&mut command(shell, &["--secs".to_owned(), "60".to_owned()])).into()
}

/// Runs it with these arguments, and ends with its exit code; returns only where it could not be started.
pub(crate) fn run(shell: &Shell, args: &[String]) -> String {
    let mut command = command(shell, args);
    // In place of this process where that can be, so that a Ctrl-C is heard by who can end in good order.
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    };
    format!("cannot start cargo: {error}")
}

fn command(shell: &Shell, args: &[String]) -> Command {
    let mut command =
        shell.cargo(&["run", "--quiet", "--release", "--package", "cst-bench", "--bin", "stress", "--"]);
    command.args(args);
    command
}
