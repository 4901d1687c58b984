//! Each library builds with its features on and off.

use super::{LIBRARIES, Outcome};
use crate::shell::Shell;

/// Up to this many features of a crate are tried in every combination; beyond, in pairs, alone and all together, since
/// the combinations of sixteen are sixty-five thousand.
const EVERY_COMBINATION: usize = 3;

pub(crate) fn run(shell: &Shell) -> Outcome {
    let mut failures = Vec::new();
    for library in LIBRARIES {
        let manifest = match shell.read(&format!("{library}/Cargo.toml")) {
            Ok(manifest) => manifest,
            Err(message) => return Outcome::Failed(message),
        };
        for selection in selections(&features(&manifest)) {
            let mut args = vec!["check", "--quiet", "-p", library];
            args.extend(selection.iter().map(String::as_str));
            failures.extend(shell.run(&mut shell.cargo(&args)).err());
        }
    }
    if failures.is_empty() { Outcome::Passed } else { Outcome::Failed(failures.join("; ")) }
}

/// The names in a manifest's `[features]` table, without `default`.
fn features(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
        .filter(|name| !name.starts_with('#') && *name != "default")
        .collect()
}

/// The feature arguments to try, from nothing to everything.
fn selections(features: &[&str]) -> Vec<Vec<String>> {
    let largest = if features.len() <= EVERY_COMBINATION { features.len() } else { 2 };
    let mut subsets: Vec<String> = (1..1_usize << features.len())
        .filter(|bits| bits.count_ones() as usize <= largest)
        .map(|bits| subset(features, bits))
        .collect();
    subsets.sort_by_key(|subset| subset.matches(',').count());
    // None, and what a plain dependency on the crate gets.
    let mut selections = vec![vec!["--no-default-features".to_owned()], Vec::new()];
    selections.extend(
        subsets
            .into_iter()
            .map(|names| ["--no-default-features", "--features", &names].map(str::to_owned).to_vec()),
    );
    selections.push(vec!["--all-features".to_owned()]);
    selections
}

fn subset(features: &[&str], bits: usize) -> String {
    let chosen = features.iter().enumerate().filter(|(position, _)| bits >> position & 1 == 1);
    chosen.map(|(_, feature)| *feature).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
[package]
name = \"x\"

[features]
default = [\"a\"]
# What it is for; no = feature.
a = [\"dep:a\"]
b-c = [
  \"a\",
]

[dependencies]
d = \"1\"
";

    #[test]
    fn features_are_read_from_the_manifest() {
        assert_eq!(features(MANIFEST), ["a", "b-c"]);
        assert!(features("[package]\nname = \"x\"\n").is_empty());
    }

    fn lines(features: &[&str]) -> Vec<String> {
        selections(features).into_iter().map(|args| args.join(" ")).collect()
    }

    #[test]
    fn few_features_are_tried_in_every_combination() {
        assert_eq!(lines(&[]), ["--no-default-features", "", "--all-features"]);
        let two = lines(&["a", "b"]);
        assert_eq!(two.len(), 6);
        assert_eq!(two[4], "--no-default-features --features a,b");
    }

    #[test]
    fn many_features_are_tried_alone_in_pairs_and_together() {
        let many = lines(&["a", "b", "c", "d"]);
        assert_eq!(many.len(), 2 + 4 + 6 + 1);
        assert_eq!(many[5], "--no-default-features --features d");
        assert_eq!(many[11], "--no-default-features --features c,d");
    }
}
