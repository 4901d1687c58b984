//! Lines in panels side by side, both axes logarithmic: for how something grows.

use super::svg::{Anchor, Svg};
use super::{colour, decades, power};
use crate::suite::number;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 34.0;
const TOP: f64 = 74.0;

/// One line with its own vertical axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What grows, with its unit.
    pub title: String,
    /// Along and up.
    pub points: Vec<(f64, f64)>,
}

/// A panel for each; `along` says what lies on the horizontal axis.
#[must_use]
pub fn lines(title: &str, along: &str, panels: &[Panel]) -> String {
    let mut svg = Svg::new((LEFT + WIDTH + RIGHT) * panels.len().max(1) as f64, TOP + HEIGHT + 56.0, title);
    for (at, panel) in panels.iter().enumerate() {
        let left = (LEFT + WIDTH + RIGHT) * at as f64 + LEFT;
        draw(&mut svg, left, along, panel, colour(at));
    }
    svg.finish()
}

fn draw(svg: &mut Svg, left: f64, along: &str, panel: &Panel, colour: &str) {
    let (x_low, x_high) = decades(panel.points.iter().map(|point| point.0));
    let (y_low, y_high) = decades(panel.points.iter().map(|point| point.1));
    let share = |value: f64, low: i32, high: i32| {
        (value.max(f64::MIN_POSITIVE).log10() - f64::from(low)) / f64::from(high - low)
    };
    let x = |value: f64| left + WIDTH * share(value, x_low, x_high);
    let y = |value: f64| TOP + HEIGHT * (1.0 - share(value, y_low, y_high));

    svg.text(left + WIDTH / 2.0, TOP - 16.0, Anchor::Middle, "#222222", &panel.title);
    for exponent in x_low..=x_high {
        let x = x(10_f64.powi(exponent));
        svg.line((x, TOP), (x, TOP + HEIGHT), "#eeeeee", 1.0);
        svg.text(x, TOP + HEIGHT + 18.0, Anchor::Middle, "#666666", &power(exponent));
    }
    for exponent in y_low..=y_high {
        let y = y(10_f64.powi(exponent));
        svg.line((left, y), (left + WIDTH, y), "#dddddd", 1.0);
        svg.text(left - 8.0, y + 5.0, Anchor::End, "#666666", &power(exponent));
    }
    svg.text(left + WIDTH / 2.0, TOP + HEIGHT + 40.0, Anchor::Middle, "#666666", along);
    let points: Vec<(f64, f64)> = panel.points.iter().map(|&(along, up)| (x(along), y(up))).collect();
    svg.path(&points, colour);
    for (at, (&(x, y), (_, value))) in points.iter().zip(&panel.points).enumerate() {
        svg.dot(x, y, colour);
        // Clear of the numbers of the vertical axis, and of the next panel.
        let (anchor, y) = match at {
            0 => (Anchor::Start, y + 22.0),
            _ if at + 1 == points.len() => (Anchor::End, y - 9.0),
            _ => (Anchor::Middle, y - 9.0),
        };
        svg.text(x, y, anchor, "#222222", &number(*value));
    }
}
