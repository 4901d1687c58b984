//! The command line: what may be typed, and what it means.

use crate::corpus;
use crate::fuzz;
use crate::steps::{STEPS, Step, api, compat, grammars};

/// A command with everything it needs.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    /// Run all tests; `args` go to nextest as they are.
    Test { args: Vec<String> },
    /// Run the checks that guard every change.
    Ci(CiOptions),
    /// Put the whole system under load; `args` go to its program as they are.
    Stress { args: Vec<String> },
    /// Assemble source to measure on; `args` go to the command in `cst-bench` as they are.
    Corpus { args: Vec<String> },
    /// Compare the public interfaces with what is committed, or write them anew.
    Api { bless: bool },
    /// Run the bytecode's tests with these releases of tree-sitter, or all that are supported.
    Compat { releases: Vec<String> },
    /// Compare trees of these languages, or all.
    Grammars { languages: Vec<String> },
    /// Run fuzz targets.
    Fuzz(fuzz::Options),
    /// Check the rules that neither compiler nor clippy knows.
    Tidy,
    /// Measure; `args` go to the suite as they are.
    Bench { args: Vec<String> },
}

/// What `cargo xtask ci` was asked to do.
#[derive(Debug, Default)]
pub(crate) struct CiOptions {
    /// The steps to run, in this order; empty means all of them.
    pub(crate) steps: Vec<&'static Step>,
    /// Print the steps and run none.
    pub(crate) list: bool,
    /// A step whose tool is not installed is skipped instead of failing.
    pub(crate) allow_missing: bool,
}

impl PartialEq for CiOptions {
    fn eq(&self, other: &Self) -> bool {
        let names = |options: &Self| options.steps.iter().map(|step| step.name).collect::<Vec<_>>();
        names(self) == names(other) && self.list == other.list && self.allow_missing == other.allow_missing
    }
}

/// The outcome of reading a command line that makes sense.
#[derive(Debug, PartialEq)]
pub(crate) enum Parsed {
    Run(Command),
    /// Help was asked for; this is its text.
    Help(String),
    /// No command was given.
    Nothing,
}

const HELP: &str = "\
Usage: cargo xtask <command>

Commands:
  test [NEXTEST ARGS]...   run all tests and doctests
  ci [OPTIONS]             run the checks that guard every change
  stress [OPTIONS]         put the whole system under load, with kills and faults; --help tells the options
  corpus [LANGUAGE]...     assemble real source to measure on, from the package registries
  api [--bless]            compare the public interfaces with what is committed
  compat [RELEASE]...      test the bytecode with every release of tree-sitter that it supports
  grammars [LANGUAGE]...   compare trees of more than fifty grammars, field by field
  fuzz [TARGET]...         look for inputs that break something
  bench [OPTIONS]          measure, compare with earlier figures, write the report
  tidy                     check file heads, lengths, markers, the unsafe register, standing documents
  help                     print this

`cargo xtask <command> --help` tells more about a command.
";

const TEST_HELP: &str = "\
Usage: cargo xtask test [NEXTEST ARGS]...

Runs the tests of the whole workspace with all features: with cargo-nextest where it is
installed, else with `cargo test`. Doctests follow, which nextest does not run.

Arguments are passed on as they are, for example:
  cargo xtask test -p cst-tiers           one crate (its doctests only)
  cargo xtask test --no-fail-fast         go on after the first failure
";

const TIDY_HELP: &str = "\
Usage: cargo xtask tidy

Checks the rules of this repository that neither compiler nor clippy knows. It reads the
tree as it lies on disk, without `target` and dot-folders, and takes no options.
";

/// The help of the whole program.
pub(crate) fn help() -> &'static str {
    HELP
}

/// Reads the arguments that follow `cargo xtask`.
pub(crate) fn parse(args: &[String]) -> Result<Parsed, String> {
    let Some((name, rest)) = args.split_first() else { return Ok(Parsed::Nothing) };
    match name.as_str() {
        "-h" | "--help" | "help" => Ok(Parsed::Help(HELP.to_owned())),
        "test" if wants_help(rest) => Ok(Parsed::Help(TEST_HELP.to_owned())),
        "test" => Ok(Parsed::Run(Command::Test { args: rest.to_vec() })),
        "ci" if wants_help(rest) => Ok(Parsed::Help(ci_help())),
        "ci" => ci_options(rest).map(|options| Parsed::Run(Command::Ci(options))),
        "stress" => Ok(Parsed::Run(Command::Stress { args: rest.to_vec() })),
        "corpus" if wants_help(rest) => Ok(Parsed::Help(corpus::HELP.to_owned())),
        "corpus" => Ok(Parsed::Run(Command::Corpus { args: rest.to_vec() })),
        "api" if wants_help(rest) => Ok(Parsed::Help(api::HELP.to_owned())),
        "api" => match rest.iter().find(|arg| *arg != "--bless") {
            None => Ok(Parsed::Run(Command::Api { bless: !rest.is_empty() })),
            Some(arg) => Err(unknown("api", arg)),
        },
        "compat" if wants_help(rest) => Ok(Parsed::Help(compat::HELP.to_owned())),
        "compat" => Ok(Parsed::Run(Command::Compat { releases: rest.to_vec() })),
        "grammars" if wants_help(rest) => Ok(Parsed::Help(grammars::HELP.to_owned())),
        "grammars" => Ok(Parsed::Run(Command::Grammars { languages: rest.to_vec() })),
        "fuzz" if wants_help(rest) => Ok(Parsed::Help(fuzz::HELP.to_owned())),
        "fuzz" => fuzz::parse(rest).map(|options| Parsed::Run(Command::Fuzz(options))),
        // The suite knows its own options, and prints them.
        "bench" => Ok(Parsed::Run(Command::Bench { args: rest.to_vec() })),
        "tidy" if wants_help(rest) => Ok(Parsed::Help(TIDY_HELP.to_owned())),
        "tidy" => match rest.first() {
            None => Ok(Parsed::Run(Command::Tidy)),
            Some(arg) => Err(unknown("tidy", arg)),
        },
        other if other.starts_with('-') => {
            Err(format!("unknown option `{other}`: a command comes first (see `cargo xtask --help`)"))
        }
        other => Err(format!("unknown command `{other}` (see `cargo xtask --help`)")),
    }
}

/// Whether help is asked for before any `--`.
fn wants_help(args: &[String]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "-h" || arg == "--help")
}

fn unknown(command: &str, arg: &str) -> String {
    format!("`{command}` does not know `{arg}` (see `cargo xtask {command} --help`)")
}

fn ci_options(args: &[String]) -> Result<CiOptions, String> {
    let mut options = CiOptions::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => options.list = true,
            "--allow-missing" => options.allow_missing = true,
            "--step" => {
                let name = args.next().ok_or_else(|| format!("`--step` needs a name: {}", step_names()))?;
                options.steps.push(step(name)?);
            }
            other => match other.strip_prefix("--step=") {
                Some(name) => options.steps.push(step(name)?),
                None => return Err(unknown("ci", other)),
            },
        }
    }
    Ok(options)
}

fn step(name: &str) -> Result<&'static Step, String> {
    STEPS
        .iter()
        .find(|step| step.name == name)
        .ok_or_else(|| format!("no step is named `{name}`; the steps are {}", step_names()))
}

fn step_names() -> String {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ")
}

/// The steps, one per line.
pub(crate) fn step_list() -> String {
    STEPS.iter().fold(String::new(), |list, step| list + &format!("  {:<16} {}\n", step.name, step.checks))
}

fn ci_help() -> String {
    format!(
        "\
Usage: cargo xtask ci [--step NAME]... [--list] [--allow-missing]

Runs every step, or only those that are named, and goes on after a failure.

Options:
  --step NAME       run this step; may be given more than once
  --list            print the steps and run none
  --allow-missing   skip a step whose tool is not installed, instead of failing

Steps:
{}",
        step_list()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Parsed, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn ci(line: &str) -> CiOptions {
        match parse_line(line) {
            Ok(Parsed::Run(Command::Ci(options))) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_and_help_are_told_apart() {
        assert_eq!(parse_line(""), Ok(Parsed::Nothing));
        for line in [
            "help",
            "--help",
            "-h",
            "test --help",
            "ci --step fmt -h",
            "corpus c -h",
            "tidy -h",
            "compat 0.26 -h",
        ] {
            assert!(matches!(parse_line(line), Ok(Parsed::Help(_))), "{line}");
        }
    }

    #[test]
    fn test_arguments_are_passed_on_untouched() {
        let args = ["-p", "xtask", "--", "--help"].map(str::to_owned).to_vec();
        assert_eq!(parse_line("test -p xtask -- --help"), Ok(Parsed::Run(Command::Test { args })));
        let args = ["c", "--offline"].map(str::to_owned).to_vec();
        assert_eq!(parse_line("corpus c --offline"), Ok(Parsed::Run(Command::Corpus { args })));
    }

    #[test]
    fn stress_reads_its_arguments_itself() {
        let args = ["--secs", "9", "--help"].map(str::to_owned).to_vec();
        assert_eq!(parse_line("stress --secs 9 --help"), Ok(Parsed::Run(Command::Stress { args })));
    }

    #[test]
    fn options_of_bench_are_the_suites_own() {
        let args = ["--json", "out.json", "--help"].map(str::to_owned).to_vec();
        assert_eq!(parse_line("bench --json out.json --help"), Ok(Parsed::Run(Command::Bench { args })));
    }

    #[test]
    fn steps_keep_the_order_in_which_they_are_named() {
        let options = ci("ci --step tidy --allow-missing --step=fmt");
        assert_eq!(options.steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["tidy", "fmt"]);
        assert!(options.allow_missing && !options.list);
        assert!(ci("ci").steps.is_empty());
    }

    #[test]
    fn what_is_unknown_is_named_in_the_refusal() {
        for (line, word) in [
            ("frobnicate", "frobnicate"),
            ("--verbose", "--verbose"),
            ("ci --fast", "--fast"),
            ("ci --step", "needs a name"),
            ("ci --step nope", "nope"),
            ("tidy now", "now"),
            ("api --blest", "--blest"),
            ("fuzz --secs none", "none"),
        ] {
            let message = parse_line(line).unwrap_err();
            assert!(message.contains(word), "{line}: {message}");
        }
    }
}
