//! A pass over a whole corpus: open every tree, visit every node, collect the identifiers.
//!
//! What an indexer or a linter does. Once with the parser, once with trees from the store, and three times with their bytecode,
//! read in place: from a store of compact records, from one of plain bytecode, and from that where it is trusted. All read the
//! source.

use std::ops::Add;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cst_cache::{Builder, Cache, Document, Durability, Form};
use tree_sitter::{Parser, Tree};

use super::index::note;
use super::{ALL, Outcome, Setting, progress};
use crate::corpus::parser;
use crate::error::Error;
use crate::figure::Bar;
use crate::page_cache;
use crate::placed::{self, Folder, Placed};
use crate::stop;
use crate::table::Table;
use crate::visit::{Seen, Visitor};

/// How often both passes run with everything in the page cache; the best of each counts.
const WARM: usize = 3;
/// How often with nothing in it.
const COLD: usize = 2;

const SHARE: &str = "share of the pass with the parser";
/// A pass from the store is no slower than one with the parser; keeping a tree pays at its next read.
const WORTH: Bar = Bar::AtMost(1.0);
const TIMES: &str = "times as fast as the pass with the parser";
/// And in place it is many times as fast, also where the source has to come from the disk.
const IN_PLACE: Bar = Bar::AtLeast(20.0);
const IN_PLACE_COLD: Bar = Bar::AtLeast(8.0);

/// The passes over one language, and what the store cost.
#[derive(Clone, Debug, Default)]
struct Passes {
    language: String,
    files: u64,
    bytes: u64,
    /// Encoding, compressing and committing with a sync.
    keep: Duration,
    /// Only getting the trees: no file is read, nothing visited.
    parse_only: Duration,
    get_only: Duration,
    warm: Times,
    /// Absent where the page cache could not be dropped.
    cold: Option<Times>,
}

/// How long the pass takes.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    parser: Duration,
    /// With trees from the store.
    trees: Duration,
    /// In place, from compact records.
    in_place: Duration,
    /// In place, from plain bytecode.
    plain: Duration,
    /// The same, without a check of each record.
    trusted: Duration,
}

/// Stores of the same trees.
struct Stores {
    compact: PathBuf,
    plain: PathBuf,
}

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let folder = Folder::new(setting.corpus)?;
    let mut all = Passes { language: ALL.to_owned(), cold: Some(Times::default()), ..Passes::default() };
    let mut passes = Vec::new();
    let mut disk = "";
    for language in &setting.corpus.languages {
        progress("pass", &language.name);
        let files: Vec<&Placed<'_>> =
            folder.files.iter().filter(|file| file.language.name == language.name).collect();
        let beside = |name: &str| folder.beside(&format!("{name}-{}", language.name));
        let stores = Stores { compact: beside("compact"), plain: beside("plain") };
        let mut one = fill(&language.name, &files, &stores.compact, Form::Compact)?;
        // Once more beside it: the disk may have been slow.
        one.keep = one.keep.min(fill(&language.name, &files, &beside("again"), Form::Compact)?.keep);
        fill(&language.name, &files, &stores.plain, Form::Plain)?;
        warm(&files, &stores, &mut one)?;
        disk = cold(&files, &stores, &mut one)?;
        all.add(&one);
        passes.push(one);
    }
    passes.push(all);
    let figures = passes
        .iter()
        .flat_map(|passes| {
            let figure = |name: &str, value, unit| {
                setting.figure(format!("cst-cache.pass.{}.{name}", passes.language), value, unit)
            };
            let mut figures = vec![
                figure("warm.of_parse", passes.warm_share(), SHARE).bar(WORTH),
                figure(
                    "warm.speed",
                    passes.bytes as f64 / 1e6 / passes.warm.trees.as_secs_f64(),
                    "MB/s of source",
                ),
            ];
            figures.extend(passes.cold_share().map(|share| figure("cold.of_parse", share, SHARE).bar(WORTH)));
            let in_place = |name: &str, of: fn(&Times) -> Duration| {
                let times = |times: &Times| times.parser.as_secs_f64() / of(times).as_secs_f64();
                let warm = figure(&format!("{name}.warm"), times(&passes.warm), TIMES);
                let cold =
                    passes.cold.as_ref().map(|cold| figure(&format!("{name}.cold"), times(cold), TIMES));
                [Some(warm.bar(IN_PLACE).aim(100.0)), cold.map(|cold| cold.bar(IN_PLACE_COLD))]
            };
            figures.extend(in_place("in_place", |times| times.in_place).into_iter().flatten());
            figures.extend(in_place("in_place.plain", |times| times.plain).into_iter().flatten());
            figures.extend(in_place("in_place.trusted", |times| times.trusted).into_iter().flatten());
            // Where it never pays: more reads than anyone makes, because JSON knows no infinity.
            let reads = passes.break_even().unwrap_or(f64::MAX);
            figures.push(figure("break_even", reads, "reads of each file").bar(WORTH));
            figures
        })
        .collect();
    let text = format!(
        "One thread; best of {WARM} passes warm and {COLD} cold, in turns, and of two times keeping. All read the source and visit every node;\n\
         one parses, one opens the store, hashes the source and gets the tree, both with a cursor; one gets its bytecode and reads that in place,\n\
         from a store of compact records, from one of plain bytecode, and from that without a check of each record (trusted).\n\
         Page cache: {disk}.\n\
         Break-even is how often a tree has to be read before keeping it (encode, compress, commit, sync) has\n\
         paid: keep / (parse - get), with nothing but parsing and getting in it.\n{}\n{}",
        note(setting),
        table(&passes)
    );
    Ok(Outcome { figures, text, drift: None })
}

impl Passes {
    fn warm_share(&self) -> f64 {
        self.warm.share()
    }

    fn cold_share(&self) -> Option<f64> {
        self.cold.as_ref().map(Times::share)
    }

    /// Absent where getting is no faster than parsing, so that keeping never pays.
    fn break_even(&self) -> Option<f64> {
        let saved = self.parse_only.checked_sub(self.get_only).filter(|saved| !saved.is_zero())?;
        Some(self.keep.as_secs_f64() / saved.as_secs_f64())
    }

    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.keep += other.keep;
        self.parse_only += other.parse_only;
        self.get_only += other.get_only;
        self.warm = self.warm.with(&other.warm, Duration::add);
        self.cold = self.cold.zip(other.cold).map(|(a, b)| a.with(&b, Duration::add));
    }
}

impl Times {
    const MAX: Self = Self {
        parser: Duration::MAX,
        trees: Duration::MAX,
        in_place: Duration::MAX,
        plain: Duration::MAX,
        trusted: Duration::MAX,
    };

    /// With trees from the store, of what it takes with the parser.
    fn share(&self) -> f64 {
        self.trees.as_secs_f64() / self.parser.as_secs_f64()
    }

    /// Each with the other's.
    fn with(&self, other: &Self, f: fn(Duration, Duration) -> Duration) -> Self {
        Self {
            parser: f(self.parser, other.parser),
            trees: f(self.trees, other.trees),
            in_place: f(self.in_place, other.in_place),
            plain: f(self.plain, other.plain),
            trusted: f(self.trusted, other.trusted),
        }
    }
}

/// Parses and keeps all files; what that costs.
fn fill(language: &str, files: &[&Placed<'_>], store: &Path, form: Form) -> Result<Passes, Error> {
    let cache = Cache::builder().memory_budget(0).form(form);
    let cache = cache.store_at(store).map_err(Error::during("opening a store"))?.build();
    let mut passes = Passes { language: language.to_owned(), files: files.len() as u64, ..Passes::default() };
    let mut parser = match files.first() {
        Some(file) => parser(&file.language.grammar)?,
        None => return Ok(passes),
    };
    for file in files {
        stop::check()?;
        passes.bytes += file.bytes;
        let source = placed::read(&file.path)?;
        let document = Document::new(&file.language.grammar, &source);
        let tree = parse(&mut parser, file, &source)?;
        let start = Instant::now();
        cache
            .freeze_tree(&document, &tree)
            .map_err(Error::during(format!("keeping {}", file.path.display())))?;
        passes.keep += start.elapsed();
    }
    let start = Instant::now();
    cache.commit(Durability::Fsync).map_err(Error::during("committing"))?;
    passes.keep += start.elapsed();
    Ok(passes)
}

fn parse(parser: &mut Parser, file: &Placed<'_>, source: &[u8]) -> Result<Tree, Error> {
    parser.parse(source, None).ok_or_else(|| Error::new(format!("{} was not parsed", file.path.display())))
}

/// The store as one who only reads opens it, with no memory tiers: each tree is read once in a pass.
fn open(store: &Path, settings: Builder) -> Result<Cache, Error> {
    let reader = cst_frozen::Reader::open(store, cst_frozen::Options::default());
    let reader = reader.map_err(Error::during("opening the store"))?;
    Ok(settings.memory_budget(0).store(Arc::new(reader)).build())
}

fn warm(files: &[&Placed<'_>], stores: &Stores, passes: &mut Passes) -> Result<(), Error> {
    passes.warm = Times::MAX;
    passes.parse_only = Duration::MAX;
    passes.get_only = Duration::MAX;
    for _ in 0..WARM {
        let (parser, parsed) = with_parser(files)?;
        let (trees, got) = from_store(files, &stores.compact)?;
        let (compact, of_compact) = in_place(files, &stores.compact, Cache::builder())?;
        let (plain, of_plain) = in_place(files, &stores.plain, Cache::builder())?;
        let (trusted, of_trusted) = in_place(files, &stores.plain, Cache::builder().trust_store())?;
        let seen = [got, of_compact, of_plain, of_trusted];
        if seen != [parsed; 4] {
            return Err(Error::new(format!(
                "{}: the store has other trees: {parsed:?}, {seen:?}",
                passes.language
            )));
        }
        let times = Times { parser, trees, in_place: compact, plain, trusted };
        passes.warm = passes.warm.with(&times, Duration::min);
        passes.parse_only = passes.parse_only.min(parse_only(files)?);
        passes.get_only = passes.get_only.min(get_only(files, &stores.compact)?);
    }
    Ok(())
}

/// Says what was done to the page cache.
fn cold(files: &[&Placed<'_>], stores: &Stores, passes: &mut Passes) -> Result<&'static str, Error> {
    let Some(means) = page_cache::MEANS else { return Ok("not dropped: no means known on this system") };
    let mut best = Times::MAX;
    let evict = |store: &Path| {
        files.iter().try_for_each(|file| page_cache::drop_file(&file.path))?;
        page_cache::drop_folder(store)
    };
    for _ in 0..COLD {
        evict(&stores.compact)?;
        let before = page_cache::fetched();
        let parser = with_parser(files)?.0;
        let fetched = page_cache::fetched().zip(before).map(|(after, before)| after - before);
        // Whoever does not see the source come from the disk has measured a warm pass.
        if fetched.is_none_or(|fetched| fetched < passes.bytes / 2) {
            return Ok("not dropped: the files did not come from the disk again (a file system in memory?)");
        }
        evict(&stores.compact)?;
        let trees = from_store(files, &stores.compact)?.0;
        evict(&stores.compact)?;
        let compact = in_place(files, &stores.compact, Cache::builder())?.0;
        evict(&stores.plain)?;
        let plain = in_place(files, &stores.plain, Cache::builder())?.0;
        evict(&stores.plain)?;
        let trusted = in_place(files, &stores.plain, Cache::builder().trust_store())?.0;
        let times = Times { parser, trees, in_place: compact, plain, trusted };
        best = best.with(&times, Duration::min);
    }
    passes.cold = Some(best);
    Ok(means)
}

/// Visits all files, with what `begin` gives for the first: that takes its time, too.
fn pass<T>(
    files: &[&Placed<'_>],
    begin: impl FnOnce(&Placed<'_>) -> Result<T, Error>,
    visit: impl Fn(&mut T, &Placed<'_>, &[u8], &mut Visitor) -> Result<(), Error>,
) -> Result<(Duration, Seen), Error> {
    stop::check()?;
    let start = Instant::now();
    let Some(first) = files.first() else { return Ok((Duration::ZERO, Seen::default())) };
    let mut visitor = Visitor::new(Some(first.language.grammar.language()));
    let mut with = begin(first)?;
    for file in files {
        let source = placed::read(&file.path)?;
        visit(&mut with, file, &source, &mut visitor)?;
    }
    Ok((start.elapsed(), visitor.seen()))
}

fn with_parser(files: &[&Placed<'_>]) -> Result<(Duration, Seen), Error> {
    let begin = |first: &Placed<'_>| parser(&first.language.grammar);
    pass(files, begin, |parser, file, source, visitor| {
        visitor.visit(parse(parser, file, source)?.walk(), source);
        Ok(())
    })
}

fn from_store(files: &[&Placed<'_>], store: &Path) -> Result<(Duration, Seen), Error> {
    pass(
        files,
        |_| open(store, Cache::builder()),
        |cache, file, source, visitor| {
            let document = Document::new(&file.language.grammar, source);
            visitor.visit(get(cache, &document, file)?.walk(), source);
            Ok(())
        },
    )
}

fn in_place(files: &[&Placed<'_>], store: &Path, settings: Builder) -> Result<(Duration, Seen), Error> {
    pass(
        files,
        |_| open(store, settings),
        |cache, file, source, visitor| {
            let document = Document::new(&file.language.grammar, source);
            let bytecode = cache.get_bytecode(&document).ok_or_else(|| missing(file))?;
            let view = bytecode.view(document.grammar()).map_err(Error::during("viewing a tree"))?;
            visitor.visit(view.root_node().descendants(), source);
            Ok(())
        },
    )
}

fn get(cache: &Cache, document: &Document<'_>, file: &Placed<'_>) -> Result<Tree, Error> {
    cache.get(document).ok_or_else(|| missing(file))
}

fn missing(file: &Placed<'_>) -> Error {
    Error::new(format!("no tree of {} in the store", file.path.display()))
}

/// Parses every file, with the source read.
fn parse_only(files: &[&Placed<'_>]) -> Result<Duration, Error> {
    let mut sum = Duration::ZERO;
    let Some(first) = files.first() else { return Ok(sum) };
    let mut parser = parser(&first.language.grammar)?;
    for file in files {
        let source = placed::read(&file.path)?;
        let start = Instant::now();
        let tree = parse(&mut parser, file, &source)?;
        sum += start.elapsed();
        drop(tree);
    }
    Ok(sum)
}

/// Gets every tree, with the keys known.
fn get_only(files: &[&Placed<'_>], store: &Path) -> Result<Duration, Error> {
    let cache = open(store, Cache::builder())?;
    let mut sum = Duration::ZERO;
    for file in files {
        let source = placed::read(&file.path)?;
        let document = Document::new(&file.language.grammar, &source);
        let start = Instant::now();
        let tree = get(&cache, &document, file)?;
        sum += start.elapsed();
        drop(tree);
    }
    Ok(sum)
}

fn table(passes: &[Passes]) -> Table {
    let mut table = Table::new(&[
        "language",
        "files",
        "MB",
        "warm: parser s",
        "store s",
        "share",
        "in place s",
        "plain s",
        "trusted s",
        "cold: parser s",
        "store s",
        "share",
        "in place s",
        "plain s",
        "trusted s",
        "break-even",
    ]);
    for passes in passes {
        let seconds = |time: Duration| format!("{:.3}", time.as_secs_f64());
        let share =
            |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
        let cold = |of: fn(&Times) -> Duration| {
            passes.cold.as_ref().map_or("-".to_owned(), |cold| seconds(of(cold)))
        };
        table.row(vec![
            passes.language.clone(),
            passes.files.to_string(),
            format!("{:.2}", passes.bytes as f64 / 1e6),
            seconds(passes.warm.parser),
            seconds(passes.warm.trees),
            share(Some(passes.warm_share())),
            seconds(passes.warm.in_place),
            seconds(passes.warm.plain),
            seconds(passes.warm.trusted),
            cold(|cold| cold.parser),
            cold(|cold| cold.trees),
            share(passes.cold_share()),
            cold(|cold| cold.in_place),
            cold(|cold| cold.plain),
            cold(|cold| cold.trusted),
            passes.break_even().map_or("never".to_owned(), |reads| format!("{reads:.2} reads")),
        ]);
    }
    table
}
