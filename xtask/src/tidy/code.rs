//! The words of Rust code, without what stands in comments and literals.

/// Every identifier and keyword of the code with its line, counted from 1.
///
/// Just enough of a lexer for that: it knows comments, literals and raw identifiers, and nothing of grammar.
pub(super) fn words(text: &str) -> Vec<(usize, String)> {
    let mut scanner = Scanner { chars: text.chars().collect(), at: 0, line: 1 };
    let mut words = Vec::new();
    while let Some(char) = scanner.peek(0) {
        if is_word(char) {
            let line = scanner.line;
            let word = scanner.word();
            if !scanner.skip_rest_of(&word) {
                words.push((line, word));
            }
        } else {
            scanner.skip_other(char);
        }
    }
    words
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(char == '\n');
        Some(char)
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, char)| self.peek(ahead) == Some(char))
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(char) = self.peek(0).filter(|char| is_word(*char)) {
            word.push(char);
            self.at += 1;
        }
        word
    }

    /// Skips what a word that was just read turns out to begin; whether it began anything.
    fn skip_rest_of(&mut self, word: &str) -> bool {
        if !matches!(word, "r" | "br" | "cr") {
            return false;
        }
        let hashes = (0..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        match self.peek(hashes) {
            Some('"') => self.raw_string(hashes),
            Some(char) if hashes == 1 && is_word(char) => {
                self.at += 1;
                self.word();
            }
            _ => return false,
        }
        true
    }

    fn raw_string(&mut self, hashes: usize) {
        let end = format!("\"{}", "#".repeat(hashes));
        self.at += hashes + 1;
        while !self.starts_with(&end) && self.next().is_some() {}
        self.at += end.len();
    }

    fn skip_other(&mut self, char: char) {
        match char {
            '/' if self.starts_with("//") => {
                while self.peek(0).is_some_and(|char| char != '\n') {
                    self.at += 1;
                }
            }
            '/' if self.starts_with("/*") => self.block_comment(),
            '"' => self.quoted('"'),
            // Not a lifetime: those have no closing quote after one character.
            '\'' if self.peek(1) == Some('\\') || self.peek(2) == Some('\'') => self.quoted('\''),
            _ => {
                self.next();
            }
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.starts_with("*/") {
                depth -= 1;
                self.at += 2;
            } else if self.next().is_none() {
                return;
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// A string or character, whose first quote is next.
    fn quoted(&mut self, quote: char) {
        self.next();
        while let Some(char) = self.next() {
            if char == '\\' {
                self.next();
            } else if char == quote {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    fn joined(text: &str) -> String {
        words(text).into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_are_not_code() {
        assert_eq!(joined("a // b\nc /* d /* e */ f */ g /// h"), "a c g");
        assert_eq!(joined("a /* open"), "a");
    }

    #[test]
    fn literals_are_not_code() {
        assert_eq!(joined(r#"a "b \" c" d b"e" c"f" g"#), "a d b c g");
        assert_eq!(joined("a r\"b\\\" c r#\"d \" e\"# f br##\"g \"# h\"## i"), "a c f i");
        assert_eq!(joined("a r#\"never closed"), "a");
        assert_eq!(joined(r"'a' b '\'' c '\\' d b'e' '\u{41}' f"), "b c d b f");
    }

    #[test]
    fn lifetimes_are_no_literals() {
        assert_eq!(
            joined("fn f<'a>(x: &'a str, y: &'static u8) { unsafe {} }").split(' ').next_back(),
            Some("unsafe")
        );
        assert_eq!(joined("'a: loop { break 'a }; '\"'; b"), "a loop break a b");
    }

    #[test]
    fn raw_identifiers_are_other_words() {
        assert_eq!(joined("r#unsafe r b#c r + 1"), "r b c r 1");
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let text = "a /*\n\n*/ b \"\n\" c r#\"\n\n\"# d\n'\\n' e // x\nf";
        let lines: Vec<usize> = words(text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 3, 4, 6, 7, 8]);
    }
}
