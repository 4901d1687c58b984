//! The store's own thread that compacts, beside those that write.

use std::sync::Arc;
use std::time::Duration;

use cst_frozen::{Compactor, Pace, Progress, Writer};

use super::protocol::{Promise, Voice};
use crate::random::Random;

/// A pace at which merges are under way most of the time, in many steps or few.
pub(super) fn hasty(random: &mut Random) -> Pace {
    let interval = Duration::from_millis(random.between(1, 100) as u64);
    Pace::default().interval(interval).step(1 << random.between(8, 20))
}

/// Lets that thread compact until the child is to end, and tells of what goes wrong there at once: who is killed tells nothing
/// afterwards.
pub(super) fn run(voice: &Voice, writer: &Arc<Writer>, pace: Pace) {
    let compactor = match Compactor::start(writer, pace) {
        Ok(compactor) => compactor,
        Err(error) => return voice.broken(Promise::Crash, &format!("starting to compact: {error}")),
    };
    let (mut steps, mut errors) = (0, 0);
    let mut tell = |progress: Progress| {
        if progress.errors > errors {
            let error = progress.last_error.map_or_else(String::new, |error| error.to_string());
            voice.broken(Promise::Crash, &format!("compacting in the background: {error}"));
        }
        voice.count(|tally| tally.operations += progress.steps - steps);
        (steps, errors) = (progress.steps, progress.errors);
    };
    while !voice.is_over() {
        std::thread::sleep(Duration::from_millis(50));
        if !compactor.is_running() {
            return voice.broken(Promise::Crash, &"the thread that compacts has ended by itself");
        }
        tell(compactor.progress());
    }
    tell(compactor.stop());
}
