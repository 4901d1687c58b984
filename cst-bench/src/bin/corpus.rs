//! The command `corpus`: assembles real source from the package registries.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use cst_bench::corpus::assemble::args::{Options, USAGE};
use cst_bench::corpus::assemble::run;
use cst_bench::error::Error;

/// Some of what is pinned is not there, or nothing could be done.
const FAILED: u8 = 1;
/// The arguments were not understood.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let options = match Options::read(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return code(print(USAGE).map(|()| true)),
        Err(error) => {
            eprintln!("corpus: {error}");
            return ExitCode::from(MISUSED);
        }
    };
    code(run(&options).and_then(|report| {
        print(&if options.json { format!("{:#}\n", report.to_json()) } else { report.to_string() })?;
        Ok(report.is_complete())
    }))
}

fn code(result: Result<bool, Error>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Error::during("writing to stdout"))
}
