//! The arguments of `corpus`.

use std::path::{self, Path, PathBuf};

use super::pins::Pins;
use crate::error::Error;

/// How to call `corpus`; the same text that `cargo xtask corpus --help` prints.
pub const USAGE: &str = include_str!("../../../corpus/usage.txt");

/// What `corpus` is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The languages to assemble, by the names of their grammars; all that are pinned where it is empty.
    pub languages: Vec<String>,
    /// Say whether everything is there, and change nothing.
    pub check: bool,
    /// Download nothing.
    pub offline: bool,
    /// Print an object for programs.
    pub json: bool,
    /// Write the hashes of what is there into the pins.
    pub bless: bool,
    /// The file with the pins.
    pub pins: PathBuf,
    /// Where to assemble.
    pub into: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        let into = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("corpus");
        Self {
            languages: Vec::new(),
            check: false,
            offline: false,
            json: false,
            bless: false,
            pins: Pins::path(),
            into,
        }
    }
}

impl Options {
    /// Reads the arguments, without the program's name; none where help is asked for.
    ///
    /// # Errors
    ///
    /// Where there is one that is not known, or two that exclude each other.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Option<Self>, Error> {
        let mut options = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--help" | "-h" => return Ok(None),
                "--check" => options.check = true,
                "--offline" => options.offline = true,
                "--json" => options.json = true,
                "--bless" => options.bless = true,
                "--pins" => options.pins = value(&arg, args.next())?,
                "--into" => options.into = value(&arg, args.next())?,
                option if option.starts_with('-') => {
                    return Err(Error::new(format!("cannot read {option:?}\n\n{USAGE}")));
                }
                language => options.languages.push(language.to_owned()),
            }
        }
        if options.check && options.bless {
            return Err(Error::new("--check changes nothing, so it does not go with --bless"));
        }
        Ok(Some(options))
    }
}

/// An absolute path, because clients are started in folders of their own.
fn value(option: &str, value: Option<String>) -> Result<PathBuf, Error> {
    let value = value.ok_or_else(|| Error::new(format!("{option} needs a path")))?;
    path::absolute(&value).map_err(Error::during(format!("{option} {value:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Options>, Error> {
        Options::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn languages_and_options_may_be_mixed() {
        let options = read("rust --offline c --into x").unwrap().unwrap();
        assert_eq!(options.languages, ["rust", "c"]);
        assert!(options.offline && !options.check && !options.json && !options.bless);
        assert!(options.into.is_absolute() && options.into.ends_with("x"));
        assert!(Options::default().into.ends_with("target/corpus"));
        assert_eq!(read("rust -h").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for (line, word) in [("--fast", "--fast"), ("--into", "needs a path"), ("--check --bless", "--bless")]
        {
            let message = read(line).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
