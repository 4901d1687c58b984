//! The fuzz targets over the inputs that are committed: the seeds, and those that once broke one.
//!
//! Needs no fuzzer. `cargo xtask fuzz` looks for more.
#![allow(clippy::unwrap_used, reason = "tests may; helpers of tests are not seen as such")]

mod targets;

use std::fs;
use std::path::Path;

/// Runs all inputs of a target; how many there are, and how many of them gave a tree.
fn replay(target: &str, run: impl Fn(&[u8]) -> bool) -> (usize, usize) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let (mut inputs, mut trees) = (0, 0);
    for kind in ["seeds", "crashes"] {
        let Ok(folder) = fs::read_dir(fuzz.join(kind).join(target)) else { continue };
        for entry in folder {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            inputs += 1;
            trees += usize::from(run(&fs::read(path).unwrap()));
        }
    }
    (inputs, trees)
}

/// Seeds that no longer reach a tree are stale: `cargo run -p cst-bytecode --example fuzz-seeds`.
#[test]
fn decode() {
    let (inputs, trees) = replay("decode", targets::decode::run);
    assert!(trees >= 8, "{trees} trees of {inputs} inputs");
}

#[test]
fn rebuild() {
    let (inputs, trees) = replay("rebuild", targets::rebuild::run);
    assert!(trees > 0, "{trees} trees of {inputs} inputs");
}

#[test]
fn view() {
    let (inputs, viewed) = replay("view", targets::view::run);
    assert!(viewed >= 20, "{viewed} views of {inputs} inputs");
}

#[test]
fn roundtrip() {
    let (inputs, _) = replay("roundtrip", |data| {
        targets::roundtrip::run(data);
        true
    });
    assert!(inputs >= 10, "{inputs} inputs");
}

/// What is in no folder: nothing, next to nothing, and noise.
#[test]
fn bytes_that_mean_nothing() {
    for length in [0, 1, 5, 159, 160, 161, 2000] {
        let noise: Vec<u8> = (0..length).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        targets::decode::run(&noise);
        targets::rebuild::run(&noise);
        targets::roundtrip::run(&noise);
        targets::view::run(&noise);
    }
}
