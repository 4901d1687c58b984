//! Lines in panels side by side, both axes logarithmic: for how something grows.

use super::axis::{Axis, Scale};
use super::colour;
use super::svg::{Anchor, Svg};
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
    let along_axis = Axis::around(Scale::Decades, panel.points.iter().map(|point| point.0));
    let up_axis = Axis::around(Scale::Decades, panel.points.iter().map(|point| point.1));
    let x = |place: f64| left + WIDTH * place;
    let y = |place: f64| TOP + HEIGHT * (1.0 - place);

    svg.text(left + WIDTH / 2.0, TOP - 16.0, Anchor::Middle, "#222222", &panel.title);
    for (place, label) in along_axis.ticks() {
        let x = x(place);
        svg.line((x, TOP), (x, TOP + HEIGHT), "#eeeeee", 1.0);
        svg.text(x, TOP + HEIGHT + 18.0, Anchor::Middle, "#666666", &label);
    }
    for (place, label) in up_axis.ticks() {
        let y = y(place);
        svg.line((left, y), (left + WIDTH, y), "#dddddd", 1.0);
        svg.text(left - 8.0, y + 5.0, Anchor::End, "#666666", &label);
    }
    svg.text(left + WIDTH / 2.0, TOP + HEIGHT + 40.0, Anchor::Middle, "#666666", along);
    let place = |&(along, up): &(f64, f64)| (x(along_axis.place(along)), y(up_axis.place(up)));
    let points: Vec<(f64, f64)> = panel.points.iter().map(place).collect();
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
