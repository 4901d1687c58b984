//! The command `figures`: one run over a corpus, printed as tables or as JSON.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use cst_bench::args::{Task, USAGE};
use cst_bench::corpus::Corpus;
use cst_bench::count::Counting;
use cst_bench::error::Error;
use cst_bench::figure::figures;
use cst_bench::measure::{Measured, measure};
use cst_bench::report::Report;
use cst_bench::size;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    match Task::read(env::args().skip(1))? {
        Task::Help => print(USAGE),
        Task::Bless => {
            let path = size::snapshot_path();
            let name = path.display().to_string();
            fs::write(path, size::snapshot()?).map_err(Error::during(format!("writing {name}")))?;
            print(&format!("{name}\n"))
        }
        Task::Tables => {
            let (corpus, measured) = measured()?;
            print(&Report { corpus: &corpus, measured: &measured }.to_string())
        }
        Task::Json => {
            let (corpus, measured) = measured()?;
            let json = serde_json::to_string_pretty(&figures(&corpus, &measured));
            print(&format!("{}\n", json.map_err(Error::during("writing JSON"))?))
        }
    }
}

fn measured() -> Result<(Corpus, Vec<Measured>), Error> {
    if cfg!(debug_assertions) {
        return Err(Error::new("times of a debug build mean nothing; add --release"));
    }
    let corpus = Corpus::from_env()?;
    let measured = corpus.languages.iter().map(measure).collect::<Result<_, _>>()?;
    Ok((corpus, measured))
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Error::during("writing to stdout"))
}
