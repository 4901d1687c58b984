//! The hash of a package: of the files in it, not of the archive, which may be packed anew.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// BLAKE3 over, for each file in the order of paths: the path, a NUL, and the BLAKE3 of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContentHash(blake3::Hash);

/// What is being hashed; files may come in any order.
#[derive(Clone, Debug, Default)]
pub struct Hasher(Vec<(String, blake3::Hash)>);

impl Hasher {
    /// Adds a file.
    pub fn add(&mut self, path: &str, content: &[u8]) {
        self.0.push((path.to_owned(), blake3::hash(content)));
    }

    /// The hash of all that was added.
    #[must_use]
    pub fn finish(mut self) -> ContentHash {
        self.0.sort_by(|left, right| (&left.0, left.1.as_bytes()).cmp(&(&right.0, right.1.as_bytes())));
        let mut hasher = blake3::Hasher::new();
        for (path, content) in &self.0 {
            hasher.update(path.as_bytes()).update(&[0]).update(content.as_bytes());
        }
        ContentHash(hasher.finalize())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}

impl FromStr for ContentHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hash = blake3::Hash::from_hex(text);
        hash.map(Self).map_err(|_| format!("{text:?} is no hash of 64 hexadecimal digits"))
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(files: &[(&str, &str)]) -> ContentHash {
        let mut hasher = Hasher::default();
        files.iter().for_each(|(path, content)| hasher.add(path, content.as_bytes()));
        hasher.finish()
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        assert_eq!(hash(&[("a", "1"), ("b", "2")]), hash(&[("b", "2"), ("a", "1")]));
    }

    #[test]
    fn paths_contents_and_their_borders_matter() {
        let one = hash(&[("a", "1"), ("b", "2")]);
        for other in [
            &[("a", "2"), ("b", "1")][..],
            &[("a", "1")],
            &[("a", "1b"), ("", "2")],
            &[("c", "1"), ("b", "2")],
        ] {
            assert_ne!(one, hash(other), "{other:?}");
        }
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let one = hash(&[("a", "1")]);
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!("12".parse::<ContentHash>().is_err());
    }

    #[test]
    fn it_is_the_hash_that_the_pins_were_written_with() {
        // Another rule would void every pin.
        let mut by_hand = b"a\0".to_vec();
        by_hand.extend(blake3::hash(b"1").as_bytes());
        assert_eq!(hash(&[("a", "1")]).to_string(), blake3::hash(&by_hand).to_hex().as_str());
    }
}
