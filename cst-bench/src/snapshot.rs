//! Committed snapshots: comparing with them, in words, and writing them anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sibling::{self, Sibling};
use crate::size::{self, BLESS};
use crate::{heap, instructions, whole};

/// Writes all snapshots anew, and says what it did. Counts of instructions need callgrind.
///
/// # Errors
///
/// Where something cannot be counted or written.
pub fn bless() -> Result<String, Error> {
    let write = |path: PathBuf, text: &str| {
        whole::write(&path, text)?;
        Ok::<_, Error>(format!("wrote {}\n", path.display()))
    };
    let mut said = write(size::snapshot_path(), &size::snapshot()?)?;
    said += &write(heap::snapshot_path(), &sibling::output(sibling::command(Sibling::Counters)?)?)?;
    if instructions::has_valgrind() {
        let counts = instructions::measure(&sibling::path(Sibling::Hotpath)?)?;
        said += &write(instructions::snapshot_path(), &instructions::text(&instructions::key(), &counts))?;
    } else {
        said += &format!(
            "left {} as it is: valgrind is missing; install it with: {}\n",
            instructions::snapshot_path().display(),
            instructions::INSTALL
        );
    }
    Ok(said)
}

/// Nothing where `fresh` is what the file says; else what differs, and the command that writes it anew.
#[must_use]
pub fn difference(path: &Path, fresh: &str) -> Option<String> {
    let committed = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Some(format!("{}: {error}; write it with: {BLESS}", path.display())),
    };
    if fresh == committed {
        return None;
    }
    let mut lines = String::new();
    for number in 0..fresh.lines().count().max(committed.lines().count()) {
        let (old, new) = (committed.lines().nth(number), fresh.lines().nth(number));
        if old != new {
            lines += &format!("- {}\n+ {}\n", old.unwrap_or_default(), new.unwrap_or_default());
        }
    }
    let heading = fresh.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    Some(format!(
        "{} has changed:\n  {heading}\n{lines}\
         If that is meant, write it anew and say why in the commit: {BLESS}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        assert!(difference(&path, "x\n").unwrap().contains(BLESS));
        fs::write(&path, "# c\nfile n\na 1\nb 2\n").unwrap();
        assert_eq!(difference(&path, "# c\nfile n\na 1\nb 2\n"), None);
        let text = difference(&path, "# c\nfile n\na 1\nb 3\n").unwrap();
        assert!(
            text.contains("- b 2\n+ b 3\n") && !text.contains("a 1") && text.contains("file n"),
            "{text}"
        );
    }
}
