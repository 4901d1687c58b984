//! Every source file begins by saying what it is for.

use super::Problem;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let headless = tree.sources().iter().filter_map(|source| {
        let first = source.text.lines().next().unwrap_or_default();
        if source.is_rust() {
            let has_head = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty());
            (!has_head).then(|| Problem::line(&source.path, 1, "the first line is not a `//!` comment"))
        } else {
            let has_head = first.starts_with("//") || first.starts_with("/*");
            (!has_head).then(|| Problem::line(&source.path, 1, "the file does not start with a comment"))
        }
    });
    headless.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_a_head_are_found() {
        let tree = Tree::of(&[
            ("good.rs", "//! It is for this.\n"),
            ("good.c", "/* It is for this. */\n"),
            ("good.h", "// It is for this.\n"),
            ("bare.rs", "fn main() {}\n"),
            ("empty.rs", ""),
            ("hollow.rs", "//!\n//! Too late.\n"),
            ("item.rs", "/// An item.\nfn f() {}\n"),
            ("bare.h", "#pragma once\n"),
        ]);
        let paths: Vec<String> = check(&tree).into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, ["bare.rs", "empty.rs", "hollow.rs", "item.rs", "bare.h"]);
    }
}
