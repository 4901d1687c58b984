//! Numbers as a person reads and writes them.

use std::collections::BTreeMap;

/// Parses a size such as `64MB`, `1GiB` or `500000`.
pub(super) fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => return Err("expected a size such as 64MB, 1GiB or 500000".to_owned()),
    };
    let number: u64 =
        digits.trim().parse().map_err(|_| "expected a whole number before the unit".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "larger than any memory".to_owned())
}

/// Groups digits by three: 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A size in the largest decimal unit that leaves at least one digit before the point.
pub(super) fn bytes(number: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let size = number as f64;
    units
        .iter()
        .find(|(_, unit)| size >= *unit)
        .map_or_else(|| format!("{number} B"), |(name, unit)| format!("{:.1} {name}", size / unit))
}

/// Lines of a name and a value, the values in one column.
pub(super) fn table(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
    let lines: Vec<String> = rows.iter().map(|(name, value)| format!("{name:<width$}{value}")).collect();
    lines.join("\n")
}

/// Names with their counts: `c 2, rust 1,000`.
pub(super) fn by_name(counts: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
    parts.join(", ")
}

/// Reasons with their counts; what they count is named when there are none.
pub(super) fn reasons<'a>(counts: impl Iterator<Item = (&'a str, u64)>, total: u64) -> String {
    let parts: Vec<String> =
        counts.map(|(reason, count)| format!("{} {}", reason.replace('_', " "), grouped(count))).collect();
    if parts.is_empty() { "0".to_owned() } else { format!("{} ({})", grouped(total), parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_bytes("500000"), Ok(500_000));
        assert_eq!(parse_bytes("64MB"), Ok(64_000_000));
        assert_eq!(parse_bytes("1 GiB"), Ok(1 << 30));
        for text in ["", "MB", "-1", "12 parsecs", "99999999999GB", "1.5GB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500_000), "1.5 MB");
        assert_eq!(table(&[("a", "1".into()), ("long", "2".into())]), "a     1\nlong  2");
    }
}
