//! The command `cst`. All it does is in the library: `cst_cache::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cst_cache::cli::main()
}
