//! Bars from zero, a group for each row: for amounts that are to be compared by length.

use super::svg::{Anchor, Svg, width};
use super::{Row, colour};
use crate::suite::number;

const BAR: f64 = 16.0;
const GAP: f64 = 14.0;
const TOP: f64 = 74.0;
const PLOT: f64 = 520.0;

/// A group of bars for each row, with the number at the end of each bar.
#[must_use]
pub fn bars(title: &str, unit: &str, series: &[&str], rows: &[Row]) -> String {
    let labels = rows.iter().map(|row| width(&row.label)).fold(60.0, f64::max);
    let left = labels + 28.0;
    let group = BAR * series.len() as f64 + GAP;
    let height = TOP + group * rows.len() as f64 + 20.0;
    let most =
        rows.iter().flat_map(|row| row.values.iter().flatten()).copied().fold(f64::MIN_POSITIVE, f64::max);

    let mut svg = Svg::new(left + PLOT + 90.0, height, title);
    svg.legend(left, 52.0, series);
    svg.text(left + PLOT + 80.0, 52.0, Anchor::End, "#666666", unit);
    svg.line((left, TOP - 8.0), (left, height - 20.0), "#888888", 1.0);
    for (at, row) in rows.iter().enumerate() {
        let top = TOP + group * at as f64;
        let middle = top + BAR * series.len() as f64 / 2.0;
        svg.text(left - 10.0, middle + 5.0, Anchor::End, "#222222", &row.label);
        for (series, value) in row.values.iter().enumerate() {
            let y = top + BAR * series as f64;
            let Some(value) = value else {
                svg.text(left + 6.0, y + 13.0, Anchor::Start, "#888888", "not measured");
                continue;
            };
            let length = PLOT * value / most;
            svg.rect(left, y + 1.0, length, BAR - 2.0, colour(series));
            svg.text(left + length + 6.0, y + 13.0, Anchor::Start, "#222222", &number(*value));
        }
    }
    svg.finish()
}
