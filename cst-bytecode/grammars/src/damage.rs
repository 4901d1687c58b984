//! Texts to parse: the written ones, and what is left of them after damage.

/// How many places a text is cut at.
const CUTS: usize = 12;

/// A text as it is, and damaged in ways that do not depend on its language.
pub(crate) fn texts(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    // Long enough that the parser balances what repeats.
    let long = text.repeat(30).into_bytes();
    let mut texts = vec![bytes.to_vec(), text.replace('\n', "\r\n").into_bytes(), long];
    for i in 1..CUTS {
        let at = bytes.len() * i / CUTS;
        let end = bytes.len() * (i + 1) / CUTS;
        texts.push(bytes[..at].to_vec());
        texts.push([&bytes[..at], &bytes[end..]].concat());
        if i % 4 == 0 {
            texts.push(bytes[at..].to_vec());
            texts.push([&bytes[..at], b"\xff", &bytes[at..]].concat());
        }
    }
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    texts.push(lines.join("\n").into_bytes());
    for bracket in ['(', '}', '"', ';', '>'] {
        texts.push(text.replace(bracket, "").into_bytes());
    }
    texts
}
