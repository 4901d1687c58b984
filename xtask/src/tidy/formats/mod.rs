//! The offsets and versions that the format documents state are those of the code.

mod constants;
mod diagram;

use super::Problem;
use super::tree::Tree;
use constants::Constants;
use diagram::Diagram;

/// A part of a format: constants of the code, and the diagram that shows the same.
struct Part {
    code: &'static str,
    /// Where the constants stand; empty for the file's own.
    module: &'static str,
    document: &'static str,
    /// Of the section that has the diagram.
    heading: &'static str,
    /// Constants, and what the diagram has at their offsets.
    fields: &'static [(&'static str, &'static str)],
}

const BYTECODE: (&str, &str) = ("cst-bytecode/src/layout.rs", "docs/format/bytecode.md");
const FROZEN: (&str, &str) = ("cst-frozen/src/layout.rs", "docs/format/frozen.md");
const PACK: (&str, &str) = ("cst-frozen/src/pack/layout.rs", "docs/format/pack.md");

const PARTS: &[Part] = &[
    Part {
        code: BYTECODE.0,
        module: "",
        document: BYTECODE.1,
        heading: "## Header",
        fields: &[
            ("VERSION", "format version"),
            ("RUNTIME", "release of tree-sitter"),
            ("CHECKSUM", "checksum"),
            ("LENGTH", "length of all"),
            ("GRAMMAR", "identity of the grammar"),
            ("SOURCE_HASH", "BLAKE3 of the source"),
            ("SOURCE_LENGTH", "length of the source"),
            ("LIVE_BYTES", "live bytes"),
            ("SUBTREE_COUNT", "subtree count"),
            ("SECTION_COUNT", "section count"),
            ("SPARE", "zero"),
            ("SECTION_TABLE", "section kind: 1"),
        ],
    },
    Part {
        code: FROZEN.0,
        module: "header",
        document: FROZEN.1,
        heading: "### Header",
        fields: &[
            ("VERSION", "format version"),
            ("FLAGS", "zero"),
            ("FIRST", "first generation"),
            ("LAST", "last generation"),
            ("STORE", "the store's number"),
            ("NUMBER", "the segment's own number"),
            ("RESERVED", "zero"),
            ("CHECKSUM", "xxh3(bytes 0..56)"),
        ],
    },
    Part {
        code: FROZEN.0,
        module: "record",
        document: FROZEN.1,
        heading: "### Record",
        fields: &[
            ("CHECKSUM", "xxh3(bytes 8..64, seed: offset) ^ number"),
            ("PAYLOAD_CHECKSUM", "xxh3(payload)"),
            ("PAYLOAD_LEN", "payload length"),
            ("KIND", "kind"),
            ("GENERATION", "generation"),
            ("KEY", "key, 32 bytes"),
            ("LEN", "payload, then zeros"),
        ],
    },
    Part {
        code: FROZEN.0,
        module: "slot",
        document: FROZEN.1,
        heading: "### Index",
        fields: &[("TAG", "tag:"), ("PLACE", "place:")],
    },
    Part {
        code: FROZEN.0,
        module: "footer",
        document: FROZEN.1,
        heading: "### Footer",
        fields: &[
            ("VERSION", "format version"),
            ("FLAGS", "flags"),
            ("HEADER_CHECKSUM", "the header's checksum"),
            ("INDEX_CHECKSUM", "xxh3(all index slots)"),
            ("INDEX_OFFSET", "index offset"),
            ("HOMES", "number of homes"),
            ("SLOTS", "number of slots"),
            ("RECORDS", "number of records"),
            ("TOMBSTONES", "number of tombstones"),
            ("PAYLOAD_BYTES", "sum of payload lengths"),
            ("FILE_LEN", "file length"),
            ("STORE", "the store's number"),
            ("NUMBER", "the segment's own number"),
            ("CHECKSUM", "xxh3(bytes 0..104)"),
        ],
    },
    Part {
        code: PACK.0,
        module: "header",
        document: PACK.1,
        heading: "## Header",
        fields: &[
            ("VERSION", "format version"),
            ("FLAGS", "zero"),
            ("CALLER_LEN", "length of the caller's header"),
            ("CALLER_CHECKSUM", "xxh3(caller's header)"),
            ("RESERVED", "zero, 24 bytes"),
            ("CHECKSUM", "xxh3(bytes 0..56)"),
            ("LEN", "caller's header, then zeros"),
        ],
    },
];

/// Files, their constant for the version, and the documents whose first line names it.
const VERSIONS: [(&str, &str, &str); 3] = [
    (BYTECODE.0, "FORMAT_VERSION", BYTECODE.1),
    (FROZEN.0, "VERSION", FROZEN.1),
    (PACK.0, "VERSION", PACK.1),
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    PARTS
        .iter()
        .flat_map(|part| offsets(tree, part))
        .chain(VERSIONS.iter().flat_map(|v| version(tree, *v)))
        .collect()
}

fn offsets(tree: &Tree, part: &Part) -> Vec<Problem> {
    let (code, document) = (tree.source(part.code), tree.document(part.document));
    // A tree without the crate has no such format.
    let Some(code) = code else { return Vec::new() };
    let constants = Constants::read(code, part.module);
    let diagram = Diagram::read(document.unwrap_or_default(), part.heading);
    let place = if part.module.is_empty() { String::new() } else { format!("{}::", part.module) };
    let mut problems = Vec::new();
    for (name, label) in part.fields {
        let wrong = match constants.get(name) {
            None => Problem::file(part.code, format!("`{place}{name}` is not a constant that can be read")),
            Some(offset) if diagram.has(offset, label) => continue,
            Some(offset) => {
                let text = format!(
                    "no \"{label}\" at {offset} under \"{}\", where `{place}{name}` is",
                    part.heading
                );
                Problem::file(part.document, text)
            }
        };
        problems.push(wrong);
    }
    if !part.module.is_empty() {
        let is_known =
            |name: &str| name == "MAGIC" || name == "LEN" || part.fields.iter().any(|field| field.0 == name);
        let unknown = constants.names().filter(|name| !is_known(name));
        problems.extend(unknown.map(|name| {
            Problem::file(part.code, format!("`{place}{name}` is not compared with {}", part.document))
        }));
    }
    problems
}

fn version(tree: &Tree, (code, constant, document): (&str, &str, &str)) -> Option<Problem> {
    let version = Constants::read(tree.source(code)?, "").get(constant);
    let stated = tree
        .document(document)
        .unwrap_or_default()
        .lines()
        .next()
        .and_then(|title| title.split("format version ").nth(1)?.trim().parse().ok());
    let text = format!("the title states {stated:?}, and `{constant}` in {code} is {version:?}");
    (version.is_none() || stated != version).then(|| Problem::line(document, 1, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "\
pub(crate) const VERSION: u32 = 1;
pub(crate) mod slot {
    pub(crate) const TAG: usize = 0;
    pub(crate) const PLACE: usize = TAG + 8;
}
";
    const DOCUMENT: &str = "\
# The store, format version 1
### Index
```text
  0 |   tag: a hash    |
  8 |   place: offset  |
```
";

    fn found(code: &str, document: &str) -> Vec<String> {
        let tree = Tree::of(&[(FROZEN.0, code), (FROZEN.1, document)]);
        let slot = PARTS.iter().find(|part| part.module == "slot").unwrap();
        let problems = offsets(&tree, slot).into_iter().chain(version(&tree, VERSIONS[1]));
        problems.map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn equal_ones_are_in_order() {
        assert!(found(CODE, DOCUMENT).is_empty());
    }

    #[test]
    fn a_field_that_moved_is_named() {
        let problems = found(&CODE.replace("TAG + 8", "TAG + 16"), DOCUMENT);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].contains("\"place:\" at 16") && problems[0].contains("slot::PLACE"),
            "{problems:?}"
        );
        assert_eq!(found(CODE, &DOCUMENT.replace("  8 |", " 12 |")).len(), 1);
    }

    #[test]
    fn a_field_that_is_new_or_gone_is_named() {
        let more = CODE.replace("}\n", "    pub(crate) const MORE: usize = PLACE + 8;\n}\n");
        assert!(found(&more, DOCUMENT)[0].contains("slot::MORE"));
        assert!(found(&CODE.replace("TAG:", "TAGS:"), DOCUMENT)[0].contains("slot::TAG"));
    }

    #[test]
    fn another_version_is_named() {
        let problems = found(&CODE.replace("u32 = 1", "u32 = 2"), DOCUMENT);
        assert!(problems.len() == 1 && problems[0].contains("Some(2)"), "{problems:?}");
    }

    #[test]
    fn every_part_is_there() {
        let tree = Tree::read(crate::shell::Shell::new().unwrap().root()).unwrap();
        for part in PARTS {
            assert!(tree.source(part.code).is_some() && tree.document(part.document).is_some());
        }
    }
}
