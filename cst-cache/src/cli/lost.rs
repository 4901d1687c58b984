//! What could not be saved, on standard error, and what that means for the exit status.

use super::status;
use crate::care::Lost;

/// The most that a person reads.
const LINES: usize = 20;

/// Says what was lost. Returns the exit status.
pub(super) fn say(lost: &[Lost]) -> u8 {
    for lost in lost.iter().take(LINES) {
        let of = match (&lost.path, &lost.key) {
            (Some(path), _) => format!(" (the tree of {path})"),
            (None, Some(key)) => format!(" (the record of key {key})"),
            (None, None) => String::new(),
        };
        eprintln!("lost: {} at byte {} of {}{of}", lost.what, lost.offset, lost.segment);
    }
    if lost.len() > LINES {
        eprintln!("lost: {} more; --json lists them all", lost.len() - LINES);
    }
    if lost.is_empty() {
        return 0;
    }
    eprintln!("`cst index` parses again what is missing");
    status::UNSOUND
}
