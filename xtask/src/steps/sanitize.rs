//! The tests of the crate with C code, with the sanitizers for addresses and undefined behaviour over all of it: the
//! shim, tree-sitter, the grammars, and Rust.

use super::{Outcome, nightly};
use crate::shell::Shell;

pub(crate) fn run(shell: &Shell) -> Outcome {
    let host = match nightly::host(shell) {
        Ok(host) => host,
        Err(message) => return Outcome::Failed(message),
    };
    let args = [
        "test",
        "-p",
        "cst-bytecode",
        "--tests",
        // The allocator that the shim brings along, too.
        "--all-features",
        // Named, so that build scripts are built without.
        "--target",
        &host,
        "--target-dir",
        "target/sanitize",
    ];
    let mut command = match nightly::cargo(shell, &[], &args) {
        Ok(command) => command,
        Err(outcome) => return outcome,
    };
    command
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("CFLAGS", "-fsanitize=address,undefined -fno-sanitize-recover=undefined");
    shell.run(&mut command).into()
}
