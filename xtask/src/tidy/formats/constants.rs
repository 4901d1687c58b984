//! Constants of Rust code that are sums of numbers, of other constants and of lengths of arrays.

use std::collections::BTreeMap;

/// Constants by name.
pub(super) struct Constants(BTreeMap<String, u64>);

impl Constants {
    /// Those of a module, or with an empty name the file's own. What is not such a sum is left out.
    pub(super) fn read(code: &str, module: &str) -> Self {
        let begin = format!("pub(crate) mod {module} {{");
        let is_inside = |line: &&str| if module.is_empty() { true } else { *line != "}" };
        let skipped = code.lines().skip_while(|line| !module.is_empty() && *line != begin);
        let lines = skipped.skip(usize::from(!module.is_empty())).take_while(is_inside);
        // The file's own are not indented.
        let own = lines.filter(|line| module.is_empty() != line.starts_with(' '));
        let (mut values, mut lengths) = (BTreeMap::new(), BTreeMap::new());
        for line in own {
            let Some((name, kind, sum)) = constant(line.trim()) else { continue };
            if let Some(length) = array_length(kind) {
                lengths.insert(format!("{name}.len()"), length);
            } else if let Some(value) = evaluate(sum, &values, &lengths) {
                values.insert(name.to_owned(), value);
            }
        }
        Self(values)
    }

    pub(super) fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Name, type and value of a constant that stands on one line.
fn constant(line: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = line.strip_prefix("pub(crate) const ")?.split_once(": ")?;
    let (kind, value) = rest.split_once(" = ")?;
    Some((name, kind, value.strip_suffix(';')?))
}

fn array_length(kind: &str) -> Option<u64> {
    kind.strip_suffix(']')?.split_once("; ")?.1.parse().ok()
}

type Numbers = BTreeMap<String, u64>;

fn evaluate(sum: &str, values: &Numbers, lengths: &Numbers) -> Option<u64> {
    let number = |word: &str| match word.parse() {
        Ok(number) => Some(number),
        Err(_) => values.get(word).or_else(|| lengths.get(word)).copied(),
    };
    sum.split(" + ").map(|product| product.split(" * ").map(number).product::<Option<u64>>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "\
pub(crate) const MAGIC: [u8; 8] = *b\"12345678\";
pub(crate) const VERSION: usize = MAGIC.len();
pub(crate) const TABLE: usize = VERSION + 4;
pub(crate) const KINDS: [u32; 2] = [1, 2];
pub(crate) const END: usize = TABLE + KINDS.len() * 16;
pub(crate) mod record {
    pub(crate) const KEY: usize = 0;
    pub(crate) const LEN: usize = KEY + 32;
}
pub(crate) const LATER: u32 = 7;
";

    #[test]
    fn sums_are_worked_out() {
        let constants = Constants::read(CODE, "");
        assert_eq!(
            ["VERSION", "TABLE", "END", "LATER"].map(|name| constants.get(name)),
            [8, 12, 44, 7].map(Some)
        );
        assert_eq!(constants.get("LEN"), None, "that of a module");
    }

    #[test]
    fn modules_have_their_own() {
        let constants = Constants::read(CODE, "record");
        assert_eq!(constants.get("LEN"), Some(32));
        assert_eq!(constants.names().collect::<Vec<_>>(), ["KEY", "LEN"]);
        assert_eq!(Constants::read(CODE, "absent").names().count(), 0);
    }
}
