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
use crate::subject::{Output, PARSE, SUBJECTS, Work};

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

/// How many times a small corpus is gone through: a slow minute of the machine then spoils one time, and
/// not all rounds of a file.
const SWEEPS: usize = 5;

/// A corpus up to so many bytes is small. In a large one, one file's bad luck is another's good.
const SMALL: usize = 1_000_000;

/// The rounds of one file by subject, and what does not change from round to round.
#[derive(Default)]
struct FileRounds {
    size: Size,
    heaps: [RustHeap; SUBJECTS.len()],
    times: [Vec<Duration>; SUBJECTS.len()],
}

/// Measures all files, and tells `progress` which language is next.
///
/// # Errors
///
/// Where a file makes no round trip, or the user ends the run.
pub fn measure(languages: &[Language], progress: impl Fn(&str)) -> Result<Vec<Measured>, Error> {
    let bytes = |language: &Language| language.files.iter().map(|file| file.source.len()).sum::<usize>();
    let sweeps = if languages.iter().map(bytes).sum::<usize>() <= SMALL { SWEEPS } else { 1 };
    let mut rounds: Vec<Vec<FileRounds>> = Vec::new();
    for language in languages {
        rounds.push(language.files.iter().map(|_| FileRounds::default()).collect());
    }
    for _ in 0..sweeps {
        for (language, rounds) in languages.iter().zip(&mut rounds) {
            progress(&language.name);
            let all = bytes(language).max(1) as f64;
            for (file, rounds) in language.files.iter().zip(rounds) {
                stop::check()?;
                let share = file.source.len() as f64 / all / sweeps as f64;
                measure_case(&Case::new(&language.grammar, file)?, LANGUAGE.mul_f64(share), rounds)?;
            }
        }
    }
    let sum = |(language, files): (&Language, Vec<FileRounds>)| {
        let mut measured =
            Measured { language: language.name.clone(), size: Size::default(), costs: Default::default() };
        for FileRounds { size, heaps, times } in files {
            measured.size = measured.size + size;
            for ((cost, heap), times) in measured.costs.iter_mut().zip(heaps).zip(times) {
                *cost = *cost + Cost { times: Times::of(times), heap };
            }
        }
        measured
    };
    Ok(languages.iter().zip(rounds).map(sum).collect())
}

fn measure_case(case: &Case<'_>, time: Duration, rounds: &mut FileRounds) -> Result<(), Error> {
    let works: Result<Vec<Work<'_>>, Error> =
        SUBJECTS.iter().map(|subject| (subject.prepare)(case)).collect();
    let mut works = works?;
    rounds.size = case.size;

    // Counted first, which is the warm-up too.
    let start = Instant::now();
    for (work, heap) in works.iter_mut().zip(&mut rounds.heaps) {
        let (made, taken) = count(|| work(&case.tree));
        drop(made?);
        *heap = taken;
    }
    let number = time.as_nanos() / start.elapsed().as_nanos().max(1);
    let number = usize::try_from(number).unwrap_or(MOST_ROUNDS).clamp(FEWEST_ROUNDS, MOST_ROUNDS);

    for _ in 0..number {
        let mut parsed = None;
        for (subject, (work, times)) in SUBJECTS.iter().zip(works.iter_mut().zip(&mut rounds.times)) {
            let tree = parsed.take();
            let start = Instant::now();
            let made = work(tree.as_ref().unwrap_or(&case.tree));
            times.push(start.elapsed());
            // Freeing what was made is not part of the time: who parses frees a tree too.
            match made? {
                Output::Tree(tree) if subject.name == PARSE.name => parsed = Some(tree),
                made => drop(made),
            }
        }
    }
    Ok(())
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
