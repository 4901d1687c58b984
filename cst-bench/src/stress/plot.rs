//! The series as a picture: memory above, latency below, over the same time.

use super::budget::{BESIDE, BUDGET};
use super::series::{Sample, Series, WATCHED};
use crate::plot::{Chart, Scale, over_time};

/// Draws the series.
pub(crate) fn svg(series: &Series, title: &str) -> String {
    let kills = series.samples.iter().filter(|sample| sample.kills > 0);
    let kills: Vec<f64> = kills.map(|sample| sample.seconds).collect();
    over_time(title, &[memory(series), latency(series)], &kills)
}

fn memory(series: &Series) -> Chart {
    let line = |(watched, (_, name)): (usize, &(_, &str))| {
        let resident = |sample: &Sample| Some(sample.resident[watched]).filter(|bytes| *bytes > 0);
        ((*name).to_owned(), points(series, |sample| Some(resident(sample)? as f64 / 1e6)))
    };
    Chart {
        title: "resident, MB (10^6 bytes); grey lines: a process was killed".to_owned(),
        scale: Scale::FromZero,
        lines: WATCHED.iter().enumerate().map(line).collect(),
        limit: Some(("budget may".to_owned(), (BUDGET + BESIDE) as f64 / 1e6)),
    }
}

fn latency(series: &Series) -> Chart {
    let line = |name: &str, points| (name.to_owned(), points);
    Chart {
        title: "latency, ms".to_owned(),
        scale: Scale::Decades,
        lines: vec![
            line("get, median", points(series, |sample| sample.gets.quantile(0.5))),
            line("get, 99 %", points(series, |sample| sample.gets.quantile(0.99))),
            line("commit, median", points(series, |sample| sample.commits.quantile(0.5))),
            line("commit, 99 %", points(series, |sample| sample.commits.quantile(0.99))),
        ],
        limit: None,
    }
}

fn points(series: &Series, value: impl Fn(&Sample) -> Option<f64>) -> Vec<(f64, f64)> {
    series.samples.iter().filter_map(|sample| Some((sample.seconds, value(sample)?))).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stress::latency::Latency;

    #[test]
    fn every_line_is_drawn_within_the_picture() {
        let mut series = Series::new();
        for tick in 0..100_u32 {
            let mut latency = Latency::new();
            latency.add(Duration::from_micros(u64::from(tick) * 70));
            series.add_latency(&latency, &latency);
            series.add_resident(f64::from(tick), [u64::from(tick) * 3_000_000; WATCHED.len()]);
        }
        let svg = svg(&series, "title");
        // Six of memory, their limit, four of latency: each with its key; and the grid.
        assert_eq!(svg.matches("fill=\"none\"").count(), WATCHED.len() + 1 + 4);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        // A colour may look like a number.
        let colourless: Vec<&str> = svg.split('#').map(|part| part.get(6..).unwrap_or_default()).collect();
        let colourless = colourless.concat();
        let parts = colourless.split(|c: char| !c.is_ascii_digit() && c != '.');
        let numbers: Vec<f64> = parts.filter_map(|part| part.parse().ok()).collect();
        let largest = numbers.iter().copied().fold(0.0, f64::max);
        assert!(numbers.len() > 2_000 && largest <= 2_000.0, "{} numbers up to {largest}", numbers.len());
        // Nothing is there to draw in a run that was ended at once.
        assert!(super::svg(&Series::new(), "title").ends_with("</svg>\n"));
    }
}
