//! Texts that a grammar's own scanner does not bear, whatever parses them.

/// Whether the scanner of this language bears the text. That of Ruby keeps the length of a heredoc's word in
/// one byte and asserts that it has read all of it, so a longer word ends the process.
pub(crate) fn bears(language: &str, text: &[u8]) -> bool {
    let word_length = |start: usize| {
        let word =
            text[start..].strip_prefix(b"~").or(text[start..].strip_prefix(b"-")).unwrap_or(&text[start..]);
        match word {
            [quote @ (b'"' | b'\'' | b'`'), rest @ ..] => {
                rest.iter().position(|byte| byte == quote).unwrap_or(rest.len())
            }
            _ => word
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || !byte.is_ascii())
                .count(),
        }
    };
    let mut openings = text.windows(2).enumerate().filter(|(_, pair)| *pair == b"<<");
    language != "ruby" || openings.all(|(i, _)| word_length(i + 2) < 250)
}
