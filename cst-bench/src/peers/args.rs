//! The arguments of `peers`.

use std::str::FromStr;

use super::options::{Options, Role};
use crate::error::Error;

/// How to call `peers`.
pub const USAGE: &str = "\
Measures this project beside what users do instead, in one run.

Usage: cargo run --release -p cst-bench --features peers --bin peers -- [OPTIONS]

  --only ROLE    one of store, trees, dump, memory; may be given several times (all)
  --rounds N     how often everything is measured, the peers taking turns (5)
  --seed N       what access patterns and records are made from (1)
  --inserts N    how many records of 10 kB a bulk insert has (10000; 100000 takes 1 GB on disk)
  --folder DIR   where temporary files go: stores are measured on its disk (the system's, see TMPDIR)
  --json         prints an array of figures for programs in place of the tables
  --help         prints this

CST_BENCH_CORPUS  a folder with source to measure on; without it, the samples built in
CST_BENCH_MB      how much of each language to take from it, in MB (4)
";

/// What `peers` is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Measure, and print tables.
    Tables,
    /// Measure, and print an array of figures.
    Json,
    /// Print [`USAGE`].
    Help,
}

impl Task {
    /// Reads the arguments, without the program's name, into `options`.
    ///
    /// # Errors
    ///
    /// Where there is one that is not known, or a value that cannot be read.
    pub fn read(args: impl IntoIterator<Item = String>, options: &mut Options) -> Result<Self, Error> {
        let mut args = args.into_iter();
        let mut task = Self::Tables;
        let mut only = Vec::new();
        while let Some(argument) = args.next() {
            match argument.as_str() {
                "--json" => task = Self::Json,
                "--help" | "-h" => return Ok(Self::Help),
                "--only" => {
                    let name: String = value(&argument, args.next())?;
                    let role = Role::of_name(&name);
                    only.push(role.ok_or_else(|| unreadable(&format!("--only {name}")))?);
                }
                "--rounds" => options.rounds = at_least_one(&argument, args.next())?,
                "--inserts" => options.inserts = at_least_one(&argument, args.next())?,
                "--seed" => options.seed = value(&argument, args.next())?,
                "--folder" => options.folder = value(&argument, args.next())?,
                _ => return Err(unreadable(&argument)),
            }
        }
        if !only.is_empty() {
            options.roles = Role::ALL.into_iter().filter(|role| only.contains(role)).collect();
        }
        Ok(task)
    }
}

fn unreadable(what: &str) -> Error {
    Error::new(format!("cannot read {what:?}\n\n{USAGE}"))
}

fn value<T: FromStr>(name: &str, text: Option<String>) -> Result<T, Error> {
    let text = text.ok_or_else(|| unreadable(name))?;
    text.parse().map_err(|_| unreadable(&format!("{name} {text}")))
}

fn at_least_one(name: &str, text: Option<String>) -> Result<usize, Error> {
    match value(name, text)? {
        0 => Err(unreadable(&format!("{name} 0"))),
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(Task, Options), Error> {
        let mut options = Options::with_program("peers".into());
        let task = Task::read(line.split_whitespace().map(str::to_owned), &mut options)?;
        Ok((task, options))
    }

    #[test]
    fn roles_come_in_the_order_in_which_they_are_measured() {
        let (task, options) = read("--only memory --json --only store --rounds 3 --seed 9").unwrap();
        assert_eq!((task, options.roles), (Task::Json, vec![Role::Store, Role::Memory]));
        assert_eq!((options.rounds, options.seed), (3, 9));
        assert_eq!(read("").unwrap().1.roles, Role::ALL);
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_it() {
        for line in ["--jso", "--only stores", "--rounds 0", "--rounds", "--inserts x"] {
            let error = read(line).unwrap_err().to_string();
            let word = line.split_whitespace().next_back().unwrap();
            assert!(error.contains(word) && error.contains("Usage"), "{error}");
        }
    }
}
