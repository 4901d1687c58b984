//! The standing documents are there, every crate has a README, and that of a folder of C names all files in it.

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
    let absent = standing
        .chain(crates.map(|folder| format!("{folder}/README.md")))
        .filter(|path| !tree.contains(path))
        .map(|path| Problem::file(&path, "absent"));
    absent.chain(unnamed(tree)).collect()
}

fn unnamed(tree: &Tree) -> impl Iterator<Item = Problem> {
    tree.sources().iter().filter(|source| !source.is_rust()).filter_map(|source| {
        let (folder, name) = source.path.rsplit_once('/')?;
        let readme = format!("{folder}/README.md");
        let is_named = tree.document(&readme).is_some_and(|text| text.contains(&format!("| `{name}`")));
        (!is_named).then(|| Problem::file(&readme, format!("its table has no row of `{name}`")))
    })
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

    #[test]
    fn files_of_c_without_a_row_are_named() {
        let mut files: Vec<(&str, &str)> = STANDING.map(|path| (path, "")).to_vec();
        let readme = "Not `b.h`.\n| `a.c` | this |\n";
        files.extend([("c/README.md", readme), ("c/a.c", ""), ("c/b.h", ""), ("d/e.c", "")]);
        let problems: Vec<String> = check(&Tree::of(&files)).iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("c/README.md") && problems[0].contains("`b.h`"), "{problems:?}");
        assert!(problems[1].starts_with("d/README.md") && problems[1].contains("`e.c`"), "{problems:?}");
    }
}
