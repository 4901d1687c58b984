//! What is worse than before, and stays so when it is measured again.

use std::fmt;

use super::value;
use crate::error::Error;
use crate::figure::{Figure, Guard};
use crate::results::Results;
use crate::suite::number;
use crate::table::Table;

/// A time this share of its tolerance above the baseline's is measured again. Less than all of it: the baseline may have
/// been measured in a slow moment, and this run in a fast one.
const SUSPICIOUS: f64 = 0.5;

/// How often it is measured again, by both programs in turns.
const ROUNDS: usize = 5;

/// In how many of the rounds it has to be worse. Of times that vary by a twentieth from run to run (one standard
/// deviation), one that takes 30 % longer is found in 98 comparisons of 100, and an unchanged one taken for worse in one of
/// millions; by a tenth, it is 84 of 100, and one of 200. (Both vary, so their ratio does by the root of two more.)
const MOST: usize = ROUNDS / 2 + 1;

/// Whose times are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// The program that the baseline is of.
    Kept,
    /// The one that is running.
    This,
}

/// A guarded figure that is worse than before, beyond its tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The figure's name.
    pub name: String,
    /// How it is guarded.
    pub guard: Guard,
    /// What it was; of a time that was measured again, in the middle one of the rounds.
    pub before: f64,
    /// What it is, in the same round.
    pub now: f64,
}

impl Regression {
    fn is_one(&self) -> bool {
        self.is_beyond(self.guard.tolerance())
    }

    fn is_beyond(&self, tolerance: f64) -> bool {
        self.now > self.before * (1.0 + tolerance) + f64::EPSILON
    }
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many guarded figures both runs have.
    pub compared: usize,
    /// Guarded figures that the baseline lacks.
    pub added: usize,
    /// How often concerns were measured again by both programs.
    pub again: usize,
    /// What is worse.
    pub regressions: Vec<Regression>,
}

impl Comparison {
    /// Whether nothing is worse.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.regressions.is_empty()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { compared, added, again, regressions } = self;
        let verdict = if self.is_fine() { "no regression" } else { "REGRESSED" };
        writeln!(f, "baseline: {verdict}: {compared} figures compared, {} worse", regressions.len())?;
        if *added > 0 {
            writeln!(f, "baseline: {added} figures are new, and compared with nothing")?;
        }
        if *again > 0 {
            writeln!(f, "baseline: {again} rounds with the earlier program, for what looked worse at first")?;
        }
        if !regressions.is_empty() {
            let mut table = Table::new(&["figure", "before", "now", "change", "tolerance"]);
            for Regression { name, guard, before, now } in regressions {
                table.row(vec![
                    name.clone(),
                    number(*before),
                    number(*now),
                    format!("{:+.1} %", 100.0 * (now / before - 1.0)),
                    format!("{:.0} %", 100.0 * guard.tolerance()),
                ]);
            }
            write!(f, "\n{table}")?;
        }
        Ok(())
    }
}

/// Compares the guarded figures of each concern with those of an earlier run. A time that looks worse is measured in up
/// to five rounds with `again`, which measures a concern with either program, and counts if it is worse in three.
///
/// # Errors
///
/// Those of `again`; and where the baseline has none of these figures, as one of another corpus.
pub fn compare(
    before: &Results,
    measured: &[(&str, Vec<Figure>)],
    mut again: impl FnMut(Build, &str) -> Result<Vec<Figure>, Error>,
) -> Result<Comparison, Error> {
    let mut comparison = Comparison::default();
    for (concern, figures) in measured {
        let mut suspects = Vec::new();
        for figure in figures {
            let Some(guard) = figure.guard else { continue };
            let Some(before) = value(&before.figures, &figure.name, &figure.corpus) else {
                comparison.added += 1;
                continue;
            };
            comparison.compared += 1;
            let found = Regression { name: figure.name.clone(), guard, before, now: figure.value };
            if guard != Guard::Time {
                comparison.regressions.extend(Some(found).filter(Regression::is_one));
            } else if found.is_beyond(SUSPICIOUS * guard.tolerance()) {
                suspects.push(Suspect { figure, rounds: Vec::new() });
            }
        }
        comparison.again += confirm(&mut suspects, |build| again(build, concern))?;
        comparison.regressions.extend(suspects.into_iter().filter_map(Suspect::middle));
    }
    if comparison.compared == 0 && comparison.added > 0 {
        return Err(Error::new("the baseline has none of these figures: was it of the same corpus?"));
    }
    Ok(comparison)
}

/// A time that looked worse, and what it was in each round.
struct Suspect<'f> {
    figure: &'f Figure,
    rounds: Vec<Regression>,
}

impl Suspect<'_> {
    fn worse(&self) -> usize {
        self.rounds.iter().filter(|round| round.is_one()).count()
    }

    fn may_be_worse(&self) -> bool {
        self.rounds.len() - self.worse() <= ROUNDS - MOST
    }

    /// The round in the middle, by how much worse it was.
    fn middle(mut self) -> Option<Regression> {
        self.rounds.sort_by(|a, b| (a.now / a.before).total_cmp(&(b.now / b.before)));
        let middle = self.rounds.len().saturating_sub(1) / 2;
        self.rounds.into_iter().nth(middle)
    }
}

/// Leaves those that are worse in most of the rounds; how many it took.
fn confirm(
    suspects: &mut Vec<Suspect<'_>>,
    mut again: impl FnMut(Build) -> Result<Vec<Figure>, Error>,
) -> Result<usize, Error> {
    for round in 0..ROUNDS {
        if suspects.iter().all(|suspect| suspect.worse() >= MOST) {
            return Ok(round);
        }
        // Each of them first in turn: a machine that is getting slower favours neither.
        let (before, now) = if round % 2 == 0 {
            let before = again(Build::Kept)?;
            (before, again(Build::This)?)
        } else {
            let now = again(Build::This)?;
            (again(Build::Kept)?, now)
        };
        for Suspect { figure, rounds } in suspects.iter_mut() {
            let find = |figures: &[Figure]| value(figures, &figure.name, &figure.corpus);
            let values = find(&before).zip(find(&now)).zip(figure.guard);
            rounds.extend(values.map(|((before, now), guard)| Regression {
                name: figure.name.clone(),
                guard,
                before,
                now,
            }));
        }
        suspects.retain(Suspect::may_be_worse);
    }
    suspects.retain(|suspect| suspect.worse() >= MOST);
    Ok(ROUNDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: f64, guard: Guard) -> Figure {
        Figure::new(name, "sample", value, "", "").guard(guard)
    }

    fn before() -> Results {
        Results::new(vec![
            figure("time", 0.2, Guard::Time),
            figure("bytes", 1000.0, Guard::Bytes),
            figure("count", 7.0, Guard::Exact),
            figure("none", 0.0, Guard::Exact),
        ])
    }

    /// What comes of a time that looked worse, where the rounds are these: before and now.
    fn rounds(first: f64, rounds: &[(f64, f64)]) -> Comparison {
        let mut left = rounds.iter();
        let mut round = (None, None);
        let again = |build, _: &str| {
            if round == (None, None) {
                let (before, now) = *left.next().expect("a round too many");
                round = (Some(before), Some(now));
            }
            let value = match build {
                Build::Kept => round.0.take(),
                Build::This => round.1.take(),
            };
            Ok(vec![figure("time", value.expect("both, and each once"), Guard::Time)])
        };
        compare(&before(), &[("concern", vec![figure("time", first, Guard::Time)])], again).unwrap()
    }

    #[test]
    fn sizes_and_counts_have_their_tolerances_and_are_measured_once() {
        for (name, guard, within, beyond) in [
            ("bytes", Guard::Bytes, 1009.0, 1011.0),
            ("count", Guard::Exact, 7.0, 8.0),
            ("none", Guard::Exact, 0.0, 1.0),
        ] {
            let worse = |value| {
                let measured = [("concern", vec![figure(name, value, guard)])];
                compare(&before(), &measured, |_, _| panic!("measured again")).unwrap().regressions.len()
            };
            assert_eq!((worse(within), worse(beyond)), (0, 1), "{name}");
        }
    }

    #[test]
    fn a_time_that_is_worse_in_three_rounds_counts_with_the_middle_one() {
        let found = rounds(0.26, &[(0.2, 0.25), (0.2, 0.27), (0.1, 0.15)]);
        assert_eq!(found.again, 3);
        let [Regression { before, now, .. }] = found.regressions[..] else { panic!("{found:?}") };
        assert_eq!((before, now), (0.2, 0.27));
        let found = rounds(0.23, &[(0.2, 0.21), (0.2, 0.27), (0.2, 0.27), (0.2, 0.2), (0.2, 0.27)]);
        assert_eq!((found.again, found.regressions.len()), (5, 1));
    }

    #[test]
    fn a_time_that_both_programs_take_now_is_no_regression() {
        let found = rounds(0.4, &[(0.4, 0.4), (0.4, 0.6), (0.5, 0.4), (0.4, 0.47)]);
        assert_eq!((found.again, found.is_fine()), (4, true));
        assert_eq!(rounds(0.219, &[]).again, 0);
        let table = rounds(0.26, &[(0.2, 0.25), (0.2, 0.25), (0.2, 0.25)]).to_string();
        assert!(
            table.contains("REGRESSED") && table.contains("+25.0 %") && table.contains("20 %"),
            "{table}"
        );
    }

    #[test]
    fn what_is_new_is_counted_and_a_baseline_of_nothing_refused() {
        let both = vec![figure("time", 0.1, Guard::Time), figure("fresh", 1.0, Guard::Bytes)];
        let compared = compare(&before(), &[("a", both)], |_, _| Ok(Vec::new())).unwrap();
        assert_eq!((compared.compared, compared.added, compared.is_fine()), (1, 1, true));

        let other = vec![Figure { corpus: "else".to_owned(), ..figure("time", 0.1, Guard::Time) }];
        let error = compare(&before(), &[("a", other)], |_, _| Ok(Vec::new())).unwrap_err();
        assert!(error.to_string().contains("corpus"), "{error}");
    }
}
