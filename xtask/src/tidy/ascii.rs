//! Sources are ASCII: what a reviewer sees is what the compiler gets.

use super::Problem;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in tree.sources() {
        for (line, text) in source.text.lines().enumerate() {
            if let Some(char) = text.chars().find(|char| !char.is_ascii()) {
                let text = format!("U+{:04X} is not ASCII; write it as an escape", u32::from(char));
                problems.push(Problem::line(&source.path, line + 1, text));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_beyond_ascii_is_named() {
        let tree = Tree::of(&[("a.rs", "//! fine\n// caf\u{e9}\n"), ("b.md", "caf\u{e9}\n")]);
        let problems = check(&tree);
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].line, problems[0].path.as_str()), (2, "a.rs"));
        assert!(problems[0].text.contains("U+00E9"));
    }
}
