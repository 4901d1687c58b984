//! The sizes of the samples are those that are committed.

use cst_bench::size::{snapshot, snapshot_path};

#[test]
fn sizes_are_as_committed() {
    if let Some(difference) = cst_bench::snapshot::difference(&snapshot_path(), &snapshot().unwrap()) {
        panic!("{difference}");
    }
}

#[test]
fn sizes_are_a_function_of_the_samples() {
    assert_eq!(snapshot().unwrap(), snapshot().unwrap());
}
