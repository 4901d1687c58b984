//! A child as its parent sees it: started, told, killed, waited for; never left behind.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::SyncSender;
use std::thread;

use super::protocol::{Assignment, Notice, Role, Said};
use crate::error::Error;

/// The hidden argument that makes this program a child.
pub(crate) const ARGUMENT: &str = "child";

/// Something that a child said, or that it will say no more.
#[derive(Debug)]
pub(crate) enum Event {
    Said(u64, Said),
    Ended(u64),
}

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) role: Role,
    /// Whether it has opened its store.
    pub(crate) is_ready: bool,
    /// Whether it said that it has done all.
    pub(crate) is_done: bool,
    /// Whether it was killed on purpose.
    pub(crate) is_killed: bool,
    process: process::Child,
    stdin: Option<ChildStdin>,
    log: PathBuf,
}

impl Child {
    /// Starts a child; what it says comes as events with this number. What it writes to stderr goes to a
    /// file in `logs`.
    pub(crate) fn start(
        number: u64,
        task: &Assignment,
        logs: &Path,
        events: SyncSender<Event>,
    ) -> Result<Self, Error> {
        let starting = || format!("starting a {}", task.role.name());
        let log = logs.join(format!("{}-{number}.txt", task.role.name()));
        let mut command = Command::new(env::current_exe().map_err(Error::during(starting()))?);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(File::create(&log).map_err(Error::during(starting()))?);
        // A Ctrl-C is for the parent, which then ends its children in good order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command.spawn().map_err(Error::during(starting()))?;
        let (mut stdin, stdout) = (process.stdin.take(), process.stdout.take());
        let assignment = serde_json::to_string(task).map_err(Error::during(starting()))?;
        if let Some(stdin) = &mut stdin {
            // If it died already, its end will tell.
            let _ = writeln!(stdin, "{assignment}");
        }
        thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok) {
                // A killed child's last line may be half a line.
                if let Ok(said) = serde_json::from_str(&line)
                    && events.send(Event::Said(number, said)).is_err()
                {
                    return;
                }
            }
            let _ = events.send(Event::Ended(number));
        });
        let (is_ready, is_done, is_killed) = (false, false, false);
        Ok(Self { role: task.role, is_ready, is_done, is_killed, process, stdin, log })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Tells it something; if it is gone, nobody hears.
    pub(crate) fn tell(&mut self, notice: Notice) {
        if let (Some(stdin), Ok(line)) = (&mut self.stdin, serde_json::to_string(&notice)) {
            let _ = writeln!(stdin, "{line}");
        }
    }

    /// Asks it to end in good order.
    pub(crate) fn let_go(&mut self) {
        self.stdin = None;
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.is_killed = true;
        self.process.kill()
    }

    /// Waits for a child that will say no more; what it wrote to stderr, unless it ended as it was to.
    pub(crate) fn wait(&mut self) -> io::Result<Result<(), String>> {
        self.stdin = None;
        let status = self.process.wait()?;
        // It may have died by itself just before it was killed.
        if (self.is_killed && was_killed(status)) || (status.success() && self.is_done) {
            return fs::remove_file(&self.log).map(Ok);
        }
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        Ok(Err(format!("{}; it wrote: {}", ended(status), log.trim())))
    }
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    const SIGKILL: i32 = 9;
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGKILL)
}

/// Elsewhere a killed process has a status like any other that failed.
#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

fn ended(status: ExitStatus) -> String {
    if status.success() { "it ended before its time".to_owned() } else { format!("it ended with {status}") }
}

impl Drop for Child {
    fn drop(&mut self) {
        // One that has been waited for is not touched again.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
