//! The figures as people read them.

use std::fmt;

use cst_bytecode::{FORMAT_VERSION, TREE_SITTER_RELEASE};

use crate::corpus::Corpus;
use crate::figure::{forms, lines_per_mb};
use crate::measure::{Measured, ROUNDS};
use crate::size::per;
use crate::subject::SUBJECTS;
use crate::table::Table;

/// A run, to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was measured on.
    pub corpus: &'a Corpus,
    /// What was measured, by language.
    pub measured: &'a [Measured],
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let release = TREE_SITTER_RELEASE;
        let (major, minor, patch) = (release >> 20, release >> 10 & 0x3ff, release & 0x3ff);
        writeln!(f, "corpus: {}", self.corpus.name)?;
        if !self.corpus.is_sample() {
            writeln!(f, "passed over: {}", self.corpus.skipped)?;
        }
        writeln!(f, "tree-sitter {major}.{minor}.{patch}, bytecode format {FORMAT_VERSION}, one thread")?;

        writeln!(f, "\nTime: {ROUNDS} rounds of every file, interleaved; best and median rounds, summed.")?;
        writeln!(f, "A subtree is any node of the tree, hidden ones included; MB = 10^6 bytes.")?;
        for subject in SUBJECTS {
            writeln!(f, "  {:<9} {} ({})", subject.name, subject.about, subject.owner)?;
        }
        writeln!(f, "\n{}", self.times())?;

        writeln!(f, "Size: each file by itself; live is what malloc hands out for the tree.\n")?;
        writeln!(f, "{}", self.sizes())?;

        writeln!(f, "Rust heap of one call: what tree-sitter and zstd allocate in C is not in it.\n")?;
        write!(f, "{}", self.heaps())
    }
}

impl Report<'_> {
    fn times(&self) -> Table {
        let mut table = Table::new(&[
            "language",
            "",
            "ns/subtree best",
            "median",
            "of parse best",
            "median",
            "faster",
            "MB/s",
        ]);
        for Measured { language, size, costs } in self.measured {
            let parse = costs[0].times;
            for (subject, cost) in SUBJECTS.iter().zip(costs) {
                let times = cost.times;
                table.row(vec![
                    language.clone(),
                    subject.name.to_owned(),
                    format!("{:.1}", per(times.best, size.subtrees)),
                    format!("{:.1}", per(times.median, size.subtrees)),
                    format!("{:.1} %", 100.0 * per(times.best, parse.best)),
                    format!("{:.1} %", 100.0 * per(times.median, parse.median)),
                    format!("{:.1} x", per(parse.best, times.best)),
                    format!("{:.1}", per(size.source * 1_000, times.best)),
                ]);
            }
        }
        table
    }

    fn sizes(&self) -> Table {
        let mut table = Table::new(&[
            "language",
            "files",
            "kB",
            "lines",
            "subtrees",
            "",
            "bytes/source",
            "/line",
            "/subtree",
            "lines/MB",
        ]);
        for Measured { language, size, .. } in self.measured {
            for (_, form, bytes) in forms(size) {
                table.row(vec![
                    language.clone(),
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

    fn heaps(&self) -> Table {
        let mut table = Table::new(&["language", "", "allocations/file", "peak bytes/source"]);
        for Measured { language, size, costs } in self.measured {
            // The parse allocates in C only.
            for (subject, cost) in SUBJECTS.iter().zip(costs).skip(1) {
                table.row(vec![
                    language.clone(),
                    subject.name.to_owned(),
                    format!("{:.1}", per(cost.heap.allocations, size.files)),
                    format!("{:.3}", per(cost.heap.peak_bytes, size.source)),
                ]);
            }
        }
        table
    }
}
