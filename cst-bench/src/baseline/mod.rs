//! Comparing a run with an earlier one of the same machine.
//!
//! A baseline is figures and the program that measured them. Times of one moment say little about those of another, so
//! what looks slower is measured again by both programs in turns.

mod compare;
mod program;

use std::path::PathBuf;

use crate::error::Error;
use crate::figure::{Figure, Guard};
use crate::machine::Machine;
use crate::results::Results;
pub use compare::{Build, Comparison, Regression, compare};
pub use program::Program;

/// Where the figures of the baseline of this name are kept.
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

fn value(figures: &[Figure], name: &str, corpus: &str) -> Option<f64> {
    figures.iter().find(|figure| figure.name == name && figure.corpus == corpus).map(|figure| figure.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: f64, guard: Guard) -> Figure {
        Figure::new(name, "sample", value, "", "").guard(guard)
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
        assert!(of_machine(&Results::new(Vec::new()), &here).is_ok());
        let error = of_machine(&Results::new(Vec::new()), &other).unwrap_err().to_string();
        assert!(error.contains("another machine") && error.contains(&here.processor), "{error}");
    }

    #[test]
    fn a_baseline_that_is_not_there_says_how_to_make_it() {
        let error = load("no-such-baseline").unwrap_err().to_string();
        assert!(error.contains("--save no-such-baseline"), "{error}");
    }
}
