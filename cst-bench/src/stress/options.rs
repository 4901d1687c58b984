//! The arguments of `stress`.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use super::protocol::Plant;
use crate::error::Error;

/// How to call `stress`.
pub const USAGE: &str = "\
Puts the whole system under load: many processes and threads on one store, killed, cut short of memory,
on failing disks and on damaged copies. Ends with a verdict: no wrong tree, no lost commit, no crash.

Usage: cargo xtask stress [--secs N] [--seed S] [--out DIR] [--json]

  --secs N   for how long, in seconds (60); 86400 is a day
  --seed S   the number that all texts, operations, faults and moments follow from (the time of day)
  --out DIR  where to write series.csv, plot.svg and verdict.json (target/stress)
  --json     prints the verdict as a JSON object; the progress then goes to stderr
  --help     prints this

Ends with 0 if all promises were kept, 1 if one was broken (the folder with the store is then kept),
2 if it could not be run, 130 if it was interrupted and all was well so far.
";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// For how long.
    pub duration: Duration,
    /// What everything follows from.
    pub seed: u64,
    /// Where the results go.
    pub out: PathBuf,
    /// Whether a program reads the verdict.
    pub json: bool,
    /// What to do wrong, so that a test sees it found.
    pub(crate) plant: Option<Plant>,
}

impl Options {
    /// Reads the arguments, without the program's name; nothing where help is asked for.
    ///
    /// # Errors
    ///
    /// The argument that is not known, or has no value that makes sense.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Option<Self>, Error> {
        let mut options = Self {
            duration: Duration::from_secs(60),
            seed: UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs() % 1_000_000),
            out: PathBuf::from("target/stress"),
            json: false,
            plant: None,
        };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (name, mut given) = match arg.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (arg, None),
            };
            let mut value = || {
                let value = given.take().or_else(|| args.next());
                value.ok_or_else(|| Error::new(format!("{name} needs a value\n\n{USAGE}")))
            };
            match name.as_str() {
                "--secs" => options.duration = Duration::from_secs(number(&name, &value()?)?.max(1)),
                "--seed" => options.seed = number(&name, &value()?)?,
                "--out" => options.out = PathBuf::from(value()?),
                "--json" => options.json = true,
                "--help" | "-h" => return Ok(None),
                "--plant" => options.plant = Some(plant(&value()?)?),
                _ => return Err(Error::new(format!("cannot read `{name}`\n\n{USAGE}"))),
            }
            if given.is_some() {
                return Err(Error::new(format!("{name} takes no value\n\n{USAGE}")));
            }
        }
        Ok(Some(options))
    }
}

fn number(name: &str, value: &str) -> Result<u64, Error> {
    value.parse().map_err(Error::during(format!("{name} {value}")))
}

/// Not in the usage: it is for the tests of this program.
fn plant(name: &str) -> Result<Plant, Error> {
    let plants = [
        ("wrong-tree", Plant::WrongTree),
        ("lost-commit", Plant::LostCommit),
        ("lost-removal", Plant::LostRemoval),
        ("abort", Plant::Abort),
    ];
    let known = plants.iter().find(|(known, _)| *known == name);
    known.map(|&(_, plant)| plant).ok_or_else(|| Error::new(format!("there is no fault `{name}` to plant")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Options>, String> {
        Options::read(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read() {
        let options = read("--secs 86400 --seed=7 --out a/b --json").unwrap().unwrap();
        assert_eq!((options.duration.as_secs(), options.seed, options.json), (86_400, 7, true));
        assert_eq!(options.out, PathBuf::from("a/b"));
        let default = read("").unwrap().unwrap();
        assert_eq!((default.duration.as_secs(), default.plant), (60, None));
        assert_eq!(read("--help --secs x"), Ok(None));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (line, word) in [
            ("--secs", "--secs needs a value"),
            ("--secs soon", "soon"),
            ("--fast", "--fast"),
            ("--json=1", "--json takes no value"),
            ("--plant tree", "`tree`"),
        ] {
            let message = read(line).unwrap_err();
            assert!(message.contains(word), "{line}: {message}");
        }
    }
}
