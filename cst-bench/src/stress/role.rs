//! A child: this very program, started again to be one of many processes.

use std::process::ExitCode;
use std::sync::Arc;

use parking_lot::Mutex;

use super::protocol::{Notice, Role, Said, Voice};
use super::{budget, check, disk, index, reader, writer};

/// Does what the first line of stdin says.
pub(crate) fn run() -> ExitCode {
    let told = reader::Told::new(Mutex::new(Vec::new()));
    let tells = Arc::clone(&told);
    let started = Voice::start(move |Notice::There(draft)| tells.lock().push(draft));
    let (voice, task) = match started {
        Ok(started) => started,
        Err(error) => {
            eprintln!("a child is started by its parent only, which says on stdin what to do: {error}");
            return ExitCode::from(2);
        }
    };
    let done = match task.role {
        Role::Writer => writer::run(&voice, &task),
        Role::Reader => reader::run(&voice, &task, &told),
        Role::Budget => budget::run(&voice, &task),
        Role::Index => index::run(&voice, &task),
        Role::Disk => disk::run(&voice, &task),
        Role::Check => check::run(&voice, &task),
        Role::Damaged => check::run_damaged(&voice, &task),
    };
    match done {
        Ok(()) => {
            voice.tell();
            voice.say(&Said::End);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
