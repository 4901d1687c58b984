//! Comparing a run with an earlier one of the same machine.

use std::fmt;
use std::path::PathBuf;

use crate::error::Error;
use crate::figure::{Figure, Guard};
use crate::machine::Machine;
use crate::results::Results;
use crate::suite::number;
use crate::table::Table;

/// How often what looks like a regression of time is measured again: it counts if it stays one.
pub const AGAIN: usize = 3;

/// Where the baseline of this name is kept.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    crate::workspace().join("target/bench").join(format!("{name}.json"))
}

/// The baseline of this name.
///
/// # Errors
///
/// Where there is none, or it is of another format version or another machine.
pub fn load(name: &str) -> Result<Results, Error> {
    let path = path(name);
    if !path.exists() {
        return Err(Error::new(format!(
            "there is no baseline {name} ({}); make it with: cargo xtask bench --save {name}",
            path.display()
        )));
    }
    let during = || format!("baseline {name}");
    let results = Results::read(&path).map_err(Error::during(during()))?;
    of_machine(&results, &Machine::here()).map_err(Error::during(during()))?;
    Ok(results)
}

/// Refuses figures of another machine: their times say nothing here.
fn of_machine(results: &Results, here: &Machine) -> Result<(), Error> {
    if results.machine == *here {
        return Ok(());
    }
    Err(Error::new(format!(
        "measured on another machine ({}), and this one is {here}: measure it here, with --save",
        results.machine
    )))
}

/// Puts the median of this and two more measurements in place of each guarded time: a baseline that was lucky
/// once would call every later run a regression.
///
/// # Errors
///
/// Those of `again`, which measures a concern.
pub fn settle(
    measured: &mut [(&str, Vec<Figure>)],
    mut again: impl FnMut(&str) -> Result<Vec<Figure>, Error>,
) -> Result<(), Error> {
    for (concern, figures) in measured {
        if !figures.iter().any(|figure| figure.guard == Some(Guard::Time)) {
            continue;
        }
        let others = [again(concern)?, again(concern)?];
        for figure in figures.iter_mut().filter(|figure| figure.guard == Some(Guard::Time)) {
            let other = |other: &Vec<Figure>| value(other, &figure.name, &figure.corpus);
            let mut values: Vec<f64> = others.iter().filter_map(other).chain([figure.value]).collect();
            values.sort_by(f64::total_cmp);
            let median = values[values.len() / 2];
            *figure =
                Figure { value: median, holds: figure.bar.map(|bar| bar.holds(median)), ..figure.clone() };
        }
    }
    Ok(())
}

/// A guarded figure that is worse than before, beyond its tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The figure's name.
    pub name: String,
    /// How it is guarded.
    pub guard: Guard,
    /// What it was.
    pub before: f64,
    /// What it is, at best.
    pub now: f64,
}

impl Regression {
    fn is_one(&self) -> bool {
        self.now > self.before * (1.0 + self.guard.tolerance()) + f64::EPSILON
    }
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many guarded figures both runs have.
    pub compared: usize,
    /// Guarded figures that the baseline lacks.
    pub added: usize,
    /// How often concerns were measured again.
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
            writeln!(f, "baseline: {again} more rounds were made for what looked worse at first")?;
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

/// Compares the guarded figures of each concern with those of an earlier run. A time that looks worse
/// is measured [`AGAIN`] times with `again`, which measures a concern, and counts only if it is worse
/// each time.
///
/// # Errors
///
/// Those of `again`; and where the baseline has none of these figures, as one of another corpus.
pub fn compare(
    before: &Results,
    measured: &[(&str, Vec<Figure>)],
    mut again: impl FnMut(&str) -> Result<Vec<Figure>, Error>,
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
            suspects.push(Regression { name: figure.name.clone(), guard, before, now: figure.value });
        }
        suspects.retain(Regression::is_one);
        let corpus = figures.first().map_or("", |figure| &figure.corpus).to_owned();
        for _ in 0..AGAIN {
            if !suspects.iter().any(|suspect| suspect.guard == Guard::Time) {
                break;
            }
            comparison.again += 1;
            let figures = again(concern)?;
            for suspect in suspects.iter_mut().filter(|suspect| suspect.guard == Guard::Time) {
                let now = value(&figures, &suspect.name, &corpus).unwrap_or(suspect.now);
                suspect.now = suspect.now.min(now);
            }
            suspects.retain(Regression::is_one);
        }
        comparison.regressions.append(&mut suspects);
    }
    if comparison.compared == 0 && comparison.added > 0 {
        return Err(Error::new("the baseline has none of these figures: was it of the same corpus?"));
    }
    Ok(comparison)
}

fn value(figures: &[Figure], name: &str, corpus: &str) -> Option<f64> {
    figures.iter().find(|figure| figure.name == name && figure.corpus == corpus).map(|figure| figure.value)
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

    /// Names of what is worse, if all that is measured again comes out as `again`.
    fn worse(now: Figure, again: f64) -> Vec<String> {
        let guard = now.guard.unwrap();
        let name = now.name.clone();
        let measured = [("concern", vec![now])];
        let compared = compare(&before(), &measured, |_| Ok(vec![figure(&name, again, guard)])).unwrap();
        compared.regressions.into_iter().map(|regression| regression.name).collect()
    }

    #[test]
    fn each_kind_has_its_tolerance() {
        for (name, guard, within, beyond) in [
            ("time", Guard::Time, 0.239, 0.241),
            ("bytes", Guard::Bytes, 1009.0, 1011.0),
            ("count", Guard::Exact, 7.0, 8.0),
            ("none", Guard::Exact, 0.0, 1.0),
        ] {
            assert!(worse(figure(name, within, guard), within).is_empty(), "{name}");
            assert_eq!(worse(figure(name, beyond, guard), beyond), [name]);
        }
    }

    #[test]
    fn only_times_are_measured_again() {
        assert!(worse(figure("time", 0.3, Guard::Time), 0.21).is_empty());
        assert_eq!(worse(figure("count", 8.0, Guard::Exact), 7.0), ["count"]);
    }

    #[test]
    fn what_is_new_is_counted_and_a_baseline_of_nothing_refused() {
        let both = vec![figure("time", 0.1, Guard::Time), figure("fresh", 1.0, Guard::Bytes)];
        let compared = compare(&before(), &[("a", both)], |_| Ok(Vec::new())).unwrap();
        assert_eq!((compared.compared, compared.added, compared.is_fine()), (1, 1, true));

        let other = vec![Figure { corpus: "else".to_owned(), ..figure("time", 0.1, Guard::Time) }];
        let error = compare(&before(), &[("a", other)], |_| Ok(Vec::new())).unwrap_err();
        assert!(error.to_string().contains("corpus"), "{error}");
    }

    #[test]
    fn a_baseline_is_the_median_of_three() {
        let mut measured =
            [("a", vec![figure("time", 0.1, Guard::Time), figure("count", 5.0, Guard::Exact)])];
        let mut values = [0.3, 0.2].into_iter();
        settle(&mut measured, |_| Ok(vec![figure("time", values.next().unwrap(), Guard::Time)])).unwrap();
        assert_eq!((measured[0].1[0].value, measured[0].1[1].value), (0.2, 5.0));
    }

    #[test]
    fn another_machine_is_named() {
        let here = Machine::here();
        let other = Machine { cores: here.cores + 1, ..here.clone() };
        assert!(of_machine(&before(), &here).is_ok());
        let error = of_machine(&before(), &other).unwrap_err().to_string();
        assert!(error.contains("another machine") && error.contains(&here.processor), "{error}");
    }

    #[test]
    fn a_baseline_that_is_not_there_says_how_to_make_it() {
        let error = load("no-such-baseline").unwrap_err().to_string();
        assert!(error.contains("--save no-such-baseline"), "{error}");
    }
}
