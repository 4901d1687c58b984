//! Measuring: every subject on one file after the other, round after round, so that a slow moment of
//! the machine hits all of them alike.

use std::time::{Duration, Instant};

use crate::case::Case;
use crate::corpus::Language;
use crate::count::{RustHeap, count};
use crate::error::Error;
use crate::size::Size;
use crate::subject::{SUBJECTS, Work};

/// How often each subject runs on each file.
pub const ROUNDS: usize = 5;

/// Time that a subject took for all files, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Of each file the best round, summed.
    pub best: u64,
    /// Of each file the median round, summed.
    pub median: u64,
}

impl Times {
    /// Adds the rounds of one file.
    fn add(&mut self, mut rounds: [Duration; ROUNDS]) {
        rounds.sort_unstable();
        let nanoseconds = |round: Duration| u64::try_from(round.as_nanos()).unwrap_or(u64::MAX);
        self.best += nanoseconds(rounds[0]);
        self.median += nanoseconds(rounds[ROUNDS / 2]);
    }
}

/// What a subject came to on all files of a language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// How long it took.
    pub times: Times,
    /// What it took from the Rust allocator, summed over the files.
    pub heap: RustHeap,
}

/// All that is measured of one language.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The language.
    pub language: String,
    /// Sizes, summed over the files.
    pub size: Size,
    /// What each of [`SUBJECTS`] costs, in their order.
    pub costs: [Cost; SUBJECTS.len()],
}

/// Measures the files of one language.
///
/// # Errors
///
/// Where a file makes no round trip.
pub fn measure(language: &Language) -> Result<Measured, Error> {
    let mut size = Size::default();
    let mut costs = [Cost::default(); SUBJECTS.len()];
    for file in &language.files {
        let case = Case::new(&language.grammar, file)?;
        size = size + case.size;
        measure_case(&case, &mut costs)?;
    }
    Ok(Measured { language: language.name.clone(), size, costs })
}

fn measure_case(case: &Case<'_>, costs: &mut [Cost; SUBJECTS.len()]) -> Result<(), Error> {
    let works: Result<Vec<Work<'_>>, Error> =
        SUBJECTS.iter().map(|subject| (subject.prepare)(case)).collect();
    let mut works = works?;

    // Counted first, which is the warm-up too.
    for (work, cost) in works.iter_mut().zip(costs.iter_mut()) {
        let (made, heap) = count(&mut *work);
        made?;
        cost.heap.allocations += heap.allocations;
        cost.heap.peak_bytes += heap.peak_bytes;
    }

    let mut rounds = [[Duration::ZERO; ROUNDS]; SUBJECTS.len()];
    for round in 0..ROUNDS {
        for (work, times) in works.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            let made = work();
            times[round] = start.elapsed();
            // Freeing what was made is not part of the time: who parses frees a tree too.
            drop(made?);
        }
    }
    for (cost, times) in costs.iter_mut().zip(rounds) {
        cost.times.add(times);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_and_median_are_per_file() {
        let mut times = Times::default();
        times.add([9, 3, 5, 1, 7].map(Duration::from_nanos));
        times.add([20, 20, 10, 20, 20].map(Duration::from_nanos));
        assert_eq!(times, Times { best: 11, median: 25 });
    }
}
