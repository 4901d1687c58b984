//! The standing documents are there, and every crate has a README.

use super::Problem;
use super::tree::Tree;

const STANDING: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "SAFETY.md",
    "SHORTCOMINGS.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let standing = STANDING.iter().map(|path| (*path).to_owned());
    let crates = tree.paths().iter().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    standing
        .chain(crates.map(|folder| format!("{folder}/README.md")))
        .filter(|path| !tree.contains(path))
        .map(|path| Problem::file(&path, "absent"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_documents_are_named() {
        let mut files: Vec<(&str, &str)> = STANDING.map(|path| (path, "")).to_vec();
        files.extend([("Cargo.toml", ""), ("a/Cargo.toml", ""), ("a/README.md", ""), ("b/Cargo.toml", "")]);
        let paths = |files: &[(&str, &str)]| {
            check(&Tree::of(files)).into_iter().map(|problem| problem.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(&files), ["b/README.md"]);
        assert_eq!(paths(&files[1..]), ["README.md", "b/README.md"]);
    }
}
