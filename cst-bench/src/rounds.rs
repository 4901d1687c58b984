//! Short pieces of work, timed in turns: of each the best round.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::stop;

/// A piece of work with a name. What it returns is dropped after the clock has stopped.
pub struct Piece<'w> {
    /// What it is.
    pub name: String,
    /// Does it, and says how often it was done.
    pub work: Work<'w>,
}

/// Does something a number of times, and returns that number with what is to be dropped unmeasured.
pub type Work<'w> = Box<dyn FnMut() -> Result<(u32, Box<dyn std::any::Any>), Error> + 'w>;

impl<'w> Piece<'w> {
    /// Work that is done once a round.
    pub fn new<T: 'static>(name: &str, work: impl FnMut() -> Result<T, Error> + 'w) -> Self {
        Self::many(name, 1, work)
    }

    /// Work that does the same `times` times a round, because once is too short for a clock.
    pub fn many<T: 'static>(name: &str, times: u32, mut work: impl FnMut() -> Result<T, Error> + 'w) -> Self {
        Self { name: name.to_owned(), work: Box::new(move || Ok((times, Box::new(work()?)))) }
    }
}

/// How long one of each takes at best, in nanoseconds, of so many interleaved rounds after one that
/// is not counted.
///
/// # Errors
///
/// Where a piece fails, or the user ends the run.
pub fn best(pieces: &mut [Piece<'_>], rounds: usize) -> Result<Vec<f64>, Error> {
    let mut best = vec![f64::INFINITY; pieces.len()];
    for round in 0..=rounds {
        stop::check()?;
        for (piece, best) in pieces.iter_mut().zip(&mut best) {
            let start = Instant::now();
            let (times, made) = (piece.work)()?;
            let time = start.elapsed();
            drop(made);
            if round > 0 {
                *best = best.min(per_one(time, times));
            }
        }
    }
    Ok(best)
}

fn per_one(time: Duration, times: u32) -> f64 {
    time.as_nanos() as f64 / f64::from(times.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_round_counts_and_the_first_does_not() {
        let mut round = 0;
        let work = move || {
            round += 1;
            std::thread::sleep(Duration::from_millis([0, 9, 3][round - 1]));
            Ok(())
        };
        let mut pieces = [Piece::many("sleep", 3, work)];
        let best = best(&mut pieces, 2).unwrap();
        assert!((1e6..3e6).contains(&best[0]), "{best:?}");
    }
}
