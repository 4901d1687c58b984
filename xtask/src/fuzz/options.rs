//! What `cargo xtask fuzz` may be told.

/// What `cargo xtask fuzz` was asked to do.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    /// Names of targets, alone or behind their crate's and a slash; none means all.
    pub(crate) targets: Vec<String>,
    /// How long each target runs.
    pub(crate) seconds: u64,
    /// Print the targets and run none.
    pub(crate) list: bool,
}

impl Options {
    /// All targets, each for so long.
    pub(crate) fn all(seconds: u64) -> Self {
        Self { targets: Vec::new(), seconds, list: false }
    }
}

/// The help of this command.
pub(crate) const HELP: &str = "\
Usage: cargo xtask fuzz [TARGET]... [--secs N] [--list]

Runs every fuzz target of the workspace, or those that are named, with the sanitizers. Needs the nightly toolchain
and cargo-fuzz. What it learns is kept under target/fuzz; an input that breaks a target is kept under the crate's
fuzz/crashes, where an ordinary test replays it.

Options:
  --secs N   how long each target runs [default: 60]
  --list     print the targets and run none
";

/// Reads the arguments that follow `cargo xtask fuzz`.
pub(crate) fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options::all(60);
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--list" => options.list = true,
            "--secs" => options.seconds = seconds(args.next().unwrap_or_default())?,
            _ => match arg.strip_prefix("--secs=") {
                Some(number) => options.seconds = seconds(number)?,
                None if arg.starts_with('-') => {
                    return Err(format!("`fuzz` does not know `{arg}` (see `cargo xtask fuzz --help`)"));
                }
                None => options.targets.push(arg.to_owned()),
            },
        }
    }
    Ok(options)
}

/// The fuzzer takes 0 for no end at all.
fn seconds(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`--secs` needs a number of seconds above 0, and `{text}` is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Options, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn everything_has_a_default() {
        assert_eq!(parse_line(""), Ok(Options::all(60)));
    }

    #[test]
    fn targets_and_seconds() {
        let options = parse_line("decode --secs 5 open --secs=7").unwrap();
        assert_eq!((options.targets.join(" ").as_str(), options.seconds), ("decode open", 7));
        assert!(parse_line("--list").unwrap().list);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, word) in
            [("--secs", "--secs"), ("--secs 0", "`0`"), ("--secs=x", "`x`"), ("--fast", "--fast")]
        {
            assert!(parse_line(line).unwrap_err().contains(word), "{line}");
        }
    }
}
