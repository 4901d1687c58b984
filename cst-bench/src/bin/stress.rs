//! The command `stress`: the whole system under load, with a verdict.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    cst_bench::stress::main(env::args().skip(1))
}
