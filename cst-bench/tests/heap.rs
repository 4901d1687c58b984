//! What encode and decode allocate is what is committed. Alone in its process: the counts are of all threads.
#![allow(unsafe_code)]

use cst_bench::count::Counting;
use cst_bench::heap;
use cst_bench::{c_heap, snapshot};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test: two would count each other.
#[test]
fn allocations_and_peaks_are_as_committed() {
    // SAFETY: this is the process's only test, and nothing was parsed before.
    unsafe { c_heap::install() };
    let fresh = heap::snapshot().unwrap();
    assert_eq!(fresh, heap::snapshot().unwrap(), "the counts differ from run to run");
    // All four columns count something somewhere.
    for column in 2..6 {
        let sum: u64 = fresh
            .lines()
            .skip(3)
            .filter_map(|line| line.split_whitespace().nth(column)?.parse::<u64>().ok())
            .sum();
        assert!(sum > 0, "column {column} of:\n{fresh}");
    }
    if let Some(difference) = snapshot::difference(&heap::snapshot_path(), &fresh) {
        panic!("{difference}");
    }
}
