//! How long things took, in buckets that grow by a sixteenth: any number of times in 5 kB.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Buckets for each doubling.
const STEPS: u32 = 16;
const BUCKETS: usize = 40 * STEPS as usize;

/// Counts of durations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// Bucket and count, of those that are not empty, in order.
    counts: Vec<(u16, u64)>,
}

impl Latency {
    pub(crate) const fn new() -> Self {
        Self { counts: Vec::new() }
    }

    pub(crate) fn add(&mut self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1);
        self.add_count(bucket(nanoseconds), 1);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for &(bucket, count) in &other.counts {
            self.add_count(bucket, count);
        }
    }

    /// The duration that this share of all did not exceed, in milliseconds; at most 4.5 % more than it was.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().map(|&(_, count)| count).sum();
        let mut seen = 0;
        let reaches = |&&(_, count): &&(u16, u64)| {
            seen += count;
            seen as f64 >= share * total as f64
        };
        let (bucket, _) = self.counts.iter().find(reaches)?;
        Some((f64::from(bucket + 1) / f64::from(STEPS)).exp2() / 1e6)
    }

    fn add_count(&mut self, bucket: u16, count: u64) {
        match self.counts.binary_search_by_key(&bucket, |&(bucket, _)| bucket) {
            Ok(at) => self.counts[at].1 += count,
            Err(at) => self.counts.insert(at, (bucket, count)),
        }
    }
}

fn bucket(nanoseconds: u64) -> u16 {
    let place = (nanoseconds as f64).log2() * f64::from(STEPS);
    // The place is positive and below the number of buckets, so it is a u16.
    place.min((BUCKETS - 1) as f64) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_as_close_as_the_buckets() {
        let mut latency = Latency::new();
        assert_eq!(latency.quantile(0.5), None);
        let mut upper = Latency::new();
        for millisecond in 1..=100 {
            let half = if millisecond <= 50 { &mut latency } else { &mut upper };
            half.add(Duration::from_millis(millisecond));
        }
        latency.merge(&upper);
        for (share, exact) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            let found = latency.quantile(share).unwrap();
            assert!(found >= exact && found < exact * 1.05, "{share}: {found}");
        }
        latency.add(Duration::ZERO);
        latency.add(Duration::MAX);
        assert!(latency.quantile(0.0).unwrap() < 0.001);
    }
}
