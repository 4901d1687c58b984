//! No source file is longer than one can keep in mind.

use super::Problem;
use super::tree::Tree;

/// The most lines a source file may have.
const MOST: usize = 500;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let long = tree.sources().iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > MOST)
            .then(|| Problem::file(&source.path, format!("{lines} lines, {MOST} are allowed: split it")))
    });
    long.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed() {
        let at_limit = "//! x\n".repeat(MOST);
        let beyond = "//! x\n".repeat(MOST + 1);
        let problems = check(&Tree::of(&[("a.rs", &at_limit), ("b.c", &beyond), ("c.md", &beyond)]));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "b.c");
    }
}
