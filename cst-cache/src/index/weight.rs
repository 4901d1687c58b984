//! What a file takes while it is in work: its tree, what the parser keeps beside it, the bytecode and
//! its columns.

/// Per byte of source: trees of ordinary source take 13 to 50, and the rest half as much again.
const PER_BYTE: u64 = 64;

/// Per token, where tokens are dense: a lone `;` or `[` is a node of its own, and its parents' too.
const PER_TOKEN: u64 = 256;

/// The bytes of memory to reckon with for a file of so many bytes, before it is read.
pub(super) fn of_length(bytes: u64) -> u64 {
    bytes.saturating_mul(PER_BYTE)
}

/// The bytes of memory to reckon with for `source`.
pub(super) fn of_source(source: &[u8]) -> u64 {
    of_length(source.len() as u64).max(tokens(source).saturating_mul(PER_TOKEN))
}

/// About how many tokens any grammar finds: words, and single characters that are in none.
fn tokens(source: &[u8]) -> u64 {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'_') | !byte.is_ascii();
    let begins = |before: u8, byte: u8| !(byte.is_ascii_whitespace() | (is_word(before) & is_word(byte)));
    let first = source.first().is_some_and(|&byte| begins(b' ', byte));
    // Without branches, in two slices, and with sums of a byte, so that a compiler takes many bytes at a time.
    let chunks = source.chunks(255).zip(source.get(1..).unwrap_or_default().chunks(255));
    let begun = chunks.map(|(before, bytes)| {
        let pairs = before.iter().zip(bytes);
        u64::from(pairs.map(|(&before, &byte)| u8::from(begins(before, byte))).sum::<u8>())
    });
    u64::from(first) + begun.sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_word_or_a_character_in_none() {
        assert_eq!(tokens(b""), 0);
        assert_eq!(tokens(b"  fn main_2() {}\n"), 6);
        assert_eq!(tokens("d\u{e9}j\u{e0} vu".as_bytes()), 2);
        assert_eq!(tokens(b"[[[];"), 5);
        assert_eq!(tokens("ab; ".repeat(500).as_bytes()), 1000);
    }

    #[test]
    fn dense_text_weighs_more_than_ordinary_source() {
        let ordinary = b"let position = columns.position(offset).unwrap_or_default();";
        assert_eq!(of_source(ordinary), of_length(ordinary.len() as u64));
        assert_eq!(of_source(&[b'['; 1000]), 256_000);
    }
}
