//! The command `cst`. All it does is in the library: `cst_cache::cli`.
#![allow(unsafe_code)]

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Large trees and their bytes come and go: glibc would ask the system for fresh pages each time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // SAFETY: the first thing that the process does, on its only thread.
    unsafe { cst_bytecode::use_mimalloc() };
    cst_cache::cli::main()
}
