//! The pins: which package of which registry gives source of which language, and its hash.
//!
//! A text file, a line per package, in columns between spaces: languages separated by commas, registry,
//! name, exact version, and the [`ContentHash`] of all files in the package or `-` where none is known yet.
//! Empty lines and lines that begin with `#` say nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::hash::ContentHash;
use super::registry::Registry;
use crate::error::Error;

/// A package in one exact version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The languages of which it gives source, by the names of their grammars.
    pub languages: Vec<String>,
    /// Where it is from.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The hash of its files, before any filter; none where it was never blessed.
    pub hash: Option<ContentHash>,
}

impl Pin {
    /// Name and version as one name of a file or folder.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-{}", self.name, self.version).replace(['/', ':'], "+")
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.registry, self.name, self.version)
    }
}

/// The pins of a file, with the text they were read from.
#[derive(Clone, Debug)]
pub struct Pins {
    text: String,
    pins: Vec<Pin>,
}

impl Pins {
    /// The file that is committed.
    #[must_use]
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join("pins.txt")
    }

    /// Reads pins. `is_language` says which languages there are.
    ///
    /// # Errors
    ///
    /// Where a line is not as it should be, or a package is pinned twice.
    pub fn parse(text: &str, is_language: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let mut pins = Vec::new();
        let mut seen = BTreeSet::new();
        for (number, line) in text.lines().enumerate() {
            if is_silent(line) {
                continue;
            }
            let fail = |message: String| Error::new(format!("line {}: {message}", number + 1));
            let pin = pin(line, &is_language).map_err(fail)?;
            if !seen.insert((pin.registry, pin.id())) {
                return Err(fail(format!("{pin} is there twice")));
            }
            pins.push(pin);
        }
        Ok(Self { text: text.to_owned(), pins })
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Pin] {
        &self.pins
    }

    /// The languages that any of them is for, by name.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        let languages = self.pins.iter().flat_map(|pin| pin.languages.iter().cloned());
        languages.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The text again, with the hashes that `found` knows in place of those that were there.
    #[must_use]
    pub fn blessed(&self, found: impl Fn(&Pin) -> Option<ContentHash>) -> String {
        let mut pins = self.pins.iter();
        let mut text = String::new();
        for line in self.text.lines() {
            let hash = if is_silent(line) { None } else { pins.next().and_then(&found) };
            match hash {
                Some(hash) => {
                    let line = line.trim_end();
                    let rest = line.rfind(char::is_whitespace).map_or("", |at| &line[..=at]);
                    text += &format!("{rest}{hash}");
                }
                None => text += line,
            }
            text.push('\n');
        }
        text
    }
}

fn is_silent(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

fn pin(line: &str, is_language: impl Fn(&str) -> bool) -> Result<Pin, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [languages, registry, name, version, hash] = words[..] else {
        return Err(format!("{} words; languages, registry, name, version and hash are needed", words.len()));
    };
    let languages: Vec<String> = languages.split(',').map(str::to_owned).collect();
    if let Some(unknown) = languages.iter().find(|language| !is_language(language)) {
        return Err(format!("no grammar is named {unknown:?}"));
    }
    // They become words of commands and names of folders.
    for (what, word, further) in [("name", name, "@/._+-"), ("version", version, "._+-~:")] {
        let is_plain = word.chars().all(|char| char.is_ascii_alphanumeric() || further.contains(char));
        if !is_plain || word.starts_with(['-', '.', '/']) || word.contains("..") {
            return Err(format!("{word:?} is no {what} of a package"));
        }
    }
    let hash = if hash == "-" { None } else { Some(hash.parse()?) };
    Ok(Pin {
        languages,
        registry: registry.parse()?,
        name: name.to_owned(),
        version: version.to_owned(),
        hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::assemble::hash::Hasher;

    fn parse(text: &str) -> Result<Pins, Error> {
        Pins::parse(text, |name| ["rust", "c", "tsx"].contains(&name))
    }

    #[test]
    fn lines_are_read_in_order_and_comments_are_not() {
        let pins = parse("# a\n\nrust,c   cargo  ring 0.17.8 -\ntsx npm @a/b 1.0.0-rc.1 -\n").unwrap();
        let shown: Vec<String> = pins.all().iter().map(Pin::to_string).collect();
        assert_eq!(shown, ["cargo ring 0.17.8", "npm @a/b 1.0.0-rc.1"]);
        assert_eq!(pins.all()[1].id(), "@a+b-1.0.0-rc.1");
        assert_eq!(pins.languages(), ["c", "rust", "tsx"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, word) in [
            ("rust cargo ring 1", "4 words"),
            ("cobol cargo ring 1 -", "cobol"),
            ("rust gems ring 1 -", "gems"),
            ("rust cargo --config=x 1 -", "--config=x"),
            ("rust cargo ../x 1 -", "../x"),
            ("rust cargo ring 1;x -", "1;x"),
            ("rust cargo ring 1 abc", "abc"),
            ("rust cargo ring 1 -\nc cargo ring 1 -", "twice"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(word) && message.starts_with("line "), "{message}");
        }
    }

    #[test]
    fn blessing_changes_hashes_and_nothing_else() {
        let hash = Hasher::default().finish();
        let text = "# why\nrust  cargo  a  1  -\n\nc     cargo  b  2  -\n";
        let pins = parse(text).unwrap();
        let blessed = pins.blessed(|pin| (pin.name == "b").then_some(hash));
        assert_eq!(blessed, format!("# why\nrust  cargo  a  1  -\n\nc     cargo  b  2  {hash}\n"));
        assert_eq!(parse(&blessed).unwrap().all()[1].hash, Some(hash));
        assert_eq!(parse(&blessed).unwrap().blessed(|_| None), blessed);
    }
}
