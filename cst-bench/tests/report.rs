//! The committed report, its plots and the README's table are what the committed figures make of them.

use std::fs;

use cst_bench::report::{FIGURES, render};
use cst_bench::results::Results;
use cst_bench::workspace;

#[test]
fn readme_report_and_plots_are_made_from_the_committed_figures() {
    let root = workspace();
    let results = Results::read(&root.join(FIGURES)).unwrap();
    for (path, text) in render(&root, &results).unwrap() {
        let committed = fs::read_to_string(root.join(&path)).unwrap_or_default();
        assert!(
            committed == text,
            "{} is not what {FIGURES} makes of it; write it with: cargo xtask bench --render",
            path.display()
        );
    }
}
