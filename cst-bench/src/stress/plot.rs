//! The series as a picture: memory above, latency below, over the same time.

use std::fmt::Write as _;

use super::budget::{BESIDE, BUDGET};
use super::series::{Series, WATCHED};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const HEIGHT: f64 = 240.0;
const TOP: [f64; 2] = [50.0, 350.0];
const BOTTOM: f64 = 640.0;

/// By Okabe and Ito, for eyes of every kind.
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#d55e00", "#009e73", "#cc79a7", "#666666"];

/// A line: its name, and its points in seconds and in the panel's unit.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
    is_dashed: bool,
}

/// A panel's vertical axis.
struct Axis {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Axis {
    /// Where a value lies, from 0 at the bottom to 1 at the top.
    fn place(&self, value: f64) -> f64 {
        let (value, low, high) = if self.is_logarithmic {
            (value.max(self.low).log10(), self.low.log10(), self.high.log10())
        } else {
            (value, self.low, self.high)
        };
        ((value - low) / (high - low)).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            let decades = (self.high / self.low).log10().round() as i32;
            return (0..=decades).map(|decade| self.low * 10_f64.powi(decade)).collect();
        }
        (0..=4).map(|quarter| self.high * f64::from(quarter) / 4.0).collect()
    }
}

/// Draws the series.
pub(crate) fn svg(series: &Series, title: &str) -> String {
    let seconds = series.samples.last().map_or(1.0, |sample| sample.seconds).max(1.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {BOTTOM}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{BOTTOM}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"20\" font-size=\"15\">{title}</text>\n"
    );
    for sample in series.samples.iter().filter(|sample| sample.kills > 0) {
        let x = across(sample.seconds, seconds);
        let (top, bottom) = (TOP[0], TOP[1] + HEIGHT);
        let _ = writeln!(svg, "<path d=\"M{x:.1} {top} V{bottom}\" stroke=\"#dddddd\"/>");
    }
    panel(
        &mut svg,
        0,
        "resident, MB (10^6 bytes); grey lines: a process was killed",
        &memory(series),
        seconds,
    );
    panel(&mut svg, 1, "latency, ms", &latency(series), seconds);
    for quarter in 0..=4 {
        let time = seconds * f64::from(quarter) / 4.0;
        let (x, y) = (across(time, seconds), TOP[1] + HEIGHT + 20.0);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{time:.0} s</text>");
    }
    svg + "</svg>\n"
}

fn memory(series: &Series) -> Vec<Line> {
    let mut lines: Vec<Line> = (0..WATCHED.len())
        .map(|watched| Line {
            name: WATCHED[watched].1.to_owned(),
            points: points(series, |sample| {
                let bytes = sample.resident[watched];
                (bytes > 0).then_some(bytes as f64 / 1e6)
            }),
            is_dashed: false,
        })
        .collect();
    let most = (BUDGET + BESIDE) as f64 / 1e6;
    lines.push(Line {
        name: "budget may".to_owned(),
        points: points(series, |_| Some(most)),
        is_dashed: true,
    });
    lines
}

fn latency(series: &Series) -> Vec<Line> {
    let line = |name: &str, points| Line { name: name.to_owned(), points, is_dashed: false };
    vec![
        line("get, median", points(series, |sample| sample.gets.quantile(0.5))),
        line("get, 99 %", points(series, |sample| sample.gets.quantile(0.99))),
        line("commit, median", points(series, |sample| sample.commits.quantile(0.5))),
        line("commit, 99 %", points(series, |sample| sample.commits.quantile(0.99))),
    ]
}

fn points(series: &Series, value: impl Fn(&super::series::Sample) -> Option<f64>) -> Vec<(f64, f64)> {
    series.samples.iter().filter_map(|sample| Some((sample.seconds, value(sample)?))).collect()
}

fn panel(svg: &mut String, number: usize, title: &str, lines: &[Line], seconds: f64) {
    let values = || lines.iter().flat_map(|line| &line.points).map(|&(_, value)| value);
    let most = values().fold(0.0, f64::max);
    let axis = if number == 0 {
        // Up to the next round number.
        Axis { low: 0.0, high: (most / 50.0).ceil().max(1.0) * 50.0, is_logarithmic: false }
    } else {
        let least = values().fold(1.0, f64::min).max(1e-6);
        let decade = |value: f64| 10_f64.powf(value);
        Axis {
            low: decade(least.log10().floor()),
            high: decade(most.max(1.0).log10().ceil().max(1.0)),
            is_logarithmic: true,
        }
    };
    let down = |value: f64| TOP[number] + HEIGHT * (1.0 - axis.place(value));
    let right = WIDTH - RIGHT;
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\">{title}</text>", TOP[number] - 8.0);
    for tick in axis.ticks() {
        let y = down(tick);
        let _ = writeln!(svg, "<path d=\"M{LEFT} {y:.1} H{right}\" stroke=\"#eeeeee\"/>");
        let (x, y) = (LEFT - 6.0, y + 4.0);
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{tick}</text>");
    }
    for (place, line) in lines.iter().enumerate() {
        let colour = COLOURS.get(place).unwrap_or(&"black");
        let dashes = if line.is_dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let y = TOP[number] + 12.0 + 20.0 * place as f64;
        let (from, to, text) = (right + 10.0, right + 30.0, right + 36.0);
        let _ =
            writeln!(svg, "<path d=\"M{from} {y} H{to}\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>");
        let _ = writeln!(svg, "<text x=\"{text}\" y=\"{}\">{}</text>", y + 4.0, line.name);
        let mut path = String::new();
        for &(time, value) in &line.points {
            let step = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{step}{:.1} {:.1} ", across(time, seconds), down(value));
        }
        if !path.is_empty() {
            let path = path.trim_end();
            let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\"{dashes}/>");
        }
    }
}

fn across(time: f64, seconds: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * (time / seconds).clamp(0.0, 1.0)
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
