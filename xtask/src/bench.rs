//! `cargo xtask bench`: builds the suite of `cst-bench`, starts it and passes its exit status on.

use std::process::ExitCode;

use crate::shell::Shell;

/// The suite could not be built or started.
const FAILED: u8 = 2;

/// Measures with these arguments of the suite.
pub(crate) fn run(shell: &Shell, args: &[String]) -> ExitCode {
    match measure(shell, args) {
        Ok(status) => ExitCode::from(status),
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::from(FAILED)
        }
    }
}

fn measure(shell: &Shell, args: &[String]) -> Result<u8, String> {
    build(shell, args.iter().any(|arg| arg == "--peers"))?;
    let suite = shell.target().join("release").join(format!("suite{}", std::env::consts::EXE_SUFFIX));
    let status = shell.status(shell.command(suite).args(args))?;
    // Without a code it was ended by a signal.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILED))
}

fn build(shell: &Shell, with_peers: bool) -> Result<(), String> {
    let mut args = vec!["build", "--release", "--package", "cst-bench", "--bins"];
    if with_peers {
        args.extend(["--features", "cst-bench/peers"]);
    }
    shell.run(&mut shell.cargo(&args)).map(drop)
}
