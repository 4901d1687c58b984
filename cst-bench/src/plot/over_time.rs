//! Lines over time, in panels one above the other: for what is watched in a long run.

use super::axis::{Axis, Scale};
use super::colour;
use super::svg::{Anchor, Svg};

const WIDTH: f64 = 740.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 66.0;
/// From one panel to the next.
const STEP: f64 = HEIGHT + 60.0;

/// A panel with its own vertical axis, and a key beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What is shown, with its unit.
    pub title: String,
    /// How its vertical axis is divided.
    pub scale: Scale,
    /// Names, and points in seconds and in the unit.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
    /// The name of a value that is not to be exceeded.
    pub limit: Option<(String, f64)>,
}

/// The panels over the same time, with a grey line through all of them at each of the `marks`, in seconds.
#[must_use]
pub fn over_time(title: &str, charts: &[Chart], marks: &[f64]) -> String {
    let points = charts.iter().flat_map(|chart| &chart.lines).flat_map(|(_, points)| points);
    let seconds = points.map(|point| point.0).fold(1.0, f64::max);
    let x = |time: f64| LEFT + WIDTH * (time / seconds).clamp(0.0, 1.0);
    let bottom = TOP + STEP * charts.len().max(1) as f64 - (STEP - HEIGHT);

    let mut svg = Svg::new(LEFT + WIDTH + RIGHT, bottom + 40.0, title);
    for &mark in marks {
        svg.line((x(mark), TOP), (x(mark), bottom), "#dddddd", 1.0);
    }
    for (at, chart) in charts.iter().enumerate() {
        draw(&mut svg, TOP + STEP * at as f64, chart, seconds, x);
    }
    for quarter in 0..=4 {
        let time = seconds * f64::from(quarter) / 4.0;
        svg.text(x(time), bottom + 20.0, Anchor::Middle, "#666666", &format!("{time:.0} s"));
    }
    svg.finish()
}

fn draw(svg: &mut Svg, top: f64, chart: &Chart, seconds: f64, x: impl Fn(f64) -> f64) {
    let limit =
        chart.limit.iter().map(|(name, most)| (name, vec![(0.0, *most), (seconds, *most)], "#222222"));
    let lines = chart.lines.iter().enumerate().map(|(at, (name, points))| (name, points.clone(), colour(at)));
    let lines: Vec<_> = lines.chain(limit).collect();
    let axis = Axis::around(chart.scale, lines.iter().flat_map(|(_, points, _)| points).map(|point| point.1));
    let y = |place: f64| top + HEIGHT * (1.0 - place);

    svg.text(LEFT, top - 10.0, Anchor::Start, "#222222", &chart.title);
    for (place, label) in axis.ticks() {
        svg.line((LEFT, y(place)), (LEFT + WIDTH, y(place)), "#eeeeee", 1.0);
        svg.text(LEFT - 6.0, y(place) + 5.0, Anchor::End, "#666666", &label);
    }
    for (at, (name, points, colour)) in lines.iter().enumerate() {
        svg.key(LEFT + WIDTH + 12.0, top + 12.0 + 20.0 * at as f64, colour, name);
        let points: Vec<_> = points.iter().map(|&(time, value)| (x(time), y(axis.place(value)))).collect();
        svg.path(&points, colour);
    }
}
