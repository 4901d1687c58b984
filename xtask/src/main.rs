//! Drives everything that is done to this workspace: `cargo xtask <command>`.
//!
//! Standard library only: whoever builds this crate waits for it, so it stays small and gains no dependencies.

mod bench;
mod corpus;
mod flags;
mod fuzz;
mod shell;
mod steps;
mod tidy;

use std::process::ExitCode;

use flags::{Command, Parsed};
use shell::Shell;
use steps::{Outcome, api, ci, compat, grammars, stress, test};

/// The command line was understood, but what it asked for failed.
const FAILED: u8 = 1;
/// The command line was not understood.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let command = match flags::parse(&args) {
        Ok(Parsed::Run(command)) => command,
        Ok(Parsed::Help(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Nothing) => {
            eprint!("{}", flags::help());
            return ExitCode::from(USAGE);
        }
        Err(message) => {
            eprintln!("xtask: {message}");
            return ExitCode::from(USAGE);
        }
    };
    match Shell::new() {
        Ok(shell) => run(&shell, &command),
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(shell: &Shell, command: &Command) -> ExitCode {
    let passed = match command {
        Command::Test { args } => matches!(test::run(shell, args), Outcome::Passed),
        Command::Api { bless } => api::run(shell, *bless).report("api"),
        Command::Ci(options) => ci::run(shell, options),
        Command::Stress { args } => {
            eprintln!("xtask: {}", stress::run(shell, args));
            false
        }
        Command::Corpus { args } => corpus::run(shell, args),
        Command::Compat { releases } => compat::run(shell, releases).report("compat"),
        Command::Grammars { languages } => grammars::run(shell, languages).report("grammars"),
        Command::Fuzz(options) => {
            let outcome = fuzz::run(shell, options);
            (options.list && outcome == Outcome::Passed) || outcome.report("fuzz")
        }
        Command::Tidy => matches!(tidy::run(shell), Outcome::Passed),
        Command::Bench { args } => return bench::run(shell, args),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}
