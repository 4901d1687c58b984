//! What a round and a whole run came to.

use serde::Serialize;

use super::protocol::{Promise, Tally};
use super::series::{Resident, WATCHED, highest};

/// More messages than this tell nothing new.
const MESSAGES: usize = 50;

/// Counts of a round, or of all rounds together.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) tally: Tally,
    /// Processes that were killed.
    pub(crate) kills: u64,
    /// Writers that were refused, by the name of the one that held the store.
    pub(crate) refusals: u64,
    pub(crate) wrong_trees: u64,
    pub(crate) lost_commits: u64,
    pub(crate) crashes: u64,
    pub(crate) over_budget: u64,
    pub(crate) peak: Resident,
    /// What was wrong.
    pub(crate) messages: Vec<String>,
}

impl Verdict {
    pub(crate) const fn new() -> Self {
        Self {
            tally: Tally::new(),
            kills: 0,
            refusals: 0,
            wrong_trees: 0,
            lost_commits: 0,
            crashes: 0,
            over_budget: 0,
            peak: [0; WATCHED.len()],
            messages: Vec::new(),
        }
    }

    /// Notes a broken promise.
    pub(crate) fn broken(&mut self, promise: Promise, how: String) {
        match promise {
            Promise::WrongTree => self.wrong_trees += 1,
            Promise::LostCommit => self.lost_commits += 1,
            Promise::Crash => self.crashes += 1,
            Promise::Memory => self.over_budget += 1,
        }
        if self.messages.len() < MESSAGES {
            self.messages.push(how);
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.wrong_trees + self.lost_commits + self.crashes + self.over_budget == 0
    }

    pub(crate) fn merge(&mut self, round: Self) {
        self.tally.merge(&round.tally);
        self.kills += round.kills;
        self.refusals += round.refusals;
        self.wrong_trees += round.wrong_trees;
        self.lost_commits += round.lost_commits;
        self.crashes += round.crashes;
        self.over_budget += round.over_budget;
        self.peak = highest(self.peak, round.peak);
        self.messages.extend(round.messages);
        self.messages.truncate(MESSAGES);
    }

    /// All counts in a line.
    pub(crate) fn line(&self) -> String {
        let Tally { operations, misses, compared, faults, gets, commits } = &self.tally;
        let Self { kills, wrong_trees, lost_commits, crashes, over_budget, .. } = self;
        let show = |latency: Option<f64>| latency.map_or("-".to_owned(), |ms| format!("{ms:.2}"));
        let peak = self.peak.iter().max().map_or(0.0, |&bytes| bytes as f64 / 1e6);
        format!(
            "{operations} operations, {compared} trees compared, {kills} kills, {faults} faults, {misses} misses, \
             {wrong_trees} wrong trees, {lost_commits} lost commits, {crashes} crashes, {over_budget} over budget; \
             get p50 {} p99 {} ms, commit p50 {} p99 {} ms, peak {peak:.0} MB",
            show(gets.quantile(0.5)),
            show(gets.quantile(0.99)),
            show(commits.quantile(0.5)),
            show(commits.quantile(0.99)),
        )
    }
}

/// A run for programs: one JSON object.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// `passed`, `failed` or `interrupted`.
    verdict: &'static str,
    seed: u64,
    seconds: f64,
    rounds: u64,
    operations: u64,
    trees_compared: u64,
    kills: u64,
    faults: u64,
    refused_writers: u64,
    misses: u64,
    wrong_trees: u64,
    lost_commits: u64,
    crashes: u64,
    over_budget: u64,
    get_p50_ms: Option<f64>,
    get_p99_ms: Option<f64>,
    commit_p50_ms: Option<f64>,
    commit_p99_ms: Option<f64>,
    /// By kind of process.
    peak_resident_bytes: std::collections::BTreeMap<&'static str, u64>,
    /// What was wrong.
    messages: Vec<String>,
    /// What runs it again.
    command: String,
    /// The folder with the stores, where it was kept.
    folder: Option<String>,
}

impl Summary {
    pub(crate) fn new(
        all: &Verdict,
        (verdict, rounds, seconds): (&'static str, u64, f64),
        (seed, command, folder): (u64, String, Option<String>),
    ) -> Self {
        let Verdict { tally, .. } = all;
        let peaks = WATCHED.iter().zip(all.peak).map(|(&(_, name), bytes)| (name, bytes));
        Self {
            verdict,
            seed,
            seconds,
            rounds,
            operations: tally.operations,
            trees_compared: tally.compared,
            kills: all.kills,
            faults: tally.faults,
            refused_writers: all.refusals,
            misses: tally.misses,
            wrong_trees: all.wrong_trees,
            lost_commits: all.lost_commits,
            crashes: all.crashes,
            over_budget: all.over_budget,
            get_p50_ms: tally.gets.quantile(0.5),
            get_p99_ms: tally.gets.quantile(0.99),
            commit_p50_ms: tally.commits.quantile(0.5),
            commit_p99_ms: tally.commits.quantile(0.99),
            peak_resident_bytes: peaks.collect(),
            messages: all.messages.clone(),
            command,
            folder,
        }
    }
}
