//! Unsafe code stands only in the files that SAFETY.md registers, and those files do need it.
//!
//! The register is a table between two markers; the first word in backticks of each row is a file's path.
//! C is unsafe as a whole.

use super::tree::{SAFETY, Source, Tree};
use super::{Problem, code};

const BEGIN: &str = "<!-- unsafe-register -->";
const END: &str = "<!-- /unsafe-register -->";

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let register = match tree.document(SAFETY).map(register) {
        Some(Ok(register)) => register,
        Some(Err(message)) => {
            problems.push(Problem::file(SAFETY, message));
            Vec::new()
        }
        None => {
            problems.push(Problem::file(SAFETY, "absent, so no file is registered for unsafe code"));
            Vec::new()
        }
    };
    for source in tree.sources() {
        let is_registered = register.iter().any(|entry| entry.path == source.path);
        if let Some(line) = first_unsafe(source).filter(|_| !is_registered) {
            let text = format!("unsafe code in a file that {SAFETY} does not register");
            problems.push(Problem::line(&source.path, line, text));
        }
    }
    for (position, entry) in register.iter().enumerate() {
        let is_twice = register.iter().take(position).any(|other| other.path == entry.path);
        let wrong = if is_twice { Some("registered twice") } else { doubt(tree, entry.path) };
        if let Some(wrong) = wrong {
            problems.push(Problem::line(SAFETY, entry.line, format!("`{}` is {wrong}", entry.path)));
        }
    }
    problems
}

/// What is wrong with the registration of this file.
fn doubt(tree: &Tree, path: &str) -> Option<&'static str> {
    match tree.sources().iter().find(|source| source.path == path) {
        None => Some("registered, and no such source exists"),
        Some(source) if first_unsafe(source).is_none() => Some("registered, and holds no unsafe code"),
        Some(_) => None,
    }
}

fn first_unsafe(source: &Source) -> Option<usize> {
    if !source.is_rust() {
        return Some(1);
    }
    code::words(&source.text).into_iter().find(|(_, word)| word == "unsafe").map(|(line, _)| line)
}

/// A row of the register.
#[derive(Debug, PartialEq)]
struct Entry<'a> {
    path: &'a str,
    /// In SAFETY.md, counted from 1.
    line: usize,
}

fn register(text: &str) -> Result<Vec<Entry<'_>>, String> {
    let begin = text.lines().position(|line| line.trim() == BEGIN);
    let end = text.lines().position(|line| line.trim() == END);
    match (begin, end) {
        (Some(begin), Some(end)) if begin < end => {
            let rows = text.lines().enumerate().take(end).skip(begin + 1);
            Ok(rows
                .filter_map(|(at, row)| Some(Entry { path: row.split('`').nth(1)?, line: at + 1 }))
                .collect())
        }
        _ => Err(format!("the register stands between the lines `{BEGIN}` and `{END}`, which are not there")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAFETY_TEXT: &str = "\
# Safety
Not here: `a/src/other.rs`.
<!-- unsafe-register -->
| File | Why |
|---|---|
| `a/src/ffi.rs` | calls `C` |
| `a/csrc/shim.c` | is C |
<!-- /unsafe-register -->
";
    const FFI: (&str, &str) = ("a/src/ffi.rs", "//! x\nfn f() { unsafe { g() } }\n");
    const SHIM: (&str, &str) = ("a/csrc/shim.c", "/* x */\n");

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_register_that_agrees_is_fine() {
        let safe = "//! unsafe\n#![forbid(unsafe_code)]\nconst A: &str = \"unsafe\"; // unsafe\n";
        assert!(found(&[(SAFETY, SAFETY_TEXT), FFI, SHIM, ("a/src/lib.rs", safe)]).is_empty());
    }

    #[test]
    fn every_form_of_unsafe_needs_registration() {
        for form in
            ["unsafe fn f() {}", "unsafe impl T for X {}", "#[unsafe(no_mangle)]", "unsafe extern \"C\" {}"]
        {
            let text = format!("//! x\n\n{form}\n");
            let problems = found(&[(SAFETY, SAFETY_TEXT), FFI, SHIM, ("a/src/lib.rs", &text)]);
            assert_eq!(problems.len(), 1, "{form}: {problems:?}");
            assert!(problems[0].starts_with("a/src/lib.rs:3: unsafe code"), "{problems:?}");
        }
    }

    #[test]
    fn all_c_needs_registration() {
        let problems = found(&[(SAFETY, SAFETY_TEXT), FFI, SHIM, ("a/csrc/shim.h", "/* x */\n")]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("a/csrc/shim.h:1: unsafe code"), "{problems:?}");
    }

    #[test]
    fn a_registration_without_need_is_a_problem() {
        let problems = found(&[(SAFETY, SAFETY_TEXT), ("a/src/ffi.rs", "//! x\n")]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("SAFETY.md:6") && problems[0].contains("holds no unsafe code"));
        assert!(problems[1].contains("shim.c") && problems[1].contains("no such source"));
    }

    #[test]
    fn a_file_is_registered_once() {
        let twice = SAFETY_TEXT.replace("| `a/csrc/shim.c` | is C |", "| `a/src/ffi.rs` | again |");
        let problems = found(&[(SAFETY, &twice), FFI]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("registered twice"));
    }

    #[test]
    fn an_absent_register_is_said_plainly() {
        let problems = found(&[FFI]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("SAFETY.md: absent"));
        assert!(problems[1].starts_with("a/src/ffi.rs:2"));
        assert!(found(&[(SAFETY, "no markers\n")])[0].contains(BEGIN));
    }
}
