//! Plots as SVG, few kinds and the same bytes each time: enough for a report, and no dependency.

mod axis;
mod bars;
mod dots;
mod lines;
mod over_time;
mod svg;

pub use axis::Scale;
pub use bars::bars;
pub use dots::dots;
pub use lines::{Panel, lines};
pub use over_time::{Chart, over_time};

/// Colours of series, told apart by people who see no red and green (Okabe and Ito, 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

fn colour(series: usize) -> &'static str {
    COLOURS[series % COLOURS.len()]
}

/// A row of a plot: what it is of, and a value of each series; absent where it was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is of.
    pub label: String,
    /// By series.
    pub values: Vec<Option<f64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_whole_and_say_what_they_show() {
        let rows = vec![
            Row { label: "a<b".to_owned(), values: vec![Some(3.0), None] },
            Row { label: "c".to_owned(), values: vec![Some(20.0), Some(0.5)] },
        ];
        let panel = Panel { title: "open".to_owned(), points: vec![(10.0, 1.0), (1000.0, 30.0)] };
        let chart = Chart {
            title: "up".to_owned(),
            scale: Scale::FromZero,
            lines: vec![("z".to_owned(), vec![(0.0, 1.0), (9.0, 30.0)])],
            limit: Some(("most".to_owned(), 40.0)),
        };
        for svg in [
            bars("T", "u", &["x", "y"], &rows),
            dots("T", "u", &["x", "y"], &rows, Some(1.0)),
            lines("T", "u", &[panel]),
            over_time("T", &[chart], &[4.0]),
            over_time("T", &[], &[]),
        ] {
            assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
            assert!(svg.contains(">T</text>") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(svg.is_ascii() && !svg.contains("a<b"));
            assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        }
        assert!(bars("T", "u", &["x", "y"], &rows).contains("a&lt;b"));
    }
}
