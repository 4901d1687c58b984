//! What a run came to, as a file: of `--json`, of a baseline, and the committed one.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::figure::Figure;
use crate::machine::{self, Machine};
use crate::whole;

/// The version of the file's format. Another one is not read.
pub const FORMAT: u32 = 1;

/// The figures of a run, and where they were measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`FORMAT`].
    pub format: u32,
    /// Where.
    pub machine: Machine,
    /// Of what, for people.
    pub build: String,
    /// All of them, in the order in which they are printed.
    pub figures: Vec<Figure>,
}

impl Results {
    /// Figures that were measured here and now.
    #[must_use]
    pub fn new(figures: Vec<Figure>) -> Self {
        Self { format: FORMAT, machine: Machine::here(), build: machine::build(), figures }
    }

    /// Reads a file that [`Results::write`] wrote.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is of another format version, or no such file at all.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(Error::during(format!("reading {name}")))?;
        Self::parse(&text).map_err(Error::during(name))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    ///
    /// As [`Results::read`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        // The version first: the rest of another one may look like anything.
        let Version { format } = serde_json::from_str(text).map_err(Error::during("no file of figures"))?;
        if format != FORMAT {
            return Err(Error::new(format!(
                "figures of format version {format}, and this build knows version {FORMAT}: measure them anew"
            )));
        }
        serde_json::from_str(text).map_err(Error::during("no file of figures"))
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    ///
    /// Where the operating system refuses.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).map_err(Error::during("writing JSON"))?;
        whole::write(path, &(text + "\n"))
    }

    /// The value of the figure of this name, on whatever corpus.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bar;

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let figure = Figure::new("a.b", "sample", 1.5, "s", "cargo").bar(Bar::AtMost(1.0)).aim(0.5);
        let results = Results::new(vec![figure]);
        results.write(&path).unwrap();
        let read = Results::read(&path).unwrap();
        assert_eq!(read, results);
        assert_eq!(read.figures[0].holds, Some(false));
        assert_eq!(read.value("a.b"), Some(1.5));
    }

    #[test]
    fn other_files_are_refused_with_words() {
        let refuse = |text: &str| Results::parse(text).unwrap_err().to_string();
        assert!(refuse("[]").contains("no file of figures"));
        assert!(refuse("{\"format\": 7, \"else\": 1}").contains("format version 7"));
        assert!(refuse("{\"format\": 1}").contains("machine"));
    }
}
