//! The document: what was measured where, the plots, what is behind them, and where this project loses.

use std::fmt::Write as _;

use super::losses::{missed, ratios};
use super::pictures::Picture;
use super::{languages, need, origin};
use crate::error::Error;
use crate::figure::Bar;
use crate::results::Results;
use crate::suite::number;

/// Markdown; the plots lie in the folder beside it.
pub(super) fn document(results: &Results, pictures: &[Picture]) -> Result<String, Error> {
    let (corpus, command) = origin(results);
    let with_bar = results.figures.iter().filter(|figure| figure.holds.is_some()).count();
    let missed = missed(results).len();
    let mut text = format!(
        "# Benchmarks\n\n\
         Written by `{command}`; do not edit. Every number here is one of the {} figures in\n\
         [benchmarks.json](benchmarks.json), each with the command that prints it again.\n\n\
         | | |\n|---|---|\n| corpus | `{corpus}` |\n| machine | {} |\n| build | {} |\n\
         | figures with a bar | {with_bar}: {} hold, {missed} do not |\n\n\
         A time is the best of interleaved rounds, as a share of the parse of the same file in the same run where it\n\
         is a ratio. The machine was not idle: trust the ratios, not the seconds. How each figure is measured stands in\n\
         [cst-bench](../cst-bench/README.md).\n",
        results.figures.len(),
        results.machine,
        results.build,
        with_bar - missed,
    );
    for Picture { title, file, caption, .. } in pictures {
        // Writing to a string does not fail.
        let _ = write!(text, "\n## {title}\n\n{caption}\n\n![{title}](benchmarks/{file})\n");
    }
    passes(&mut text, results)?;
    index(&mut text, results)?;
    losses(&mut text, results);
    Ok(text)
}

fn passes(text: &mut String, results: &Results) -> Result<(), Error> {
    *text += "\n## A pass over everything\n\n\
              Open every stored tree, visit every node with a cursor, collect the identifiers: as a share of the same pass \
              with the parser.\nIn place: how many times as fast, from compact records, from plain ones, and from plain ones of a store \
              that is trusted; in brackets with nothing in the page cache.\n\
              Break-even is how often a tree has to be read before keeping it has paid.\n\n\
              | language | warm | cold page cache | in place | plain | trusted | break-even reads |\n\
              |---|---|---|---|---|---|---|\n";
    for language in languages(results) {
        let name = |what: &str| format!("cst-cache.pass.{language}.{what}");
        let cold = results.value(&name("cold.of_parse"));
        let reads = need(results, &name("break_even"))?;
        let in_place = |way: &str| -> Result<String, Error> {
            let warm = need(results, &name(&format!("{way}.warm")))?;
            let cold = results.value(&name(&format!("{way}.cold")));
            Ok(format!("{warm:.1} x{}", cold.map_or(String::new(), |cold| format!(" ({cold:.1} x)"))))
        };
        let _ = writeln!(
            text,
            "| {language} | {:.0} % | {} | {} | {} | {} | {} |",
            100.0 * need(results, &name("warm.of_parse"))?,
            cold.map_or("not measured".to_owned(), |cold| format!("{:.0} %", 100.0 * cold)),
            in_place("in_place")?,
            in_place("in_place.plain")?,
            in_place("in_place.trusted")?,
            if reads == f64::MAX { "never".to_owned() } else { format!("{reads:.2}") },
        );
    }
    Ok(())
}

fn index(text: &mut String, results: &Results) -> Result<(), Error> {
    let value = |name: &str| need(results, &format!("cst-cache.{name}"));
    let _ = write!(
        text,
        "\n## Indexing\n\n\
         On {:.0} threads: {:.1} MB/s of source, where bare parsing of the same files makes {:.1} MB/s. By the median of pairs of runs, \
         {:.0} % of it;\n{:.0} % with records of plain bytecode, which take {:.2} bytes per byte of source. \
         The second run\nis {:.0} times as fast. The store, catalog and all, takes {:.2} bytes per byte of source. \
         {:.0} of {:.0} trees differ from a fresh\nparse in any field.\n",
        value("index.threads")?,
        value("index.speed")?,
        value("index.bare_parse.speed")?,
        100.0 * value("index.of_bare_parse")?,
        100.0 * value("index.plain.of_bare_parse")?,
        value("index.plain.store.size")?,
        value("index.again.times_first")?,
        value("index.store.size")?,
        value("verify.differences")?,
        value("verify.trees")?,
    );
    Ok(())
}

fn losses(text: &mut String, results: &Results) {
    *text += "\n## Where this project loses\n\nComputed from the figures: whatever misses its bar, and whatever a peer \
              needs less of.\n";
    let missed = missed(results);
    if missed.is_empty() {
        *text += "\nEvery figure that has a bar holds it.\n";
    } else {
        *text += "\n| figure | is | has to be | |\n|---|---|---|---|\n";
    }
    for figure in missed {
        let bar = match figure.bar {
            Some(Bar::AtLeast(bar)) => format!("{bar} or more"),
            Some(Bar::AtMost(bar)) => format!("{bar} or less"),
            None => continue,
        };
        let value = if figure.value == f64::MAX { "never".to_owned() } else { number(figure.value) };
        let _ = writeln!(text, "| `{}` | {value} | {bar} | {} |", figure.name, figure.unit);
    }
    let ratios = ratios(results);
    if ratios.is_empty() {
        *text += "\nThe peers were not measured in this run; `cargo xtask bench --peers --report` does.\n";
        return;
    }
    let mut lost: Vec<_> = ratios.iter().filter(|ratio| ratio.value > 1.0).collect();
    lost.sort_by(|a, b| b.value.total_cmp(&a.value));
    let _ = write!(text, "\nOf {} comparisons with peers, {} go to the peer.\n", ratios.len(), lost.len());
    if !lost.is_empty() {
        *text += "\n| what | peer | times what the peer needs | least to most |\n|---|---|---|---|\n";
    }
    for ratio in lost {
        let spread = ratio.spread.map_or("the same in every round".to_owned(), |(least, most)| {
            format!("{} to {}", number(least), number(most))
        });
        let _ = writeln!(
            text,
            "| `{}.{}` | {} | {} | {spread} |",
            ratio.ours,
            ratio.what,
            ratio.peer,
            number(ratio.value)
        );
    }
}
