//! Measuring: every subject on one file after the other, round after round, so that a slow moment of
//! the machine hits all of them alike.

use std::ops::Add;
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::corpus::Language;
use crate::count::{RustHeap, count};
use crate::error::Error;
use crate::size::Size;
use crate::stop;
use crate::subject::{SUBJECTS, Work};

/// How often each subject runs on each file at least.
pub const FEWEST_ROUNDS: usize = 5;

/// And at most.
pub const MOST_ROUNDS: usize = 2_000;

/// How long the rounds of a language may take beyond the fewest. A file gets its share by size, so
/// that few small files, whose times are the noisiest, have many rounds.
const LANGUAGE: Duration = Duration::from_secs(2);

/// Time that a subject took for all files, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Of each file the best round, summed.
    pub best: u64,
    /// Of each file the median round, summed.
    pub median: u64,
}

impl Times {
    /// Of the rounds of one file, of which there has to be one.
    #[must_use]
    pub fn of(mut rounds: Vec<Duration>) -> Self {
        rounds.sort_unstable();
        let at = |index: usize| rounds.get(index).copied().unwrap_or_default();
        Self { best: nanoseconds(at(0)), median: nanoseconds(at(rounds.len() / 2)) }
    }
}

impl Add for Times {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { best: self.best + other.best, median: self.median + other.median }
    }
}

/// A duration in nanoseconds.
#[must_use]
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What a subject came to on all files of a language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// How long it took.
    pub times: Times,
    /// What it took from the Rust allocator, summed over the files.
    pub heap: RustHeap,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let heap = RustHeap {
            allocations: self.heap.allocations + other.heap.allocations,
            peak_bytes: self.heap.peak_bytes + other.heap.peak_bytes,
        };
        Self { times: self.times + other.times, heap }
    }
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
/// Where a file makes no round trip, or the user ends the run.
pub fn measure(language: &Language) -> Result<Measured, Error> {
    let bytes: usize = language.files.iter().map(|file| file.source.len()).sum();
    let mut size = Size::default();
    let mut costs = [Cost::default(); SUBJECTS.len()];
    for file in &language.files {
        stop::check()?;
        let case = Case::new(&language.grammar, file)?;
        size = size + case.size;
        let share = file.source.len() as f64 / bytes.max(1) as f64;
        let of_case = measure_case(&case, LANGUAGE.mul_f64(share))?;
        for (sum, cost) in costs.iter_mut().zip(of_case) {
            *sum = *sum + cost;
        }
    }
    Ok(Measured { language: language.name.clone(), size, costs })
}

fn measure_case(case: &Case<'_>, time: Duration) -> Result<[Cost; SUBJECTS.len()], Error> {
    let works: Result<Vec<Work<'_>>, Error> =
        SUBJECTS.iter().map(|subject| (subject.prepare)(case)).collect();
    let mut works = works?;
    let mut costs = [Cost::default(); SUBJECTS.len()];

    // Counted first, which is the warm-up too.
    let start = Instant::now();
    for (work, cost) in works.iter_mut().zip(costs.iter_mut()) {
        let (made, heap) = count(&mut *work);
        drop(made?);
        cost.heap = heap;
    }
    let rounds = time.as_nanos() / start.elapsed().as_nanos().max(1);
    let rounds = usize::try_from(rounds).unwrap_or(MOST_ROUNDS).clamp(FEWEST_ROUNDS, MOST_ROUNDS);

    let mut times = vec![Vec::with_capacity(rounds); SUBJECTS.len()];
    for _ in 0..rounds {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let start = Instant::now();
            let made = work();
            times.push(start.elapsed());
            // Freeing what was made is not part of the time: who parses frees a tree too.
            drop(made?);
        }
    }
    for (cost, times) in costs.iter_mut().zip(times) {
        cost.times = Times::of(times);
    }
    Ok(costs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_and_median_are_per_file() {
        let first = Times::of([9, 3, 5, 1, 7].map(Duration::from_nanos).to_vec());
        let second = Times::of([20, 20, 10, 20, 20].map(Duration::from_nanos).to_vec());
        assert_eq!(first + second, Times { best: 11, median: 25 });
    }
}
