//! A child process per peer: what one takes of memory does not disturb the others, and can be told.
//!
//! The parent writes a line for each round, the child answers with a line. The child ends when its input
//! does, so also when the parent dies; the parent ends one that does not answer.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::options::{Options, Role};
use super::{memory, pack, series::Outcome, trees};
use crate::error::Error;
use crate::random::Random;

/// The argument that makes the program `peers` a child; a [`Job`] follows.
pub const ARGUMENT: &str = "--child";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// How long a child may take to end once its input has.
const FAREWELL: Duration = Duration::from_secs(10);

/// What a child is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The role's name.
    pub role: String,
    /// The peer's name.
    pub peer: String,
    /// Where the corpus lies.
    pub pack: PathBuf,
    /// An empty folder of its own.
    pub folder: PathBuf,
    /// What the access pattern is made from.
    pub seed: u64,
}

/// A value that was measured in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What it is, dotted.
    pub what: String,
    /// What one of it is.
    pub unit: String,
    /// The value.
    pub value: f64,
}

impl Measure {
    /// A value with its name.
    #[must_use]
    pub fn new(what: impl Into<String>, unit: &str, value: f64) -> Self {
        Self { what: what.into(), unit: unit.to_owned(), value }
    }
}

type Answer = Result<Vec<Measure>, String>;

/// Does a job, as the child: a round for each line of input.
///
/// # Errors
///
/// Where the job cannot be read or begun, or nobody takes the answers. What goes wrong in a round is an answer.
pub fn serve(job: &str) -> Result<(), Error> {
    let job: Job = serde_json::from_str(job).map_err(Error::during("reading the job"))?;
    let corpus = pack::read(&job.pack)?;
    let mut input = io::stdin().lock().lines();
    let mut answer = |answer: Result<Vec<Measure>, Error>| -> Result<bool, Error> {
        let answer: Answer = answer.map_err(|error| error.to_string());
        let line = serde_json::to_string(&answer).map_err(Error::during("answering"))?;
        writeln!(io::stdout(), "{line}").map_err(Error::during("answering"))?;
        Ok(matches!(input.next(), Some(Ok(_))))
    };
    // The first answer says that all is ready.
    match Role::of_name(&job.role) {
        Some(Role::Trees) => trees::serve(&corpus, &job, &mut answer),
        Some(Role::Memory) => memory::serve(&corpus, &job, &mut answer),
        _ => Err(Error::new(format!("{}: not a role for child processes", job.role))),
    }
}

/// Sends an answer, and waits for the next round; false where there is none.
pub type Tell<'t> = dyn FnMut(Result<Vec<Measure>, Error>) -> Result<bool, Error> + 't;

/// A running child.
struct Child {
    peer: &'static str,
    process: std::process::Child,
    answers: Receiver<io::Result<String>>,
}

impl Child {
    fn start(program: &Path, peer: &'static str, job: &Job) -> Result<Self, Error> {
        let job = serde_json::to_string(job).map_err(Error::during("writing the job"))?;
        let mut command = Command::new(program);
        command.args([ARGUMENT, &job]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let starting = || format!("starting {} for {peer}", program.display());
        let mut process = command.spawn().map_err(Error::during(starting()))?;
        let (sender, answers) = mpsc::channel();
        if let Some(output) = process.stdout.take() {
            // Ends with the child's output.
            thread::spawn(move || BufReader::new(output).lines().try_for_each(|line| sender.send(line)));
        }
        Ok(Self { peer, process, answers })
    }

    fn answer(&mut self) -> Result<Vec<Measure>, Error> {
        let peer = self.peer;
        let line = self.answers.recv_timeout(PATIENCE).map_err(|why| match why {
            mpsc::RecvTimeoutError::Timeout => {
                Error::new(format!("{peer}: no answer within {} s", PATIENCE.as_secs()))
            }
            mpsc::RecvTimeoutError::Disconnected => {
                Error::new(format!("{peer}: its process ended without an answer"))
            }
        })?;
        let line = line.map_err(Error::during(format!("hearing from {peer}")))?;
        let answer: Answer =
            serde_json::from_str(&line).map_err(Error::during(format!("hearing from {peer}")))?;
        answer.map_err(Error::during(peer))
    }

    fn round(&mut self) -> Result<Vec<Measure>, Error> {
        if let Some(input) = &mut self.process.stdin {
            let told = input.write_all(b"round\n").and_then(|()| input.flush());
            told.map_err(Error::during(format!("asking {}", self.peer)))?;
        }
        self.answer()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let end = Instant::now() + FAREWELL;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        // Of no effect on one that has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Measures `peers` in a child each, the children taking turns, and adds what they answer to `outcome`.
pub(super) fn measure(
    outcome: &mut Outcome,
    peers: &[&'static str],
    pack: &Path,
    folder: &Path,
    options: &Options,
) -> Result<(), Error> {
    let role = outcome.role.name();
    let mut children = Vec::new();
    for &peer in peers {
        (options.progress)(&format!("{role}: {peer}, making ready"));
        let place = folder.join(format!("{role}-{peer}"));
        std::fs::create_dir_all(&place).map_err(Error::during(format!("making {}", place.display())))?;
        let job = Job {
            role: role.to_owned(),
            peer: peer.to_owned(),
            pack: pack.to_owned(),
            folder: place,
            seed: options.seed,
        };
        let mut child = Child::start(&options.program, peer, &job)?;
        add(outcome, peer, child.answer()?);
        children.push(child);
    }
    let mut random = Random::new(options.seed);
    for round in 0..options.rounds {
        // Any order, so that none always follows the same one.
        random.shuffle(&mut children);
        for child in &mut children {
            let peer = child.peer;
            (options.progress)(&format!("{role}: {peer}, round {} of {}", round + 1, options.rounds));
            let measures = child.round()?;
            add(outcome, peer, measures);
        }
    }
    Ok(())
}

fn add(outcome: &mut Outcome, peer: &str, measures: Vec<Measure>) {
    for Measure { what, unit, value } in measures {
        outcome.push(peer, &what, &unit, value);
    }
}
