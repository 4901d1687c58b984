//! The command behind `cargo xtask bench`: measures, prints, keeps and compares figures.

#![allow(unsafe_code)]

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use cst_bench::args::{Options, Task, usage};
use cst_bench::baseline::{self, Build, Program};
use cst_bench::corpus::Corpus;
use cst_bench::count::Counting;
use cst_bench::error::Error;
use cst_bench::machine::{self, Machine};
use cst_bench::results::Results;
use cst_bench::snapshot::bless;
use cst_bench::suite::{CONCERNS, Concern, Outcome, PEERS, Setting, verdicts};
use cst_bench::{report, stop, workspace};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Measured, and something is not as it was.
const REGRESSED: u8 = 1;
/// Not measured, or not compared.
const FAILED: u8 = 2;
/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Set to `system`, it leaves tree-sitter the system's allocator.
const ALLOCATOR_VARIABLE: &str = "CST_BENCH_ALLOCATOR";

fn main() -> ExitCode {
    if env::var_os(ALLOCATOR_VARIABLE).is_none_or(|name| name != "system") {
        // As the command `cst` does.
        // SAFETY: the first thing that the process does with tree-sitter, on its only thread.
        unsafe { cst_bytecode::use_mimalloc() };
    }
    stop::install();
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(REGRESSED),
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(if error.is_interrupt() { INTERRUPTED } else { FAILED })
        }
    }
}

/// Whether all is as it was.
fn run() -> Result<bool, Error> {
    match Task::read(env::args().skip(1))? {
        Task::Help => print(&usage())?,
        Task::Render => {
            let root = workspace();
            write_report(&Results::read(&root.join(report::FIGURES))?)?;
        }
        Task::Bless => print(&bless()?)?,
        Task::Measure(options) => return measure(&options),
    }
    Ok(true)
}

fn measure(options: &Options) -> Result<bool, Error> {
    // Read first: a baseline that cannot be compared with is not worth a run.
    let load = |name: &str| Ok((baseline::load(name)?, Program::of(name)?));
    let baseline = options.baseline.as_deref().map(load).transpose()?;
    let corpus = Corpus::choose(options.corpus.as_deref(), options.megabytes)?;
    if cfg!(debug_assertions) {
        return Err(Error::new("times of a debug build mean nothing: use `cargo xtask bench`"));
    }
    print(&format!("machine: {}\nbuild: {}\ncorpus: {}\n", Machine::here(), machine::build(), corpus.name))?;
    if !corpus.is_sample() {
        print(&format!("passed over: {}\n", corpus.skipped))?;
    }

    let mut measured = Vec::new();
    let mut is_as_before = true;
    for concern in chosen(options) {
        print(&format!("\n== {}: {} ==\n\n", concern.name, concern.about))?;
        let outcome = run_concern(concern, options, &corpus)?;
        print(&outcome.text)?;
        print(&format!("\n{}", verdicts(&outcome.figures)))?;
        if let Some(drift) = &outcome.drift {
            print(&format!("\nDRIFTED: {drift}"))?;
            is_as_before = false;
        }
        measured.push((concern.name, outcome.figures));
    }
    if let Some((before, kept)) = &baseline {
        let running = Program::running()?;
        let again = |build, concern: &str| match build {
            Build::Kept => kept.measure(concern, options),
            Build::This => running.measure(concern, options),
        };
        let compared = baseline::compare(before, &measured, again)?;
        print(&format!("\n{compared}"))?;
        is_as_before &= compared.is_fine();
    }
    if options.save.is_some() {
        print("\nmeasuring twice more what the baseline is to hold\n")?;
        let running = Program::running()?;
        baseline::settle(&mut measured, |concern| running.measure(concern, options))?;
    }
    let results = Results::new(measured.into_iter().flat_map(|(_, figures)| figures).collect());
    if let Some(path) = &options.json {
        results.write(path)?;
    }
    if options.report {
        write_report(&results)?;
    }
    if let Some(name) = &options.save {
        let path = baseline::path(name);
        Program::keep(name)?;
        results.write(&path)?;
        print(&format!("\nkept as {}\n", path.display()))?;
    }
    Ok(is_as_before)
}

fn write_report(results: &Results) -> Result<(), Error> {
    for path in report::write(&workspace(), results)? {
        print(&format!("wrote {}\n", path.display()))?;
    }
    Ok(())
}

fn chosen(options: &Options) -> impl Iterator<Item = &'static Concern> {
    let is_chosen = |concern: &&Concern| match concern.name {
        PEERS if options.peers => true,
        name if options.only.is_empty() => name != PEERS,
        name => options.only.iter().any(|only| only == name),
    };
    CONCERNS.iter().filter(is_chosen)
}

fn run_concern(concern: &Concern, options: &Options, corpus: &Corpus) -> Result<Outcome, Error> {
    let mut command = match concern.name {
        PEERS => "cargo xtask bench --only peers --peers".to_owned(),
        name => format!("cargo xtask bench --only {name}"),
    };
    if !corpus.is_sample() {
        command += &format!(" --corpus '{}'", corpus.name);
        command += &options.megabytes.map_or(String::new(), |megabytes| format!(" --mb {megabytes}"));
    }
    stop::check()?;
    (concern.run)(&Setting { corpus, megabytes: options.megabytes, command: &command })
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Error::during("writing to stdout"))
}
