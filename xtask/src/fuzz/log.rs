//! What a fuzzer prints, thinned out: it has a line for each input that is new to it.

use std::io::{BufRead as _, BufReader, Read};
use std::time::{Duration, Instant};

/// How often a line about progress is let through.
const EVERY: Duration = Duration::from_secs(10);

/// Prints the output as it comes, up to its end.
pub(super) fn show(output: impl Read) {
    let mut shown = Instant::now();
    let lines = BufReader::new(output).split(b'\n').map_while(Result::ok);
    let mut is_dictionary = false;
    for line in lines {
        let line = String::from_utf8_lossy(&line);
        match kind(&line) {
            Kind::Progress if shown.elapsed() < EVERY => {}
            Kind::Progress => {
                shown = Instant::now();
                println!("  {line}");
            }
            Kind::Dictionary => is_dictionary = !is_dictionary,
            Kind::Detail => {}
            Kind::Other if is_dictionary => {}
            Kind::Other => println!("  {line}"),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Kind {
    /// How far it is.
    Progress,
    /// What it is made of, and which functions an input was the first to reach.
    Detail,
    /// Begins or ends a list of byte strings that helped.
    Dictionary,
    /// The report of a failure, the figures at the end.
    Other,
}

fn kind(line: &str) -> Kind {
    if line.starts_with("######") {
        Kind::Dictionary
    } else if line.starts_with("INFO:") || line.trim_start().starts_with("NEW_FUNC[") {
        Kind::Detail
    } else if line
        .strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    {
        Kind::Progress
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        for (line, expected) in [
            ("#35227\tDONE   cov: 1576 ft: 18273 corp: 226/173Kb exec/s: 13 rss: 386Mb", Kind::Progress),
            ("INFO: Seed: 1", Kind::Detail),
            ("\tNEW_FUNC[1/1]: 0x55a06d026290 in xxh3 src/xxh3.rs:735", Kind::Detail),
            ("###### Recommended dictionary. ######", Kind::Dictionary),
            ("    #0 0x5645c5e37b21 in main", Kind::Other),
            ("==1== ERROR: AddressSanitizer: heap-buffer-overflow", Kind::Other),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }
}
