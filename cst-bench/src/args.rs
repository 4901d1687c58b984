//! The arguments of `suite`.

use std::path::PathBuf;

use crate::error::Error;
use crate::suite::CONCERNS;

/// How to call `suite`, through the command that builds it.
#[must_use]
pub fn usage() -> String {
    let concerns = CONCERNS.iter().map(|concern| format!("  {:<9} {}\n", concern.name, concern.about));
    format!(
        "\
Measures this project on real source, beside the parse of the same run.

Usage: cargo xtask bench [OPTIONS]

  --corpus DIR      measure on the source in this folder; without it, on the small samples built in
  --mb N            take up to N MB of each language from the folder (4)
  --only CONCERN    measure this only; may be given more than once
  --peers           build the other ways to keep trees, and measure them too
  --json FILE       write all figures to this file
  --save NAME       keep the figures as target/bench/NAME.json, and the program beside them
  --baseline NAME   compare with what was kept; a regression is exit status 1
  --report          write docs/benchmarks.md, its plots, docs/benchmarks.json and the README's table
  --render          write them anew from docs/benchmarks.json, and measure nothing
  --bless           write the committed counters anew, and measure nothing
  --self-test       show that an unchanged build passes five times, and a slower decode does not
  --help            print this

Concerns:
{}
tree-sitter allocates with mimalloc, as in the command `cst`; with CST_BENCH_ALLOCATOR=system it
does with the system's allocator, as in a program that does not ask for another.

Exit status: 0 measured; 1 a regression, or a counter that differs from the committed one;
2 nothing to compare with, or nothing measured; 130 ended by Ctrl-C.
",
        concerns.collect::<String>()
    )
}

/// What `suite` is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Measure.
    Measure(Box<Options>),
    /// Write the report from the committed figures.
    Render,
    /// Write the committed counters.
    Bless,
    /// Print [`usage`].
    Help,
}

/// What to measure, and what to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A folder with source; the samples where it is absent.
    pub corpus: Option<PathBuf>,
    /// How many MB of each language to take from it.
    pub megabytes: Option<u64>,
    /// Names of concerns; all of them where it is empty.
    pub only: Vec<String>,
    /// Whether the peers are measured too.
    pub peers: bool,
    /// Where to write the figures.
    pub json: Option<PathBuf>,
    /// The name to keep them under.
    pub save: Option<String>,
    /// The name of what to compare them with.
    pub baseline: Option<String>,
    /// Whether to write the report.
    pub report: bool,
}

impl Task {
    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    ///
    /// Where there is one that is not known, or not complete, or does not go with another.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let mut options = Options::default();
        let mut args = args.into_iter();
        let mut task = None;
        while let Some(arg) = args.next() {
            let (flag, mut given) = match arg.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None => (arg, None),
            };
            let mut value = || {
                given
                    .take()
                    .or_else(|| args.next())
                    .ok_or_else(|| Error::new(format!("{flag} needs a value")))
            };
            match flag.as_str() {
                "--corpus" => options.corpus = Some(value()?.into()),
                "--mb" => {
                    let text = value()?;
                    options.megabytes = Some(text.parse().map_err(Error::during(format!("--mb {text}")))?);
                }
                "--only" => options.only.push(concern(value()?)?),
                "--json" => options.json = Some(value()?.into()),
                "--save" => options.save = Some(name(value()?)?),
                "--baseline" => options.baseline = Some(name(value()?)?),
                "--peers" => options.peers = true,
                "--report" => options.report = true,
                "--render" => task = Some(Self::Render),
                "--bless" => task = Some(Self::Bless),
                "--help" | "-h" => return Ok(Self::Help),
                _ => return Err(Error::new(format!("unknown option {flag} (see cargo xtask bench --help)"))),
            }
            if let Some(value) = given {
                return Err(Error::new(format!("{flag} takes no value, and {value} was given")));
            }
        }
        match task {
            Some(task) if options == Options::default() => Ok(task),
            Some(_) => Err(Error::new("--render and --bless go with no other option")),
            None if options.report && !options.only.is_empty() => {
                Err(Error::new("--report needs every concern: leave out --only"))
            }
            None => Ok(Self::Measure(Box::new(options))),
        }
    }
}

fn concern(name: String) -> Result<String, Error> {
    if CONCERNS.iter().any(|concern| concern.name == name) {
        return Ok(name);
    }
    let known: Vec<&str> = CONCERNS.iter().map(|concern| concern.name).collect();
    Err(Error::new(format!("no concern is named {name}; there are {}", known.join(", "))))
}

/// A file name without an extension, and not a path.
fn name(name: String) -> Result<String, Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain) {
        return Ok(name);
    }
    Err(Error::new(format!("{name:?} is no name for a baseline: letters, digits, - and _ only")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Task, Error> {
        Task::read(line.split_whitespace().map(str::to_owned))
    }

    fn refuse(line: &str) -> String {
        read(line).unwrap_err().to_string()
    }

    #[test]
    fn options_are_read_in_both_spellings() {
        let Task::Measure(options) =
            read("--corpus=a/b --mb 7 --json out.json --save x --only pass").unwrap()
        else {
            panic!("something else");
        };
        assert_eq!(options.corpus, Some("a/b".into()));
        assert_eq!((options.megabytes, options.json), (Some(7), Some("out.json".into())));
        assert_eq!((options.save.as_deref(), options.baseline), (Some("x"), None));
        assert_eq!(options.only, ["pass"]);
        assert_eq!(read("--bless").unwrap(), Task::Bless);
        assert_eq!(read("--json out -h").unwrap(), Task::Help);
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        assert!(refuse("--jso x").contains("--jso"));
        assert!(refuse("--json").contains("needs a value"));
        assert!(refuse("--report=yes").contains("takes no value"));
        assert!(refuse("--only everything").contains("bytecode"));
        assert!(refuse("--save ../x").contains("../x"));
        assert!(refuse("--mb many").contains("many"));
        assert!(refuse("--bless --report").contains("no other option"));
        assert!(refuse("--only pass --report").contains("every concern"));
    }
}
