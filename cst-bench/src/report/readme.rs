//! The README's table, between two markers.

use std::fmt::Write as _;

use super::{languages, need, origin};
use crate::corpus::SAMPLE;
use crate::error::Error;
use crate::results::Results;
use crate::suite::ALL;

const BEGIN: &str = "<!-- figures:begin -->";
const END: &str = "<!-- figures:end -->";

/// The README with the table of these figures in place of the one that it has.
pub(super) fn with_table(readme: &str, results: &Results) -> Result<String, Error> {
    let lacks = |marker: &str| Error::new(format!("the README has no line {marker}"));
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(|| lacks(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| lacks(END))?;
    Ok(format!("{before}{BEGIN}\n{}{END}{after}", table(results)?))
}

fn table(results: &Results) -> Result<String, Error> {
    let (corpus, command) = origin(results);
    let on = if corpus == SAMPLE { "the small samples built in".to_owned() } else { format!("`{corpus}`") };
    let mut text = format!(
        "Measured on {on}, by `{command}` ({}): trust the ratios, not the seconds.\n\n\
         | language | files | lines | encode / parse | decode against parse | from the store | live tree / source | record / source | lines per MB of records |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        results.machine
    );
    for language in languages(results) {
        let value = |name: &str| need(results, &name.replace('*', language));
        let name = if language == ALL { "**all**" } else { language };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {:.0} % | {:.1} x faster | {:.1} x faster | {:.1} | {:.2} | {} |",
            grouped(value("cst-bench.corpus.*.files")?),
            grouped(value("cst-bench.corpus.*.lines")?),
            100.0 * value("cst-bytecode.encode.*.of_parse.best")?,
            value("cst-bytecode.decode.*.times_parse.best")?,
            value("cst-cache.restore.*.times_parse.best")?,
            value("tree-sitter.live.*.size")?,
            value("cst-cache.record.*.size")?,
            grouped(value("cst-cache.record.*.density")?),
        );
    }
    let value = |name: &str| need(results, name);
    let _ = writeln!(
        text,
        "\n| whole corpus | |\n|---|---|\n\
         | indexing on {:.0} threads (parse, encode, compress, commit) | {:.0} % of the throughput of bare parsing; {:.0} % with records of plain bytecode |\n\
         | indexing it again | nothing parsed, {:.0} times as fast |\n\
         | trees that differ from a fresh parse in any field | {:.0} of {}, {} subtrees compared |",
        value("cst-cache.index.threads")?,
        100.0 * value("cst-cache.index.of_bare_parse")?,
        100.0 * value("cst-cache.index.plain.of_bare_parse")?,
        value("cst-cache.index.again.times_first")?,
        value("cst-cache.verify.differences")?,
        grouped(value("cst-cache.verify.trees")?),
        grouped(value("cst-cache.verify.subtrees")?),
    );
    let cold = ["in_place", "in_place.plain", "in_place.trusted"]
        .map(|way| results.value(&format!("cst-cache.pass.all.{way}.cold")));
    let _ = writeln!(
        text,
        "| visiting every node of every stored tree | {:.0} % of the time with the parser{} |\n\
         | the same in place: compact records, plain ones, plain and trusted | {:.1}, {:.1} and {:.1} times as fast as with the parser{} |\n\
         | reads until keeping a tree has paid | {:.2} |",
        100.0 * value("cst-cache.pass.all.warm.of_parse")?,
        match results.value("cst-cache.pass.all.cold.of_parse") {
            Some(cold) => format!("; {:.0} % with nothing in the page cache", 100.0 * cold),
            None => String::new(),
        },
        value("cst-cache.pass.all.in_place.warm")?,
        value("cst-cache.pass.all.in_place.plain.warm")?,
        value("cst-cache.pass.all.in_place.trusted.warm")?,
        match cold {
            [Some(compact), Some(plain), Some(trusted)] => {
                format!("; {compact:.1}, {plain:.1} and {trusted:.1} with nothing in the page cache")
            }
            _ => String::new(),
        },
        value("cst-cache.pass.all.break_even")?,
    );
    Ok(text)
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0.0, 999.0, 1000.0, 1234567.4].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let none = Results::new(Vec::new());
        assert!(with_table("text", &none).unwrap_err().to_string().contains(BEGIN));
        let error = with_table(&format!("{BEGIN}\n{END}"), &none).unwrap_err().to_string();
        assert!(error.contains("cst-cache.index.threads"), "{error}");
    }
}
