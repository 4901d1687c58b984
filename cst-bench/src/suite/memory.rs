//! What a tree takes in each form: live, bytecode, compressed record.

use super::{ALL, Outcome, Setting, progress};
use crate::case::Case;
use crate::error::Error;
use crate::figure::{Bar, Figure, Guard};
use crate::size::{Size, forms, lines_per_mb, per};
use crate::stop;
use crate::table::Table;

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut sizes = Vec::new();
    for language in &setting.corpus.languages {
        progress("memory", &language.name);
        let mut sum = Size::default();
        for file in &language.files {
            stop::check()?;
            sum = sum + Case::new(&language.grammar, file)?.size;
        }
        sizes.push((language.name.as_str(), sum));
    }
    let all = sizes.iter().map(|&(_, size)| size).sum();
    sizes.push((ALL, all));
    let figures = sizes.iter().flat_map(|(language, size)| figures(setting, language, size)).collect();
    let text = format!(
        "Each file by itself; live is what malloc hands out for the tree, a record is its compact form under zstd.\n\
         Every tree was decoded, and compared with the parsed one field by field.\n\n{}",
        table(&sizes)
    );
    Ok(Outcome { figures, text, drift: None })
}

fn figures(setting: &Setting<'_>, language: &str, size: &Size) -> Vec<Figure> {
    let of_corpus = |name: &str, value: u64, unit: &str| {
        setting.figure(format!("cst-bench.corpus.{language}.{name}"), value as f64, unit)
    };
    let mut figures = vec![
        of_corpus("files", size.files, "files"),
        of_corpus("lines", size.lines, "lines"),
        of_corpus("source", size.source, "bytes"),
        of_corpus("subtrees", size.subtrees, "subtrees"),
    ];
    // What a hot entry pays for its bytecode, and a warm one saves.
    let of_live = setting.figure(
        format!("cst-bytecode.bytecode.{language}.of_live"),
        per(size.bytecode, size.live),
        "of the live tree",
    );
    figures.push(of_live.bar(Bar::AtMost(0.1)));
    for (owner, form, bytes) in forms(size) {
        let figure = |name: &str, value, unit| {
            setting.figure(format!("{owner}.{form}.{language}.{name}"), value, unit)
        };
        let share = figure("size", per(bytes, size.source), "bytes per byte of source").guard(Guard::Bytes);
        figures.extend([
            match (form, language) {
                ("bytecode", _) => share.bar(Bar::AtMost(1.0)).aim(0.6),
                ("record", "rust") => share.bar(Bar::AtMost(0.21)).aim(0.04),
                ("record", "c") => share.bar(Bar::AtMost(0.27)).aim(0.04),
                _ => share,
            },
            figure("bytes_per_line", per(bytes, size.lines), "bytes/line"),
            figure("bytes_per_subtree", per(bytes, size.subtrees), "bytes/subtree"),
            figure("density", lines_per_mb(size, bytes), "lines/MB"),
        ]);
    }
    figures
}

fn table(sizes: &[(&str, Size)]) -> Table {
    let headings =
        ["language", "files", "kB", "lines", "subtrees", "", "bytes/source", "/line", "/subtree", "lines/MB"];
    let mut table = Table::new(&headings);
    for (language, size) in sizes {
        for (_, form, bytes) in forms(size) {
            table.row(vec![
                (*language).to_owned(),
                size.files.to_string(),
                format!("{:.1}", size.source as f64 / 1e3),
                size.lines.to_string(),
                size.subtrees.to_string(),
                form.to_owned(),
                format!("{:.3}", per(bytes, size.source)),
                format!("{:.1}", per(bytes, size.lines)),
                format!("{:.2}", per(bytes, size.subtrees)),
                format!("{:.0}", lines_per_mb(size, bytes)),
            ]);
        }
    }
    table
}
