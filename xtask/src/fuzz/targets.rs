//! The fuzz targets of the workspace: the programs in each library's `fuzz/fuzz_targets`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::steps::LIBRARIES;

/// A fuzz target.
#[derive(Debug)]
pub(super) struct Target {
    /// The crate that it is about, and the crate's folder.
    pub(super) package: String,
    pub(super) name: String,
    /// What its file says that it is for.
    pub(super) head: String,
}

impl Target {
    /// Committed inputs to begin with.
    pub(super) fn seeds(&self) -> PathBuf {
        [&self.package, "fuzz", "seeds", &self.name].iter().collect()
    }

    /// Committed inputs that once broke it.
    pub(super) fn crashes(&self) -> PathBuf {
        [&self.package, "fuzz", "crashes", &self.name].iter().collect()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.package, self.name)
    }
}

/// All targets, by crate and name.
pub(super) fn find(root: &Path) -> Result<Vec<Target>, String> {
    let mut targets = Vec::new();
    for package in LIBRARIES {
        let folder = root.join(package).join("fuzz/fuzz_targets");
        let fail = |error| format!("cannot read {}: {error}", folder.display());
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let text = fs::read_to_string(&path).map_err(fail)?;
            let head = text.lines().next().unwrap_or_default().trim_start_matches("//!").trim().to_owned();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            targets.push(Target { package: (*package).to_owned(), name, head });
        }
    }
    targets.sort_by_key(Target::to_string);
    Ok(targets)
}

/// Those that are named, in the order of all; all where none is.
pub(super) fn choose(mut all: Vec<Target>, names: &[String]) -> Result<Vec<Target>, String> {
    let is_meant = |target: &Target, name: &String| target.name == *name || target.to_string() == *name;
    if let Some(name) = names.iter().find(|name| !all.iter().any(|target| is_meant(target, name))) {
        let known = all.iter().map(Target::to_string).collect::<Vec<_>>().join(", ");
        return Err(format!("no fuzz target is named `{name}`; the targets are {known}"));
    }
    all.retain(|target| names.is_empty() || names.iter().any(|name| is_meant(target, name)));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Shell;

    fn all() -> Vec<Target> {
        find(Shell::new().unwrap().root()).unwrap()
    }

    #[test]
    fn every_target_has_a_head_and_seeds() {
        let root = Shell::new().unwrap().root().to_path_buf();
        assert!(all().len() >= 5);
        for target in all() {
            assert!(!target.head.is_empty(), "{target}");
            assert!(fs::read_dir(root.join(target.seeds())).unwrap().count() > 0, "{target}");
        }
    }

    #[test]
    fn targets_are_chosen_by_either_name() {
        let chosen = choose(all(), &["cst-frozen/open".to_owned(), "decode".to_owned()]).unwrap();
        assert_eq!(
            chosen.iter().map(Target::to_string).collect::<Vec<_>>(),
            ["cst-bytecode/decode", "cst-frozen/open"]
        );
        let message = choose(all(), &["no-such".to_owned()]).unwrap_err();
        assert!(message.contains("no-such") && message.contains("cst-frozen/open"), "{message}");
        assert_eq!(choose(all(), &[]).unwrap().len(), all().len());
    }
}
