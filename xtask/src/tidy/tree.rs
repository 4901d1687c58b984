//! The files that the rules are about: the tree as it lies on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A `.rs`, `.c` or `.h` file.
#[derive(Debug)]
pub(super) struct Source {
    /// From the workspace's folder, with `/` on every platform.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// All files of the workspace by path, and the sources and documents among them with their text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    paths: Vec<String>,
    sources: Vec<Source>,
    documents: BTreeMap<String, String>,
}

/// Where the unsafe code is registered.
pub(super) const SAFETY: &str = "SAFETY.md";

impl Tree {
    /// Reads the tree without `target`, dot-folders, links, and the contents of folders of fixtures and samples.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let mut tree = Self::default();
        walk(root, "", &mut tree.paths)?;
        tree.paths.sort();
        for path in &tree.paths {
            if is_source(path) {
                tree.sources.push(Source { path: path.clone(), text: text(root, path)? });
            } else if is_document(path) {
                tree.documents.insert(path.clone(), text(root, path)?);
            }
        }
        Ok(tree)
    }

    /// A tree of these files and texts.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |text: &str| text.to_owned();
        let sources = files.iter().filter(|(path, _)| is_source(path));
        Self {
            paths: files.iter().map(|(path, _)| owned(path)).collect(),
            sources: sources.map(|(path, text)| Source { path: owned(path), text: owned(text) }).collect(),
            documents: files
                .iter()
                .filter(|(path, _)| is_document(path))
                .map(|(path, text)| (owned(path), owned(text)))
                .collect(),
        }
    }

    /// The paths of all files, sorted.
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The source files, sorted by path.
    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The text of a source where there is one.
    pub(super) fn source(&self, path: &str) -> Option<&str> {
        self.sources.iter().find(|source| source.path == path).map(|source| &*source.text)
    }

    /// The text of a document where there is one.
    pub(super) fn document(&self, path: &str) -> Option<&str> {
        self.documents.get(path).map(String::as_str)
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.paths.iter().any(|other| other == path)
    }
}

fn is_document(path: &str) -> bool {
    path.ends_with(".md")
}

fn is_source(path: &str) -> bool {
    [".rs", ".c", ".h"].iter().any(|end| path.ends_with(end))
}

/// Bytes that are not UTF-8 become U+FFFD, which the rule about ASCII then finds.
fn text(root: &Path, path: &str) -> Result<String, String> {
    let bytes = fs::read(root.join(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), String> {
    let fail = |error| format!("cannot list {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let kind = entry.file_type().map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if kind.is_dir() && !is_skipped(&name, &path) {
            walk(&entry.path(), &path, paths)?;
        } else if kind.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}

/// Whether a folder's contents are none of the rules' business.
fn is_skipped(name: &str, path: &str) -> bool {
    let is_fixture =
        ["fixtures", "samples"].contains(&name) || path == "tests/data" || path.ends_with("/tests/data");
    name == "target" || name.starts_with('.') || is_fixture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_hidden_and_fixture_folders_are_skipped() {
        for path in ["target", "fuzz/target", ".git", "a/fixtures", "a/samples", "a/tests/data", "tests/data"]
        {
            assert!(is_skipped(path.rsplit('/').next().unwrap(), path), "{path}");
        }
        for path in ["src", "a/data", "a/mytests/data", "targets"] {
            assert!(!is_skipped(path.rsplit('/').next().unwrap(), path), "{path}");
        }
    }

    #[test]
    fn this_crate_is_found_by_slashed_paths() {
        let tree = Tree::read(crate::shell::Shell::new().unwrap().root()).unwrap();
        assert!(tree.contains("xtask/Cargo.toml"));
        assert!(
            tree.sources().iter().any(|source| source.path == "xtask/src/tidy/tree.rs" && source.is_rust())
        );
        assert!(tree.paths().iter().all(|path| !path.starts_with("target/") && !path.starts_with(".git/")));
    }
}
