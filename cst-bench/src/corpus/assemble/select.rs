//! The choice of files where there are more than the cap allows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::filter::Reason;
use crate::corpus::text::scatter;

/// The files of one language that are kept: of all that were offered, those that come first in a
/// scattered order, as many as go under the cap. Holds no more in memory than these.
#[derive(Debug)]
pub(super) struct Selection {
    cap: u64,
    kept: BTreeMap<(u64, String), Vec<u8>>,
    kept_bytes: u64,
    /// The first file that did not go under the cap: what comes behind it does not either.
    bound: Option<(u64, String)>,
    seen: HashSet<blake3::Hash>,
    paths: BTreeSet<String>,
    /// Of all files that were offered and passed the filter.
    pub(super) offered_files: u64,
    /// The same in bytes.
    pub(super) offered_bytes: u64,
    /// How many files were passed over, and why.
    pub(super) passed_over: BTreeMap<Reason, u64>,
}

impl Selection {
    /// An empty one, which keeps up to `cap` bytes.
    pub(super) fn new(cap: u64) -> Self {
        Self {
            cap,
            kept: BTreeMap::new(),
            kept_bytes: 0,
            bound: None,
            seen: HashSet::new(),
            paths: BTreeSet::new(),
            offered_files: 0,
            offered_bytes: 0,
            passed_over: BTreeMap::new(),
        }
    }

    /// Counts a file that was passed over.
    pub(super) fn pass_over(&mut self, reason: Reason) {
        *self.passed_over.entry(reason).or_default() += 1;
    }

    /// Takes a file or not.
    pub(super) fn offer(&mut self, path: String, content: Vec<u8>) {
        if !self.seen.insert(blake3::hash(&content)) {
            return self.pass_over(Reason::Duplicate);
        }
        // Some file systems do not tell upper from lower case.
        if !self.paths.insert(path.to_lowercase()) {
            return self.pass_over(Reason::Unportable);
        }
        self.offered_files += 1;
        self.offered_bytes += content.len() as u64;
        let place = (scatter(&path), path);
        if self.bound.as_ref().is_some_and(|bound| place >= *bound) {
            return;
        }
        self.kept_bytes += content.len() as u64;
        self.kept.insert(place, content);
        while self.kept_bytes > self.cap
            && let Some((place, content)) = self.kept.pop_last()
        {
            self.kept_bytes -= content.len() as u64;
            self.bound = Some(place);
        }
    }

    /// What was kept, by path.
    pub(super) fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        self.kept.into_iter().map(|((_, path), content)| (path, content)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(number: usize) -> (String, Vec<u8>) {
        let text = format!("{number} ");
        (format!("f{number}"), text.repeat(1 + number * 7 % 13).into_bytes())
    }

    fn kept(cap: u64, files: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<String> {
        let mut selection = Selection::new(cap);
        files.for_each(|(path, content)| selection.offer(path, content));
        selection.into_files().into_keys().collect()
    }

    #[test]
    fn the_order_in_which_files_are_offered_does_not_matter() {
        let forwards = kept(1_000, (0..200).map(file));
        assert_eq!(forwards, kept(1_000, (0..200).rev().map(file)));
        assert_eq!(forwards, kept(1_000, (0..200).map(|number| file(number * 77 % 200))));
        let bytes: usize = forwards.iter().map(|path| file(path[1..].parse().unwrap()).1.len()).sum();
        assert!((950..=1_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn without_too_many_all_are_kept_but_duplicates() {
        let mut selection = Selection::new(1_000);
        for (path, content) in [("a", "1"), ("b", "2"), ("c", "1"), ("A", "3")] {
            selection.offer(path.to_owned(), content.as_bytes().to_vec());
        }
        assert_eq!(selection.passed_over, BTreeMap::from([(Reason::Duplicate, 1), (Reason::Unportable, 1)]));
        assert_eq!((selection.offered_files, selection.offered_bytes), (2, 2));
        assert_eq!(selection.into_files().into_keys().collect::<Vec<_>>(), ["a", "b"]);
    }
}
