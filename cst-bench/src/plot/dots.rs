//! Dots on a logarithmic axis, a line for each row: for values that lie decades apart, and for ratios.

use super::axis::{Axis, Scale};
use super::svg::{Anchor, Svg, width};
use super::{Row, colour};

const STEP: f64 = 26.0;
const TOP: f64 = 84.0;
const PLOT: f64 = 560.0;

/// A dot for each value, with a grid line at each power of ten and, where there is one, at the reference.
#[must_use]
pub fn dots(title: &str, unit: &str, series: &[&str], rows: &[Row], reference: Option<f64>) -> String {
    let labels = rows.iter().map(|row| width(&row.label)).fold(60.0, f64::max);
    let left = labels + 28.0;
    let bottom = TOP + STEP * rows.len() as f64;
    let values = rows.iter().flat_map(|row| row.values.iter().flatten()).copied().chain(reference);
    let axis = Axis::around(Scale::Decades, values);
    let place = |value: f64| left + PLOT * axis.place(value);

    let mut svg = Svg::new(left + PLOT + 40.0, bottom + 46.0, title);
    svg.legend(left, 52.0, series);
    for (place, label) in axis.ticks() {
        let x = left + PLOT * place;
        svg.line((x, TOP - 10.0), (x, bottom), "#dddddd", 1.0);
        svg.text(x, bottom + 18.0, Anchor::Middle, "#666666", &label);
    }
    svg.text(left + PLOT / 2.0, bottom + 38.0, Anchor::Middle, "#666666", unit);
    if let Some(reference) = reference {
        let x = place(reference);
        svg.line((x, TOP - 10.0), (x, bottom), "#222222", 1.5);
    }
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + STEP * (at as f64 + 0.5);
        svg.line((left, y), (left + PLOT, y), "#f0f0f0", 1.0);
        svg.text(left - 10.0, y + 5.0, Anchor::End, "#222222", &row.label);
        for (series, value) in row.values.iter().enumerate() {
            if let Some(value) = value {
                svg.dot(place(*value), y, colour(series));
            }
        }
    }
    svg.finish()
}
