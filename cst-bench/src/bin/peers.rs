//! The command `peers`: this project beside its rivals, in one run, as tables or as JSON.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::process::{self, ExitCode};

use cst_bench::corpus::Corpus;
use cst_bench::error::Error;
use cst_bench::peers::args::{Task, USAGE};
use cst_bench::peers::{Options, child, measure};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [child::ARGUMENT, job] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return child::serve(job);
    }
    let program = env::current_exe().map_err(Error::during("finding the running program"))?;
    let mut options = Options::with_program(program);
    let json = match Task::read(arguments, &mut options)? {
        Task::Help => return print(USAGE),
        Task::Tables => false,
        Task::Json => true,
    };
    if cfg!(debug_assertions) {
        return Err(Error::new("times of a debug build mean nothing; add --release"));
    }
    options.progress = |doing| eprintln!("{doing}");
    // All temporary files lie below one folder, so that an interrupt can remove them.
    let folder = tempfile::Builder::new().prefix("cst-peers-").tempdir_in(&options.folder);
    let folder = folder.map_err(Error::during(format!("making a folder in {}", options.folder.display())))?;
    options.folder = folder.path().to_owned();
    let leftover = options.folder.clone();
    ctrlc::set_handler(move || {
        // The child processes are interrupted too. What one is still writing may be left.
        let _ = fs::remove_dir_all(&leftover);
        eprintln!("peers: interrupted; no figures");
        process::exit(130);
    })
    .map_err(Error::during("watching for interrupts"))?;

    let corpus = Corpus::from_env()?;
    let outcomes = measure(&corpus, &options)?;
    if json {
        let figures: Vec<_> =
            outcomes.iter().flat_map(|outcome| outcome.figures(&corpus, &options)).collect();
        let json = serde_json::to_string_pretty(&figures).map_err(Error::during("writing JSON"))?;
        return print(&format!("{json}\n"));
    }
    print(&format!("corpus: {}, one thread\n", corpus.name))?;
    outcomes.iter().try_for_each(|outcome| print(&format!("\n{outcome}")))
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Error::during("writing to stdout"))
}
