//! Diagrams of bytes as the format documents have them: an offset, then fields between bars, a byte eight columns wide.

/// Columns that a byte takes.
const BYTE: usize = 8;

/// What stands where.
pub(super) struct Diagram(Vec<(u64, String)>);

impl Diagram {
    /// The first diagram under a heading.
    pub(super) fn read(document: &str, heading: &str) -> Self {
        let section = document.lines().skip_while(|line| *line != heading).skip(1);
        let block = section.skip_while(|line| !line.starts_with("```")).skip(1);
        let rows = block.take_while(|line| !line.starts_with("```")).filter_map(|line| line.split_once('|'));
        let mut fields = Vec::new();
        for (offset, row) in rows {
            let Ok(offset) = offset.trim().parse::<u64>() else { continue };
            let mut column = 0;
            for field in row.split('|') {
                fields.push((offset + (column / BYTE) as u64, field.trim().to_owned()));
                // With the bar behind it.
                column += field.chars().count() + 1;
            }
        }
        Self(fields)
    }

    /// Whether a field with these words begins at this offset.
    pub(super) fn has(&self, offset: u64, words: &str) -> bool {
        self.0.iter().any(|(at, field)| *at == offset && field.contains(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "\
## Other
```text
  0 |                             wrong                             |
```
## Header
Words.
```text
    +-------------------------------+-------------------------------+
  8 |       format version: 1       | kind  |         zero          |  a remark
 16 |                       first generation                        |
```
";

    #[test]
    fn fields_are_found_where_they_begin() {
        let diagram = Diagram::read(DOCUMENT, "## Header");
        assert!(diagram.has(8, "format version") && diagram.has(12, "kind") && diagram.has(13, "zero"));
        assert!(diagram.has(16, "first generation"));
        assert!(!diagram.has(12, "format version") && !diagram.has(0, "wrong"));
        assert!(!Diagram::read(DOCUMENT, "## Absent").has(0, "wrong"));
    }
}
