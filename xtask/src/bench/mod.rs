//! `cargo xtask bench`: builds the suite of `cst-bench`, starts it and passes its exit status on.

mod self_test;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::shell::Shell;

/// The suite could not be built or started.
const FAILED: u8 = 2;

/// Arguments of the suite that need the peers: to measure them too, or only.
const PEERS: [&str; 3] = ["--peers", "peers", "--only=peers"];

/// Measures with these arguments of the suite.
pub(crate) fn run(shell: &Shell, args: &[String]) -> ExitCode {
    let status = match args {
        [only] if only == "--self-test" => self_test::run(shell),
        _ => measure(shell, args),
    };
    match status {
        Ok(status) => ExitCode::from(status),
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::from(FAILED)
        }
    }
}

fn measure(shell: &Shell, args: &[String]) -> Result<u8, String> {
    shell.run(&mut build(shell, args.iter().any(|arg| PEERS.contains(&arg.as_str()))))?;
    let mut command = shell.command(suite(&shell.target()));
    // Paths are meant as they were typed: from where the user stands.
    if let Ok(here) = std::env::current_dir() {
        command.current_dir(here);
    }
    start(shell, command.args(args))
}

/// Builds the suite with all its programs.
fn build(shell: &Shell, with_peers: bool) -> Command {
    let mut command = shell.cargo(&["build", "--release", "--package", "cst-bench", "--bins"]);
    if with_peers {
        command.args(["--features", "cst-bench/peers"]);
    }
    command
}

/// The suite's program, in cargo's folder for what it builds.
fn suite(target: &Path) -> PathBuf {
    target.join("release").join(format!("suite{}", std::env::consts::EXE_SUFFIX))
}

/// Runs the suite, and returns its exit status.
fn start(shell: &Shell, command: &mut Command) -> Result<u8, String> {
    let status = shell.status(command)?;
    // Without a code it was ended by a signal.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILED))
}
