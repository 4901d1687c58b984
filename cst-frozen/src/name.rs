//! Names of the files in a store's folder.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// Locked by the writer for as long as it lives; empty.
pub(crate) const LOCK: &str = "LOCK";
/// Says in text who holds the lock. Not in the lock's own file, which others cannot read on Windows while it is held.
pub(crate) const HOLDER: &str = "LOCK.holder";
/// Tells one life of a folder from the next, see [`crate::store_id`].
pub(crate) const STORE: &str = "STORE";
/// Keeps the store out of version control.
pub(crate) const IGNORE: &str = ".gitignore";
/// Keeps the store out of backups (<https://bford.info/cachedir/>).
pub(crate) const CACHE_TAG: &str = "CACHEDIR.TAG";

const SEGMENT: &str = ".seg";
/// Before [`SEGMENT`] in the name of a segment that was synced, with all before it, before it got that name.
const DURABLE: &str = ".durable";
const TEMPORARY: &str = ".tmp";
/// At the end of a damaged segment's name, once a repair has put a copy of it aside.
pub(crate) const DAMAGED: &str = ".damaged";
/// At the end of the name of another store's segment, once it was in the way.
pub(crate) const FOREIGN: &str = ".foreign";

/// The generations that a segment covers.
///
/// Ordered by the first generation, the wider one first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Span {
    /// Whether all generations of the other one are in this one.
    pub(crate) fn covers(self, other: Span) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// Whether the two have a generation in common.
    pub(crate) fn meets(self, other: Span) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl Ord for Span {
    fn cmp(&self, other: &Span) -> std::cmp::Ordering {
        self.first.cmp(&other.first).then(other.last.cmp(&self.last))
    }
}

impl PartialOrd for Span {
    fn partial_cmp(&self, other: &Span) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The name of a segment's file: what it covers, and whether it is durable.
///
/// A file gets its name after it was synced. So the name of one that was can say that it was, in a place which no damage
/// to the file's contents reaches: whatever is wrong with it, a crash has not torn it.
///
/// Ordered as spans are; of two with the same span the durable one comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Name {
    pub(crate) span: Span,
    pub(crate) durable: bool,
}

/// The last generation there is: a commit a microsecond for nine years. Without a limit, a file of somebody else's could use all
/// of them up by its name.
pub(crate) const LAST_GENERATION: u64 = (1 << 48) - 1;

/// A file whose generation is so far ahead of the last commit is hardly the store's own: its segments leave none out.
pub(crate) const MOST_SKIPPED: u64 = 1 << 32;

impl Name {
    /// What the name of a file states, if it is that of a segment. There is one spelling per name.
    pub(crate) fn parse(name: &str) -> Option<Name> {
        let stem = name.strip_suffix(SEGMENT)?;
        let (span, durable) = match stem.strip_suffix(DURABLE) {
            Some(span) => (span, true),
            None => (stem, false),
        };
        let (first, last) = span.split_once('-')?;
        let span = Span { first: hex(first)?, last: hex(last)? };
        let is_span = span.first >= 1 && span.first <= span.last && span.last <= LAST_GENERATION;
        is_span.then_some(Name { span, durable })
    }
}

fn hex(digits: &str) -> Option<u64> {
    let canonical = digits.len() == 16 && digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    if canonical { u64::from_str_radix(digits, 16).ok() } else { None }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { first, last } = self.span;
        write!(f, "{first:016x}-{last:016x}{}{SEGMENT}", if self.durable { DURABLE } else { "" })
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> std::cmp::Ordering {
        self.span.cmp(&other.span).then(other.durable.cmp(&self.durable))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What files are for that a writer has not finished.
const PURPOSES: [&str; 3] = ["pending", "compact", "small"];

/// Name of a file that is being written for `purpose`; another one each time, so that two writers of a process, of which one
/// has lost its lock, do not write to the same.
pub(crate) fn temporary(purpose: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{purpose}-{}-{count}{TEMPORARY}", std::process::id())
}

/// Whether a file is what a dead writer left half written.
pub(crate) fn is_temporary(name: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let Some((purpose, numbers)) = name.strip_suffix(TEMPORARY).and_then(|name| name.split_once('-')) else {
        return false;
    };
    PURPOSES.contains(&purpose) && numbers.split('-').all(is_number)
}

/// Whether a folder with these files is a store.
pub(crate) fn is_store<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
    names.any(|name| name == STORE || Name::parse(name).is_some())
}

/// Whether a store may be made in a folder with these files: there is nothing in it that is not a store's.
pub(crate) fn is_blank<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
    names.all(|name| [IGNORE, CACHE_TAG, LOCK, HOLDER].contains(&name.as_str()) || is_temporary(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let span = Span { first: 5, last: 0x1f };
        for (durable, name) in [
            (false, "0000000000000005-000000000000001f.seg"),
            (true, "0000000000000005-000000000000001f.durable.seg"),
        ] {
            assert_eq!(Name { span, durable }.to_string(), name);
            assert_eq!(Name::parse(name), Some(Name { span, durable }));
        }
        for bad in [
            "5-6.seg",
            "0000000000000005-000000000000001F.seg",
            "+000000000000005-000000000000001f.seg",
            "0000000000000000-000000000000001f.seg",
            "0000000000000006-0000000000000005.seg",
            "0000000000000005-0000000000000006.seg.tmp",
            "0000000000000005-0000000000000006.durable.durable.seg",
            "0000000000000005-0000000000000006.durable",
            "0000000000000005_0000000000000006.seg",
            "",
        ] {
            assert_eq!(Name::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn durable_names_come_first() {
        let span = Span { first: 1, last: 1 };
        assert!(Name { span, durable: true } < Name { span, durable: false });
    }

    #[test]
    fn wider_spans_come_first() {
        let mut spans = [Span { first: 2, last: 2 }, Span { first: 1, last: 1 }, Span { first: 1, last: 3 }];
        spans.sort();
        assert_eq!(spans.map(|s| (s.first, s.last)), [(1, 3), (1, 1), (2, 2)]);
    }
}
