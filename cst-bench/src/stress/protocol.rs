//! What parent and children say to each other: one JSON value per line, over the child's stdin and stdout.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::generator::Draft;
use super::latency::Latency;
use super::ledger::{Ack, Change, Counts};

/// What a child is to do; its first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Assignment {
    /// Of the texts; the same for all.
    pub(crate) texts: u64,
    /// Of the choices of this child.
    pub(crate) seed: u64,
    /// The store's folder, for those that have one.
    pub(crate) store: PathBuf,
    /// The folder with the source files, for those that have one.
    pub(crate) sources: PathBuf,
    /// The drafts that are there.
    pub(crate) drafts: Vec<Draft>,
    /// Those of them that nobody counts on any more.
    pub(crate) retired: Vec<Draft>,
    /// How many files there are to be.
    pub(crate) files: u32,
    pub(crate) role: Role,
    /// What to do wrong, so that a test sees it found.
    pub(crate) plant: Option<Plant>,
}

/// What a child is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Writes to the store.
    Writer,
    /// Reads it meanwhile.
    Reader,
    /// Works on one cache from many threads within a small budget.
    Budget,
    /// Indexes the folder of source files, and verifies what came of it.
    Index,
    /// Works on a simulated disk that fails.
    Disk,
    /// Looks at all drafts in a store that nobody writes to.
    Check,
    /// The same in a damaged store, which is then written to.
    Damaged,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::Budget => "budget",
            Self::Index => "index",
            Self::Disk => "disk",
            Self::Check => "check",
            Self::Damaged => "damaged",
        }
    }
}

/// A fault of this program's own making. If it is not found, the run proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plant {
    /// A tree is put in under the text of another one.
    WrongTree,
    /// A commit is acknowledged that did not take place.
    LostCommit,
    /// The removal of a tree is acknowledged that did not take place.
    LostRemoval,
    /// A child ends by itself.
    Abort,
}

/// What the parent says to a child that is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    /// This draft is there from now on.
    There(Draft),
}

/// What children say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Said {
    /// It has opened its store.
    Ready,
    /// An operation is about to begin: which one of its worker's it is, and what it does.
    Change(u64, Change, Draft),
    /// A commit has returned.
    Done(Counts, Ack),
    /// Whether a draft was found; it was right if it was.
    Found(Draft, bool),
    /// What has happened since it last said so.
    Tally(Tally),
    /// A promise was broken: which one, and how.
    Broken(Promise, String),
    /// It has done what it was to do.
    End,
}

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Promise {
    /// A tree that is not that of its text.
    WrongTree,
    /// What was committed is not as it was committed.
    LostCommit,
    /// An operation failed that had no reason to, or a process ended or hung.
    Crash,
    /// A process took more than its budget and what it may take beside.
    Memory,
}

/// Counts of what has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Calls of the libraries.
    pub(crate) operations: u64,
    /// Trees that were asked for and not found where that may be.
    pub(crate) misses: u64,
    /// Trees compared with those of a parser.
    pub(crate) compared: u64,
    /// Faults that were made.
    pub(crate) faults: u64,
    /// How long it took to get a tree.
    pub(crate) gets: Latency,
    /// How long it took to commit.
    pub(crate) commits: Latency,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self {
            operations: 0,
            misses: 0,
            compared: 0,
            faults: 0,
            gets: Latency::new(),
            commits: Latency::new(),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.operations += other.operations;
        self.misses += other.misses;
        self.compared += other.compared;
        self.faults += other.faults;
        self.gets.merge(&other.gets);
        self.commits.merge(&other.commits);
    }
}

/// A child's side of the pipes.
pub(crate) struct Voice {
    out: Mutex<io::Stdout>,
    tally: Mutex<Tally>,
    stop: Arc<AtomicBool>,
}

impl Voice {
    /// Reads the assignment, and from then on the parent's notices. When they end, so is the child to: its
    /// parent wants it, or is gone.
    pub(crate) fn start(notice: impl Fn(Notice) + Send + 'static) -> io::Result<(Self, Assignment)> {
        let mut lines = io::BufReader::new(io::stdin()).lines();
        let first = lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))?;
        let assignment = serde_json::from_str(&first)?;
        let stop = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&stop);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(said) = serde_json::from_str(&line) {
                    notice(said);
                }
            }
            ended.store(true, Ordering::Relaxed);
            // Who does not come to an end by itself is ended, so that nobody is left behind.
            std::thread::sleep(PATIENCE);
            process::exit(EXIT_STUCK);
        });
        Ok((Self { out: Mutex::new(io::stdout()), tally: Mutex::new(Tally::new()), stop }, assignment))
    }

    /// Whether the child is to end.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Says something. When this returns, the parent will hear it, whatever happens to this process.
    pub(crate) fn say(&self, said: &Said) {
        let Ok(line) = serde_json::to_string(said) else { return };
        let mut out = self.out.lock();
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            // Nobody listens any more.
            process::exit(0);
        }
    }

    pub(crate) fn broken(&self, promise: Promise, how: &impl ToString) {
        self.say(&Said::Broken(promise, how.to_string()));
    }

    /// Counts something.
    pub(crate) fn count(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.tally.lock());
    }

    /// Tells what was counted since this was last called.
    pub(crate) fn tell(&self) {
        let tally = std::mem::replace(&mut *self.tally.lock(), Tally::new());
        if tally != Tally::new() {
            self.say(&Said::Tally(tally));
        }
    }

    /// Tells what was counted four times a second, until the child is to end.
    pub(crate) fn keep_telling(&self) {
        while !self.is_over() {
            std::thread::sleep(Duration::from_millis(250));
            self.tell();
        }
    }
}

/// How long a child may take to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a child ends with that was to end and did not.
pub(crate) const EXIT_STUCK: i32 = 70;
