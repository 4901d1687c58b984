//! Indexing on all cores: parse, encode, compress or not, and commit, against nothing but parsing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use cst_cache::index::{Options, Report, VerifyReport, index, open_store, verify};
use cst_cache::{Form, Grammars};

use super::{Outcome, Setting, progress};
use crate::corpus::parser;
use crate::error::Error;
use crate::figure::Bar;
use crate::placed::{self, Folder};
use crate::stop;

/// How often both run at least, one after the other.
const FEWEST_ROUNDS: usize = 5;
/// And at most, as long as no more than this has passed.
const MOST_ROUNDS: usize = 12;
const ENOUGH: Duration = Duration::from_secs(15);

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let folder = Folder::new(setting.corpus)?;
    let options = Options::default();
    let mut plain_options = Options::default();
    plain_options.form = Form::Plain;
    let grammars = Grammars::bundled();
    let (mut bare, mut first) = (f64::INFINITY, Report::default());
    let (mut best, mut again) = (f64::INFINITY, Report::default());
    let mut again_best = f64::INFINITY;
    let mut plain = Report::default();
    let start = Instant::now();
    let mut rounds = 0;
    // Of two that ran one after the other: a busy minute hits both.
    let (mut ratios, mut plain_ratios) = (Vec::new(), Vec::new());
    let mut verified = None;
    while rounds < FEWEST_ROUNDS || (rounds < MOST_ROUNDS && start.elapsed() < ENOUGH) {
        rounds += 1;
        progress("index", &format!("round {rounds}"));
        let parsing = bare_parse(&folder, options.threads)?;
        bare = bare.min(parsing);
        let store = folder.beside(&format!("store-{rounds}"));
        let (seconds, report) = index_once(&folder, &store, &grammars, &options)?;
        ratios.push(parsing / seconds);
        if seconds < best {
            (best, first) = (seconds, report);
        }
        let (seconds, report) = index_once(&folder, &store, &grammars, &options)?;
        if seconds < again_best {
            (again_best, again) = (seconds, report);
        }
        // One is as good as another.
        if verified.is_none() {
            verified = Some(verify_store(&store, &grammars, options.threads)?);
        }
        let plain_store = folder.beside(&format!("plain-{rounds}"));
        let (seconds, report) = index_once(&folder, &plain_store, &grammars, &plain_options)?;
        plain_ratios.push(parsing / seconds);
        plain = report;
        // Further stores would only fill the disk.
        for store in [store, plain_store] {
            let _ = std::fs::remove_dir_all(&store);
        }
    }

    let verified = verified.unwrap_or_default();
    ratios.sort_by(f64::total_cmp);
    plain_ratios.sort_by(f64::total_cmp);
    let files = folder.files.len() as u64;
    if first.parsed != files || first.failed.total() > 0 {
        return Err(Error::new(format!("{} of {files} files were indexed", first.parsed)));
    }
    let megabytes = folder.bytes() as f64 / 1e6;
    let figure = |name: &str, value, unit| setting.figure(format!("cst-cache.{name}"), value, unit);
    let figures = vec![
        figure("index.of_bare_parse", ratios[ratios.len() / 2], "of the throughput of bare parsing")
            .bar(Bar::AtLeast(0.75))
            .aim(0.9),
        figure(
            "index.plain.of_bare_parse",
            plain_ratios[plain_ratios.len() / 2],
            "of the throughput of bare parsing",
        )
        .bar(Bar::AtLeast(0.75))
        .aim(0.9),
        figure("index.plain.store.size", plain.stored_per_source_byte, "bytes per byte of source"),
        figure("index.threads", options.threads as f64, "threads"),
        figure("index.files", files as f64, "files"),
        figure("index.lines", first.lines as f64, "lines"),
        figure("index.speed", megabytes / best, "MB/s of source"),
        figure("index.bare_parse.speed", megabytes / bare, "MB/s of source"),
        figure("index.encode.of_parse", first.encode_seconds / first.parse_seconds, "share of the parse"),
        figure("index.store.of_parse", first.store_seconds / first.parse_seconds, "share of the parse"),
        figure("index.store.size", first.stored_per_source_byte, "bytes per byte of source"),
        figure("index.store.density", first.lines_per_mb, "lines/MB"),
        figure("index.again.hits", again.hits as f64 / files as f64, "of the files").bar(Bar::AtLeast(1.0)),
        figure("index.again.parsed", again.parsed as f64, "files").bar(Bar::AtMost(0.0)),
        figure("index.again.times_first", best / again_best, "times as fast as the first run"),
        figure("verify.differences", verified.differing as f64, "trees").bar(Bar::AtMost(0.0)),
        figure("verify.damaged", verified.damaged as f64, "records").bar(Bar::AtMost(0.0)),
        figure("verify.trees", verified.trees as f64, "trees").bar(Bar::AtLeast(files as f64)),
        figure("verify.subtrees", verified.subtrees as f64, "subtrees"),
        figure("verify.decode.times_parse", verified.parse_seconds / verified.build_seconds, TIMES),
        figure("verify.restore.times_parse", verified.parse_seconds / verified.decode_seconds, TIMES),
    ];
    let text = format!(
        "{files} files, {megabytes:.1} MB, {} threads; {rounds} rounds of each, one after the other: the median of their ratios ({:.2} to {:.2}; of\n\
         plain records {:.2} to {:.2}), the best of their times.\n\
         Bare parsing reads the same files, parses them on as many threads and drops the trees. The index\n\
         looks each up, reads, hashes, parses, encodes, compresses (plain: does not) and commits it with a sync.\n\
 {:.2} s bare, {best:.2} s index, {again_best:.3} s the second run.\n{}",
        options.threads,
        ratios[0],
        ratios[ratios.len() - 1],
        plain_ratios[0],
        plain_ratios[plain_ratios.len() - 1],
        bare,
        note(setting)
    );
    Ok(Outcome { figures, text, drift: None })
}

const TIMES: &str = "times as fast as the parse, on all cores";

/// What the samples are here.
pub(super) fn note(setting: &Setting<'_>) -> String {
    if !setting.corpus.is_sample() {
        return String::new();
    }
    format!("Of each sample there are {} copies, which differ in empty lines at the end.\n", placed::COPIES)
}

fn index_once(
    folder: &Folder<'_>,
    store: &Path,
    grammars: &Grammars,
    options: &Options,
) -> Result<(f64, Report), Error> {
    let start = Instant::now();
    let (writer, _) = open_store(store).map_err(Error::during("opening a store"))?;
    let writer = Arc::new(writer);
    let report = index(&folder.source(), store, &writer, grammars, options, &(), stop::flag());
    let report = report.map_err(Error::during("indexing"))?;
    stop::check()?;
    Ok((start.elapsed().as_secs_f64(), report))
}

fn verify_store(store: &Path, grammars: &Grammars, threads: usize) -> Result<VerifyReport, Error> {
    let reader = cst_frozen::Reader::open(store, cst_frozen::Options::default());
    let reader = reader.map_err(Error::during("opening the store"))?;
    let report = verify(None, &reader, grammars, threads, &(), stop::flag());
    stop::check()?;
    report.map_err(Error::during("verifying"))
}

/// Reads and parses all files, and keeps nothing. Returns seconds.
fn bare_parse(folder: &Folder<'_>, threads: usize) -> Result<f64, Error> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), Error> {
        let mut parsers = std::collections::HashMap::new();
        while let Some(file) = folder.files.get(next.fetch_add(1, Relaxed)) {
            stop::check()?;
            let parser = match parsers.entry(&file.language.name) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(new) => new.insert(parser(&file.language.grammar)?),
            };
            let source = placed::read(&file.path)?;
            let tree = parser.parse(&source, None);
            drop(tree.ok_or_else(|| Error::new(format!("{} was not parsed", file.path.display())))?);
        }
        Ok(())
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(Error::new("a thread that parsed has panicked")))
        })
    })?;
    Ok(start.elapsed().as_secs_f64())
}
