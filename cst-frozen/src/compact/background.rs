//! Compaction beside other work: a thread that steps it whenever something was committed.

use std::{
    io,
    sync::{Arc, Weak},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use crate::{Compaction, Step, WriteError, writer::Writer};

/// A shorter interval would keep a core busy with asking.
const SHORTEST: Duration = Duration::from_millis(1);

/// After an error so many intervals pass before the next try: a full disk is not filled again each second.
const PATIENCE: u32 = 60;

/// How often a [`Compactor`] looks for work, and how much it does at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    interval: Duration,
    step: u64,
}

impl Pace {
    /// How long it waits between two looks whether something was committed; a second by default.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Pace {
        self.interval = interval.max(SHORTEST);
        self
    }

    /// About how many bytes of the store it goes through at a time; 4 MiB by default.
    #[must_use]
    pub fn step(mut self, bytes: u64) -> Pace {
        self.step = bytes;
        self
    }
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { interval: Duration::from_secs(1), step: 4 << 20 }
    }
}

/// What a [`Compactor`] has done so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Steps that went through some bytes or ended a merge.
    pub steps: u64,
    /// Merges that were finished.
    pub merges: u64,
    /// The sums of what they did.
    pub compacted: Compaction,
    /// Steps that failed. The store holds what it held.
    pub errors: u64,
    /// The last of these errors.
    pub last_error: Option<Arc<WriteError>>,
}

/// A thread that compacts a store beside other work, as [`Writer::compact_step`] does: whenever something was committed, and
/// only while it is worth it. Dropping this ends it.
///
/// It rests after each step for as long as the step took, at most an interval, so it takes half of a disk's time at most. No
/// read waits for it; a commit waits for the end of a merge's last step at most, while the file gets its name.
/// [`Writer::compact`] and [`Writer::make_room`] wait for the step that is under way. As with any compaction, commits with
/// [`Durability::Volatile`](crate::Durability::Volatile) get their names when a merge is looked for.
///
/// The thread keeps neither the process alive nor the writer open: once all other owners of the writer are gone, it ends
/// within an interval. A program that opens the store again right away drops this first.
///
/// ```
/// use std::sync::Arc;
/// use cst_frozen::{Compactor, Durability, Options, Pace, Writer};
///
/// # let temporary = tempfile::tempdir()?;
/// let writer = Arc::new(Writer::open(temporary.path().join("store"), Options::default())?);
/// let compactor = Compactor::start(&writer, Pace::default())?;
/// writer.put(&[7; 32], b"a record")?;
/// writer.commit(Durability::Fsync)?;
/// let progress = compactor.stop();
/// assert!(progress.last_error.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Compactor {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// Where the thread and its owner meet.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    stopping: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_stopping: bool,
    progress: Progress,
}

impl Compactor {
    /// Starts the thread.
    ///
    /// # Errors
    /// What the operating system answers where it has no thread to give.
    pub fn start(writer: &Arc<Writer>, pace: Pace) -> io::Result<Compactor> {
        let desk = Arc::new(Desk::default());
        let (weak, at) = (Arc::downgrade(writer), Arc::clone(&desk));
        let work = move || work(&weak, &at, pace);
        let thread = thread::Builder::new().name("cst-frozen compaction".to_owned()).spawn(work)?;
        Ok(Compactor { desk, thread: Some(thread) })
    }

    /// What it has done so far. Waits for nothing.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.desk.state.lock().progress.clone()
    }

    /// Whether the thread is still there. It ends by itself when the writer is gone, or has lost its lock.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Ends the thread, and waits for the step that is under way, if one is. A merge that is not done stays begun: the next
    /// [`Writer::compact_step`] goes on with it. Dropping does the same.
    #[must_use = "it says what went wrong; to end the thread only, drop it"]
    pub fn stop(mut self) -> Progress {
        self.end();
        self.progress()
    }

    fn end(&mut self) {
        self.desk.state.lock().is_stopping = true;
        self.desk.stopping.notify_all();
        // There is nobody to tell of a panic but who looks at the process's output, where it stands.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Compactor {
    fn drop(&mut self) {
        self.end();
    }
}

/// What the thread does until it is stopped or the writer is no use any more.
fn work(writer: &Weak<Writer>, desk: &Desk, pace: Pace) {
    // The commit after which there was nothing to gain.
    let mut settled = None;
    // How many intervals are left to wait after an error.
    let mut patience = 0_u32;
    while let Some(writer) = writer.upgrade() {
        let generation = writer.reader().generation();
        let mut rest = pace.interval;
        patience = patience.saturating_sub(1);
        if patience == 0 && settled != Some(generation) {
            let begun = Instant::now();
            let outcome = writer.compact_step(pace.step);
            match &outcome {
                Ok(Step::Idle) => settled = Some(generation),
                Ok(_) => rest = begun.elapsed().min(pace.interval),
                Err(_) => patience = PATIENCE,
            }
            let is_over = matches!(outcome, Err(WriteError::LockLost { .. }));
            desk.state.lock().progress.note(outcome);
            if is_over {
                return;
            }
        }
        // Not held while it rests: whoever drops the last of the others closes the store.
        drop(writer);
        if desk.is_stopped_within(rest) {
            return;
        }
    }
}

impl Desk {
    fn is_stopped_within(&self, rest: Duration) -> bool {
        let mut state = self.state.lock();
        let is_running = |state: &mut State| !state.is_stopping;
        let _ = self.stopping.wait_while_for(&mut state, is_running, rest);
        state.is_stopping
    }
}

impl Progress {
    fn note(&mut self, outcome: Result<Step, WriteError>) {
        match outcome {
            Ok(Step::Idle) => return,
            Ok(Step::Copied { .. }) => {}
            Ok(Step::Merged(merge)) => {
                self.merges += 1;
                self.compacted.add(merge);
            }
            Err(error) => {
                self.errors += 1;
                self.last_error = Some(Arc::new(error));
                return;
            }
        }
        self.steps += 1;
    }
}
