//! Prints what the samples' trees take from the allocators, in a process that does nothing else.
#![allow(unsafe_code)]

use std::process::ExitCode;

use cst_bench::count::Counting;
use cst_bench::{c_heap, heap};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    // SAFETY: nothing was parsed before.
    unsafe { c_heap::install() };
    match heap::snapshot() {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("counters: {error}");
            ExitCode::FAILURE
        }
    }
}
