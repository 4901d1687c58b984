//! Plots as SVG, few kinds and the same bytes each time: enough for a report, and no dependency.

mod bars;
mod dots;
mod lines;
mod svg;

pub use bars::bars;
pub use dots::dots;
pub use lines::{Panel, lines};

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

/// The powers of ten around these values, or around 1 where there are none above zero.
fn decades(values: impl Iterator<Item = f64>) -> (i32, i32) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| *value > 0.0 && value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return (0, 1);
    }
    let (low, high) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    (low, high.max(low + 1))
}

/// A power of ten as people write it.
fn power(exponent: i32) -> String {
    match exponent {
        0..=5 => format!("{}", 10_i64.pow(exponent.unsigned_abs())),
        -4..=-1 => format!("{:.*}", exponent.unsigned_abs() as usize, 10_f64.powi(exponent)),
        _ => format!("1e{exponent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_enclose_what_there_is() {
        assert_eq!(decades([3.0, 250.0].into_iter()), (0, 3));
        assert_eq!(decades([0.02, 0.0, f64::MAX].into_iter()).0, -2);
        assert_eq!(decades([10.0].into_iter()), (1, 2));
        assert_eq!(decades(std::iter::empty()), (0, 1));
        assert_eq!(["1e-5", "0.01", "1", "1000", "1e7"].map(str::to_owned), [-5, -2, 0, 3, 7].map(power));
    }

    #[test]
    fn plots_are_whole_and_say_what_they_show() {
        let rows = vec![
            Row { label: "a<b".to_owned(), values: vec![Some(3.0), None] },
            Row { label: "c".to_owned(), values: vec![Some(20.0), Some(0.5)] },
        ];
        let panel = Panel { title: "open".to_owned(), points: vec![(10.0, 1.0), (1000.0, 30.0)] };
        for svg in [
            bars("T", "u", &["x", "y"], &rows),
            dots("T", "u", &["x", "y"], &rows, Some(1.0)),
            lines("T", "u", &[panel]),
        ] {
            assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
            assert!(svg.contains(">T</text>") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(svg.is_ascii() && !svg.contains("a<b"));
            assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        }
        assert!(bars("T", "u", &["x", "y"], &rows).contains("a&lt;b"));
    }
}
