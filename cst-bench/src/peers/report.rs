//! Outcomes as people read them.

use std::fmt;

use super::series::{Outcome, Series, Spread};
use crate::table::Table;

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.role.name())?;
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))?;
        writeln!(f, "  Ratios are ours to theirs within a round: below 1.00, ours has less of it.\n")?;
        write!(f, "{}", self.table())
    }
}

impl Outcome {
    fn table(&self) -> Table {
        let mut table = Table::new(&["", "median", "min", "max", "ours : theirs", "min", "max", "bar"]);
        let mut shown = "";
        for series in self.ordered() {
            if series.what != shown {
                table.row(vec![format!("{}, {}", series.what, series.unit)]);
                shown = &series.what;
            }
            table.row(self.row(series));
        }
        table
    }

    fn row(&self, series: &Series) -> Vec<String> {
        let mut row = vec![format!("  {}", series.peer)];
        if let Some(Spread { median, min, max }) = Spread::of(&series.rounds) {
            row.extend([median, min, max].map(number));
        }
        let pair = self.pairs.iter().find(|pair| pair.theirs == series.peer);
        let ratios = pair.and_then(|pair| {
            let (_, ratios) = self.ratios(pair).find(|(ours, _)| ours.what == series.what)?;
            Some((Spread::of(&ratios)?, pair.bar(&series.what)))
        });
        if let Some((Spread { median, min, max }, bar)) = ratios {
            row.extend([median, min, max].map(share));
            row.extend(bar.map(|bar| if bar.holds(median) { "holds" } else { "MISSED" }.to_owned()));
        }
        row
    }
}

/// With about four digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// A ratio; with two digits that count where it is small.
fn share(ratio: f64) -> String {
    if ratio >= 0.1 { format!("{ratio:.2}") } else { format!("{ratio:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bar;
    use crate::peers::options::Role;
    use crate::peers::series::Pair;

    #[test]
    fn a_table_shows_values_ratios_and_whether_bars_hold() {
        let mut outcome = Outcome {
            role: Role::Store,
            notes: vec!["a note".to_owned()],
            peers: vec!["a", "b"],
            series: Vec::new(),
            pairs: vec![Pair { ours: "a", theirs: "b", bars: &[("get", Bar::AtMost(1.0))] }],
        };
        outcome.push("a", "get", "ns", 3000.0);
        outcome.push("b", "get", "ns", 2000.0);
        let text = outcome.to_string();
        let line = text.lines().find(|line| line.trim_start().starts_with("b ")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells, ["b", "2000", "2000", "2000", "1.50", "1.50", "1.50", "MISSED"]);
        assert!(text.contains("a note") && text.contains("get, ns"), "{text}");
    }
}
