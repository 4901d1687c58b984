//! How memory and latency went over time: a bounded number of samples, whatever the run's length.

use std::fmt::Write as _;

use super::latency::Latency;
use super::protocol::Role;

/// Whose memory is in the series, in this order; the last one is this process itself.
pub(crate) const WATCHED: [(Option<Role>, &str); 6] = [
    (Some(Role::Writer), "writer"),
    (Some(Role::Reader), "reader"),
    (Some(Role::Budget), "budget"),
    (Some(Role::Index), "index"),
    (Some(Role::Disk), "disk"),
    (None, "parent"),
];

/// Resident bytes by [`WATCHED`].
pub(crate) type Resident = [u64; WATCHED.len()];

/// More samples than this are merged two by two.
const MOST: usize = 1_200;

/// What happened from the last sample to this one.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Its end, in seconds since the run began.
    pub(crate) seconds: f64,
    /// The most that was seen.
    pub(crate) resident: Resident,
    pub(crate) gets: Latency,
    pub(crate) commits: Latency,
    pub(crate) kills: u64,
}

impl Sample {
    fn empty() -> Self {
        let (gets, commits) = (Latency::new(), Latency::new());
        Self { seconds: 0.0, resident: Resident::default(), gets, commits, kills: 0 }
    }

    fn merge(&mut self, next: &Self) {
        self.seconds = next.seconds;
        self.resident = highest(self.resident, next.resident);
        self.gets.merge(&next.gets);
        self.commits.merge(&next.commits);
        self.kills += next.kills;
    }
}

/// The higher one of each.
pub(crate) fn highest(one: Resident, other: Resident) -> Resident {
    std::array::from_fn(|watched| one[watched].max(other[watched]))
}

/// The samples of a run.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) samples: Vec<Sample>,
    /// How long a sample lasts, in seconds.
    step: f64,
    /// What is not a sample yet.
    now: Sample,
}

impl Series {
    pub(crate) fn new() -> Self {
        Self { samples: Vec::new(), step: 0.25, now: Sample::empty() }
    }

    pub(crate) fn add_resident(&mut self, seconds: f64, resident: Resident) {
        self.now.seconds = seconds;
        self.now.resident = highest(self.now.resident, resident);
        let last = self.samples.last().map_or(0.0, |sample| sample.seconds);
        if seconds - last >= self.step {
            self.samples.push(std::mem::replace(&mut self.now, Sample::empty()));
        }
        if self.samples.len() > MOST {
            self.halve();
        }
    }

    pub(crate) fn add_latency(&mut self, gets: &Latency, commits: &Latency) {
        self.now.gets.merge(gets);
        self.now.commits.merge(commits);
    }

    pub(crate) fn add_kill(&mut self) {
        self.now.kills += 1;
    }

    fn halve(&mut self) {
        let merged = self.samples.chunks(2).map(|pair| {
            let mut sample = pair[0].clone();
            pair[1..].iter().for_each(|next| sample.merge(next));
            sample
        });
        self.samples = merged.collect();
        self.step *= 2.0;
    }

    /// The samples as comma-separated values, with a line of names.
    pub(crate) fn csv(&self) -> String {
        let mut csv = String::from("seconds");
        for (_, name) in WATCHED {
            let _ = write!(csv, ",{name}_resident_bytes");
        }
        csv += ",get_p50_ms,get_p99_ms,commit_p50_ms,commit_p99_ms,kills\n";
        for sample in &self.samples {
            let _ = write!(csv, "{:.2}", sample.seconds);
            for resident in sample.resident {
                let _ = write!(csv, ",{resident}");
            }
            for (latency, share) in
                [(&sample.gets, 0.5), (&sample.gets, 0.99), (&sample.commits, 0.5), (&sample.commits, 0.99)]
            {
                let value = latency.quantile(share).map(|value| format!("{value:.4}"));
                let _ = write!(csv, ",{}", value.unwrap_or_default());
            }
            let _ = writeln!(csv, ",{}", sample.kills);
        }
        csv
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_long_run_keeps_its_peaks_and_its_kills_in_few_samples() {
        let mut series = Series::new();
        for tick in 1..=40_000_u32 {
            let mut latency = Latency::new();
            latency.add(Duration::from_millis(if tick == 20_000 { 900 } else { 1 }));
            series.add_latency(&latency, &Latency::new());
            if tick % 10 == 0 {
                series.add_kill();
            }
            let peak = if tick == 30_000 { 77 } else { 5 };
            series.add_resident(f64::from(tick) * 0.25, [peak, 0, 0, 0, 0, 1]);
        }
        assert!(series.samples.len() <= MOST && series.samples.len() > MOST / 4, "{}", series.samples.len());
        assert_eq!(series.samples.iter().map(|sample| sample.resident[0]).max(), Some(77));
        let kills: u64 = series.samples.iter().map(|sample| sample.kills).sum();
        assert_eq!(kills + series.now.kills, 4_000);
        let slowest = series.samples.iter().filter_map(|sample| sample.gets.quantile(1.0));
        assert!(slowest.fold(0.0, f64::max) > 899.0);
        let csv = series.csv();
        let commas = |line: &str| line.matches(',').count();
        assert!(csv.lines().all(|line| commas(line) == commas(csv.lines().next().unwrap())), "{csv}");
        assert_eq!(csv.lines().count(), series.samples.len() + 1);
    }
}
