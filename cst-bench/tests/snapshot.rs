//! The sizes of the samples are those that are committed.

use std::fs;

use cst_bench::size::{BLESS, snapshot, snapshot_path};

#[test]
fn sizes_are_as_committed() {
    let path = snapshot_path();
    let fresh = snapshot().unwrap();
    let committed = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; write it with: {BLESS}", path.display()));
    if fresh == committed {
        return;
    }
    let mut difference = String::new();
    for number in 0..fresh.lines().count().max(committed.lines().count()) {
        let (old, new) = (committed.lines().nth(number), fresh.lines().nth(number));
        if old != new {
            difference += &format!("- {}\n+ {}\n", old.unwrap_or_default(), new.unwrap_or_default());
        }
    }
    let heading = fresh.lines().nth(2).unwrap_or_default();
    panic!(
        "sizes have changed:\n  {heading}\n{difference}\
         If that is meant, write them anew and say why in the commit: {BLESS}"
    );
}

#[test]
fn sizes_are_a_function_of_the_samples() {
    assert_eq!(snapshot().unwrap(), snapshot().unwrap());
}
