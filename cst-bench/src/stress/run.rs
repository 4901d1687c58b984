//! Rounds until the time is over, and what is left of them: a series, a plot, a verdict.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::child;
use super::family::Family;
use super::options::{Options, USAGE};
use super::plot;
use super::role;
use super::round::Scene;
use super::verdict::{Summary, Verdict};
use crate::error::Error;

/// A round of a long run; shorter ones are cut into several.
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS_AT_LEAST: u32 = 3;

/// The results are written anew after so many rounds, so that a long run can be watched.
const ROUNDS_PER_REPORT: u64 = 12;

const EXIT_BROKEN: u8 = 1;
const EXIT_UNABLE: u8 = 2;
/// As for all that a Ctrl-C has ended.
const EXIT_INTERRUPTED: u8 = 130;

/// The program, parent or child, with these arguments: the code to end with.
pub fn main(args: impl IntoIterator<Item = String>) -> ExitCode {
    let args: Vec<String> = args.into_iter().collect();
    if args.first().is_some_and(|arg| arg == child::ARGUMENT) {
        return role::run();
    }
    let options = match Options::read(args) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("stress: {error}");
            return ExitCode::from(EXIT_UNABLE);
        }
    };
    match run(&options) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("stress: {error}");
            ExitCode::from(EXIT_UNABLE)
        }
    }
}

fn run(options: &Options) -> Result<u8, Error> {
    let stop = interruption()?;
    let folder = env::temp_dir().join(format!("cst-stress-{}", process::id()));
    for made in [&folder, &folder.join("sources"), &folder.join("logs"), &options.out] {
        fs::create_dir_all(made).map_err(Error::during(format!("making {}", made.display())))?;
    }
    let mut family = Family::new(folder.join("logs"), stop);
    let mut scene = Scene::new(options.seed, folder.clone(), options.plant);
    let seconds = options.duration.as_secs();
    say(options, &format!("stress: {seconds} s, seed {}, in {}", options.seed, folder.display()))?;

    let mut all = Verdict::new();
    let mut rounds = 0;
    let length = ROUND.min(options.duration / ROUNDS_AT_LEAST);
    let mut is_over = false;
    while !is_over {
        rounds += 1;
        let begun = family.elapsed();
        scene.round(&mut family, rounds, length)?;
        let took = family.elapsed() - begun;
        // A round that would end far beyond the time is not begun.
        let is_late = family.elapsed() + took / 2 >= options.duration;
        is_over = is_late || family.is_interrupted() || !family.verdict.is_good();
        if is_over {
            family.finish_all()?;
        }
        let verdict = std::mem::replace(&mut family.verdict, Verdict::new());
        let (word, took) = (if verdict.is_good() { "good" } else { "BROKEN" }, took.as_secs_f64());
        say(options, &format!("round {rounds}: {word} in {took:.1} s: {}", verdict.line()))?;
        all.merge(verdict);
        if rounds % ROUNDS_PER_REPORT == 0 {
            write_series(options, &family)?;
        }
    }
    let is_interrupted = family.is_interrupted();
    let took = family.elapsed().as_secs_f64();
    write_series(options, &family)?;
    drop(family);
    conclude(options, &all, (rounds, took, is_interrupted), &folder)
}

/// Set by the first Ctrl-C; the second one does not wait for good order. Children then find their pipes
/// closed, and end.
fn interruption() -> Result<Arc<AtomicBool>, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if interrupted.swap(true, Ordering::Relaxed) {
            process::exit(EXIT_INTERRUPTED.into());
        }
        eprintln!("stress: interrupted; ending in good order (once more ends at once)");
    })
    .map_err(Error::during("asking to be told of Ctrl-C"))?;
    Ok(stop)
}

fn conclude(
    options: &Options,
    all: &Verdict,
    (rounds, took, is_interrupted): (u64, f64, bool),
    folder: &Path,
) -> Result<u8, Error> {
    let (word, code) = match (all.is_good(), is_interrupted) {
        (false, _) => ("failed", EXIT_BROKEN),
        (true, true) => ("interrupted", EXIT_INTERRUPTED),
        (true, false) => ("passed", 0),
    };
    let command = format!("cargo xtask stress --secs {} --seed {}", options.duration.as_secs(), options.seed);
    let kept = (!all.is_good()).then(|| folder.display().to_string());
    if kept.is_none() {
        fs::remove_dir_all(folder).map_err(Error::during(format!("removing {}", folder.display())))?;
    }
    let summary = Summary::new(all, (word, rounds, took), (options.seed, command.clone(), kept.clone()));
    let json = serde_json::to_string_pretty(&summary).map_err(Error::during("writing JSON"))? + "\n";
    write_whole(&options.out.join("verdict.json"), &json)?;

    let mut text =
        format!("\nstress: {rounds} rounds in {took:.1} s, seed {}: {}\n", options.seed, all.line());
    for message in &all.messages {
        text += &format!("stress: {message}\n");
    }
    text += &format!("stress: series.csv, plot.svg and verdict.json are in {}\n", options.out.display());
    if let Some(folder) = kept {
        text += &format!("stress: the stores are kept in {folder}\nstress: run it again with: {command}\n");
    }
    text += &format!("stress: {}", word.to_uppercase());
    say(options, &text)?;
    if options.json {
        print(&mut io::stdout(), json.trim_end())?;
    }
    Ok(code)
}

fn write_series(options: &Options, family: &Family) -> Result<(), Error> {
    let title = format!("cargo xtask stress --secs {} --seed {}", options.duration.as_secs(), options.seed);
    write_whole(&options.out.join("series.csv"), &family.series.csv())?;
    write_whole(&options.out.join("plot.svg"), &plot::svg(&family.series, &title))
}

/// Writes a file as a whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<(), Error> {
    let doing = || format!("writing {}", path.display());
    let temporary = PathBuf::from(format!("{}.tmp", path.display()));
    fs::write(&temporary, text).map_err(Error::during(doing()))?;
    fs::rename(&temporary, path).map_err(Error::during(doing()))
}

/// Says something to people: on stdout, unless that is for a program.
fn say(options: &Options, text: &str) -> Result<(), Error> {
    if options.json { print(&mut io::stderr(), text) } else { print(&mut io::stdout(), text) }
}

fn print(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Error::during("printing"))
}
