//! No notes to self in the sources: what is open is written down where it is tracked.

use super::Problem;
use super::tree::Tree;

/// In two halves, so that this file passes its own check.
const MARKERS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("to", "do!")];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in tree.sources() {
        for (line, text) in source.text.lines().enumerate() {
            if let Some(marker) = MARKERS.iter().find(|marker| has_word(text, marker)) {
                problems.push(Problem::line(
                    &source.path,
                    line + 1,
                    format!("`{marker}` is left in the source"),
                ));
            }
        }
    }
    problems
}

/// Whether the text has this word, and not only as a part of another.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !is_part(before.chars().next_back()) && (word.ends_with('!') || !is_part(after.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_as_words_only() {
        for marker in MARKERS {
            for text in [format!("// {marker}: x"), format!("{marker}(x)"), format!("({marker})")] {
                assert!(has_word(&text, marker), "{text}");
            }
            assert!(!has_word(&format!("A{marker}"), marker));
        }
        assert!(!has_word(concat!("a.XX", "XXXX"), concat!("XX", "X")));
        assert!(!has_word("mastodon, autodoc", MARKERS[3]));
    }

    #[test]
    fn their_lines_are_named() {
        let text = format!("//! x\n\n// {} later\n", MARKERS[1]);
        let problems = check(&Tree::of(&[("a.h", &text), ("b.txt", &text)]));
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].path.as_str(), problems[0].line), ("a.h", 3));
    }
}
