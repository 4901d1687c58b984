//! The arguments of `figures`.

use crate::error::Error;

/// How to call `figures`.
pub const USAGE: &str = "\
Measures parse, encode and decode on real source, in one run.

Usage: cargo run --release -p cst-bench --bin figures -- [--json | --bless]

  --json   prints an array of figures for programs in place of the tables
  --bless  writes the committed sizes of the samples anew, and measures nothing
  --help   prints this

CST_BENCH_CORPUS  a folder with source to measure on; without it, the samples built in
CST_BENCH_MB      how much of each language to take from it, in MB (4)
";

/// What `figures` is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Measure, and print tables.
    Tables,
    /// Measure, and print an array of figures.
    Json,
    /// Write the committed sizes.
    Bless,
    /// Print [`USAGE`].
    Help,
}

impl Task {
    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    ///
    /// Where there is one that is not known, or more than one.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let args: Vec<String> = args.into_iter().collect();
        match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => Ok(Self::Tables),
            ["--json"] => Ok(Self::Json),
            ["--bless"] => Ok(Self::Bless),
            ["--help" | "-h"] => Ok(Self::Help),
            _ => Err(Error::new(format!("cannot read {:?}\n\n{USAGE}", args.join(" ")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_argument_at_most() {
        let read = |line: &str| Task::read(line.split_whitespace().map(str::to_owned)).ok();
        assert_eq!(read(""), Some(Task::Tables));
        assert_eq!(read("--json"), Some(Task::Json));
        assert_eq!(read("--json --bless"), None);
        assert_eq!(read("--jso"), None);
    }
}
