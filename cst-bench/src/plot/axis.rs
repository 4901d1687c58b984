//! Axes: where a value lies between the two ends, and which values are marked.

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly, from zero.
    FromZero,
    /// By powers of ten.
    Decades,
}

/// An axis with its ends: values, or exponents where it goes by powers of ten.
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Axis {
    /// As long as these values need.
    pub(super) fn around(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = match scale {
            // Twenties, so that the quarters are whole numbers.
            Scale::FromZero => (0.0, (values.fold(0.0, f64::max) / 20.0).ceil().max(1.0) * 20.0),
            Scale::Decades => decades(values),
        };
        Self { scale, low, high }
    }

    /// Where a value lies, from 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = match self.scale {
            Scale::FromZero => value,
            Scale::Decades => value.max(f64::MIN_POSITIVE).log10(),
        };
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// What is marked: places and labels.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let labels: Vec<String> = match self.scale {
            Scale::FromZero => {
                (0..=4).map(|quarter| format!("{}", self.high * 0.25 * f64::from(quarter))).collect()
            }
            Scale::Decades => (self.low as i32..=self.high as i32).map(power).collect(),
        };
        let steps = labels.len().saturating_sub(1).max(1) as f64;
        labels.into_iter().enumerate().map(|(at, label)| (at as f64 / steps, label)).collect()
    }
}

/// The powers of ten around these values, or around 1 where there are none above zero.
fn decades(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| *value > 0.0 && value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return (0.0, 1.0);
    }
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    (low, high.max(low + 1.0))
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
        assert_eq!(decades([3.0, 250.0].into_iter()), (0.0, 3.0));
        assert_eq!(decades([0.02, 0.0, f64::MAX].into_iter()).0, -2.0);
        assert_eq!(decades([10.0].into_iter()), (1.0, 2.0));
        assert_eq!(decades(std::iter::empty()), (0.0, 1.0));
        assert_eq!(["1e-5", "0.01", "1", "1000", "1e7"].map(str::to_owned), [-5, -2, 0, 3, 7].map(power));
    }

    #[test]
    fn values_lie_where_their_marks_are() {
        let even = Axis::around(Scale::FromZero, [0.5, 141.0].into_iter());
        assert_eq!(even.ticks()[1], (0.25, "40".to_owned()));
        assert_eq!([0.0, 40.0, 160.0, 200.0].map(|value| even.place(value)), [0.0, 0.25, 1.0, 1.0]);
        let decades = Axis::around(Scale::Decades, [0.2, 90.0].into_iter());
        let labels: Vec<String> = decades.ticks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0.1", "1", "10", "100"]);
        assert!((decades.place(10.0) - decades.ticks()[2].0).abs() < 1e-9);
        assert_eq!(decades.place(0.0), 0.0);
    }
}
