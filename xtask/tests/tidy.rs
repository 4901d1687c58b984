//! The tidy rules hold for this very tree, so that an ordinary test run tells.

use std::process::Command;

#[test]
fn the_tree_is_tidy() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("tidy").output().unwrap();
    assert!(
        output.status.success(),
        "cargo xtask tidy:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
