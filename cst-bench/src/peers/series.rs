//! What was measured, round by round, and the figures that follow from it.

use crate::corpus::{CAP_VARIABLE, Corpus, FOLDER_VARIABLE};
use crate::figure::{Bar, Figure};

use super::options::{Options, Role};

/// One measure of one peer, in every round.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The peer, by its crate.
    pub peer: String,
    /// What was measured, dotted.
    pub what: String,
    /// What one of it is.
    pub unit: String,
    /// A value per round, in their order; one value where it is the same in each.
    pub rounds: Vec<f64>,
}

/// Median, least and most of some rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half of the rounds are below.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    /// Of these values; `None` where there is none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted.get((sorted.len() - 1) / 2)?, sorted.get(sorted.len() / 2)?);
        Some(Self { median: f64::midpoint(*low, *high), min, max })
    }
}

/// The middle and the slow end of many times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// Half are below.
    pub median: f64,
    /// One of a hundred is above.
    pub p99: f64,
}

impl Percentiles {
    /// Of these values, which are sorted meanwhile; zeros where there is none.
    pub fn of(values: &mut [f64]) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0);
        Self { median: at(0.5), p99: at(0.99) }
    }
}

/// Whom to compare, and what the ratio has to be.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The first; its values are divided by those of the second.
    pub ours: &'static str,
    /// The second.
    pub theirs: &'static str,
    /// What the median of the ratios has to be, by measure.
    pub bars: &'static [(&'static str, Bar)],
}

impl Pair {
    /// Without bars.
    #[must_use]
    pub fn new(ours: &'static str, theirs: &'static str) -> Self {
        Self { ours, theirs, bars: &[] }
    }

    pub(super) fn bar(&self, what: &str) -> Option<Bar> {
        self.bars.iter().find(|(of, _)| *of == what).map(|&(_, bar)| bar)
    }
}

/// All that came of one role.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The role.
    pub role: Role,
    /// What a reader has to know, a line each.
    pub notes: Vec<String>,
    /// Who was measured, in the order in which they are shown.
    pub peers: Vec<&'static str>,
    /// What was measured.
    pub series: Vec<Series>,
    /// What is compared.
    pub pairs: Vec<Pair>,
}

impl Outcome {
    /// Adds a round to the measure `what` of `peer`.
    pub fn push(&mut self, peer: &str, what: &str, unit: &str, value: f64) {
        let known = self.series.iter_mut().find(|series| series.peer == peer && series.what == what);
        match known {
            Some(series) => series.rounds.push(value),
            None => self.series.push(Series {
                peer: peer.to_owned(),
                what: what.to_owned(),
                unit: unit.to_owned(),
                rounds: vec![value],
            }),
        }
    }

    /// The measure `what` of `peer`.
    #[must_use]
    pub fn find(&self, peer: &str, what: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.peer == peer && series.what == what)
    }

    /// What was measured, by measure, and by peer within it.
    pub fn ordered(&self) -> impl Iterator<Item = &Series> {
        let mut whats: Vec<&str> = Vec::new();
        for Series { what, .. } in &self.series {
            if !whats.contains(&what.as_str()) {
                whats.push(what);
            }
        }
        let of = move |what| self.peers.iter().filter_map(move |peer| self.find(peer, what));
        whats.into_iter().flat_map(of)
    }

    /// The ratios of a pair: for each measure that both have, its name and the ratio in every round.
    /// A round in which the second came to nothing has no ratio.
    pub fn ratios<'o>(&'o self, pair: &'o Pair) -> impl Iterator<Item = (&'o Series, Vec<f64>)> + 'o {
        let ours = self.ordered().filter(|series| series.peer == pair.ours);
        ours.filter_map(|series| {
            let theirs = self.find(pair.theirs, &series.what)?;
            let rounds = series.rounds.iter().zip(&theirs.rounds);
            let ratios = rounds.filter(|&(_, &theirs)| theirs > 0.0).map(|(ours, theirs)| ours / theirs);
            Some((series, ratios.collect()))
        })
    }

    /// The figures: of every measure the median, and of every ratio median, least and most. A ratio is
    /// called after its first, `cst-frozen.get.30kB.vs.heed`; below 1 the first has less of it.
    #[must_use]
    pub fn figures(&self, corpus: &Corpus, options: &Options) -> Vec<Figure> {
        let command = command(corpus, self.role, options);
        let on = match self.role {
            Role::Store => format!("random bytes, seed {}", options.seed),
            Role::Trees | Role::Dump | Role::Memory => corpus.name.clone(),
        };
        let figure = |name: String, value, unit: String| Figure::new(name, &on, value, unit, &command);
        let mut figures = Vec::new();
        for series in self.ordered() {
            if let Some(spread) = Spread::of(&series.rounds) {
                let name = format!("{}.{}", series.peer, series.what);
                figures.push(figure(name, spread.median, series.unit.clone()));
            }
        }
        for pair in &self.pairs {
            for (series, ratios) in self.ratios(pair) {
                let Some(Spread { median, min, max }) = Spread::of(&ratios) else { continue };
                let name = format!("{}.{}.vs.{}", pair.ours, series.what, pair.theirs);
                let unit = format!("x that of {}", pair.theirs);
                let middle = figure(name.clone(), median, unit.clone());
                figures.push(match pair.bar(&series.what) {
                    Some(bar) => middle.bar(bar),
                    None => middle,
                });
                // What is the same in every round has no spread.
                if ratios.len() > 1 {
                    figures.push(figure(format!("{name}.min"), min, unit.clone()));
                    figures.push(figure(format!("{name}.max"), max, unit));
                }
            }
        }
        figures
    }
}

/// What prints the figures of `role` again.
fn command(corpus: &Corpus, role: Role, options: &Options) -> String {
    let Options { rounds, seed, inserts, .. } = options;
    let mut command = format!(
        "cargo run --release -p cst-bench --features peers --bin peers -- --json --only {}",
        role.name()
    );
    command += &format!(" --rounds {rounds} --seed {seed}");
    if role == Role::Store {
        return format!("{command} --inserts {inserts}");
    }
    if corpus.is_sample() {
        return command;
    }
    let cap = std::env::var(CAP_VARIABLE).map_or(String::new(), |cap| format!("{CAP_VARIABLE}={cap} "));
    format!("{cap}{FOLDER_VARIABLE}='{}' {command}", corpus.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(peer: &str, rounds: &[f64]) -> Series {
        Series {
            peer: peer.to_owned(),
            what: "get.p50".to_owned(),
            unit: "ns".to_owned(),
            rounds: rounds.to_vec(),
        }
    }

    #[test]
    fn the_median_of_an_even_number_is_between_two() {
        assert_eq!(Spread::of(&[4.0, 1.0, 3.0, 2.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
        assert_eq!(Spread::of(&[5.0, 1.0, 2.0]).unwrap().median, 2.0);
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn ratios_are_taken_within_a_round_and_the_bar_is_on_their_median() {
        let pair = Pair { ours: "a", theirs: "b", bars: &[("get.p50", Bar::AtMost(1.0))] };
        let outcome = Outcome {
            role: Role::Store,
            notes: Vec::new(),
            peers: vec!["a", "b"],
            series: vec![series("a", &[1.0, 4.0, 9.0]), series("b", &[2.0, 2.0, 3.0])],
            pairs: vec![pair],
        };
        let corpus = Corpus::sample().unwrap();
        let figures = outcome.figures(&corpus, &Options::with_program("peers".into()));
        let named = |name: &str| figures.iter().find(|figure| figure.name == name).unwrap();
        assert_eq!(named("a.get.p50").value, 4.0);
        let middle = named("a.get.p50.vs.b");
        assert_eq!((middle.value, middle.holds), (2.0, Some(false)));
        assert_eq!((named("a.get.p50.vs.b.min").value, named("a.get.p50.vs.b.max").value), (0.5, 3.0));
        assert!(middle.command.ends_with("--only store --rounds 5 --seed 1 --inserts 10000"), "{middle:?}");
    }
}
