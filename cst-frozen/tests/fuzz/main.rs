//! The fuzz targets over the inputs that are committed: the seeds, and those that once broke one.
//!
//! Needs no fuzzer. `cargo xtask fuzz` looks for more.
#![allow(clippy::unwrap_used, reason = "tests may; helpers of tests are not seen as such")]

mod targets;

use std::{fs, path::Path};

/// Runs all inputs of a target; how many there are, and the sum of what each run counted.
fn replay(target: &str, run: impl Fn(&[u8]) -> usize) -> (usize, usize) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let (mut inputs, mut sum) = (0, 0);
    for kind in ["seeds", "crashes"] {
        let Ok(folder) = fs::read_dir(fuzz.join(kind).join(target)) else { continue };
        for entry in folder {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            inputs += 1;
            sum += run(&fs::read(path).unwrap());
        }
    }
    (inputs, sum)
}

/// Seeds that hold no record are stale: `cargo run -p cst-frozen --example fuzz-seeds`.
#[test]
fn open() {
    let (inputs, records) = replay("open", targets::open::run);
    assert!(records > inputs, "{records} records of {inputs} inputs");
}

#[test]
fn operations() {
    let (inputs, states) = replay("operations", targets::operations::run);
    assert!(inputs > 0 && states > 2 * inputs, "{states} states of {inputs} inputs");
}

#[test]
fn pack() {
    let (inputs, records) = replay("pack", targets::pack::run);
    assert!(records > inputs, "{records} records of {inputs} inputs");
}

#[test]
fn record() {
    let (inputs, records) = replay("record", targets::record::run);
    assert!(records > inputs, "{records} records of {inputs} inputs");
}

/// What is in no folder: nothing, next to nothing, and noise.
#[test]
fn bytes_that_mean_nothing() {
    // Miri takes a thousand times as long.
    let lengths = if cfg!(miri) { &[0, 24][..] } else { &[0, 1, 5, 159, 160, 161, 2000] };
    for &length in lengths {
        let noise: Vec<u8> = (0..length).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        targets::open::run(&noise);
        targets::operations::run(&noise);
        targets::record::run(&noise);
        // Miri has no file system here.
        if !cfg!(miri) {
            targets::pack::run(&noise);
        }
    }
}
