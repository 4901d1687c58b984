//! Inputs beyond a plain text: included ranges, UTF-16, and trees that are wide, deep or large.

use cst_bytecode::{Bytecode, compare};
use tree_sitter::Range;

use crate::support::columns::{self, Columns};
use crate::support::edits::Change;
use crate::support::exercise::point_at;
use crate::support::trees::of_many_shapes;
use crate::support::{check_round_trip, sample, subtrees};

/// The contents of the page's scripts, as ranges of the page.
fn script_ranges(page: &str) -> Vec<Range> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(open) = page[from..].find("<script>") {
        let start_byte = from + open + "<script>".len();
        let end_byte = start_byte + page[start_byte..].find("</script>").unwrap();
        let point = |byte| point_at(page.as_bytes(), byte);
        ranges.push(Range {
            start_byte,
            end_byte,
            start_point: point(start_byte),
            end_point: point(end_byte),
        });
        from = end_byte;
    }
    ranges
}

#[test]
fn included_ranges() {
    let page = "<p>text</p><script>let a = {b: 1,</script>\n<p>more\n</p>\n<script>\n c: `two\nlines`};\n</script>\
                <script>f(a.b +</script><b>\u{6f22}</b><script> 2)</script>";
    let javascript = sample("javascript");
    let mut parser = javascript.parser();
    parser.set_included_ranges(&script_ranges(page)).unwrap();
    let tree = parser.parse(page, None).unwrap();
    let decoded = check_round_trip(&javascript.grammar, &tree, page.as_bytes());
    assert_eq!(decoded.included_ranges(), tree.included_ranges());
    assert_eq!(decoded.included_ranges().len(), 4);

    // The ranges decide what may be reused, so they matter when the text is parsed again.
    let mut text = page.as_bytes().to_vec();
    let (mut from_original, mut from_decoded) = (tree, decoded);
    let edit = Change { start: page.find("1,").unwrap(), removed: 1, inserted: "[2]" }.apply(&mut text);
    from_original.edit(&edit);
    from_decoded.edit(&edit);
    compare(&from_original, &from_decoded).unwrap();
    check_round_trip(&javascript.grammar, &from_original, &text);
    let text = String::from_utf8(text).unwrap();
    for ranges in [script_ranges(&text), script_ranges(&text)[1..3].to_vec(), Vec::new()] {
        parser.set_included_ranges(&ranges).unwrap();
        let expected = parser.parse(&text, Some(&from_original)).unwrap();
        let parsed = parser.parse(&text, Some(&from_decoded)).unwrap();
        compare(&expected, &parsed).unwrap();
        let changed: Vec<Range> = from_original.changed_ranges(&expected).collect();
        assert_eq!(changed, from_decoded.changed_ranges(&parsed).collect::<Vec<_>>());
        check_round_trip(&javascript.grammar, &expected, text.as_bytes());
    }
}

/// Ranges whose points do not belong to their bytes are the caller's right.
#[test]
fn included_ranges_with_points_of_another_text() {
    let json = sample("json");
    let mut parser = json.parser();
    let range = |start_byte, end_byte, row| Range {
        start_byte,
        end_byte,
        start_point: tree_sitter::Point { row, column: 900 },
        end_point: tree_sitter::Point { row: row + 400, column: 0 },
    };
    parser.set_included_ranges(&[range(0, 3, 70_000), range(5, 9, 80_000), range(9, 9, 80_400)]).unwrap();
    let source = b"[1,xx 2]\n    ";
    check_round_trip(&json.grammar, &parser.parse(source, None).unwrap(), source);
}

#[test]
fn utf_16() {
    for name in ["json", "python", "html", "rust"] {
        let sample = sample(name);
        for source in sample.sources() {
            let units: Vec<u16> = source.encode_utf16().collect();
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let mut parser = sample.parser();
            let tree = parser.parse_utf16_le(&units, None).unwrap();
            let mut decoded = check_round_trip(&sample.grammar, &tree, &bytes);

            let mut changed = units.clone();
            changed.insert(0, b' '.into());
            let mut edited = tree.clone();
            let edit = tree_sitter::InputEdit {
                start_byte: 0,
                old_end_byte: 0,
                new_end_byte: 2,
                start_position: tree_sitter::Point { row: 0, column: 0 },
                old_end_position: tree_sitter::Point { row: 0, column: 0 },
                new_end_position: tree_sitter::Point { row: 0, column: 2 },
            };
            edited.edit(&edit);
            decoded.edit(&edit);
            let expected = parser.parse_utf16_le(&changed, Some(&edited)).unwrap();
            compare(&expected, &parser.parse_utf16_le(&changed, Some(&decoded)).unwrap()).unwrap();

            // The other byte order is another text with the same tree.
            let swapped: Vec<u16> = units.iter().map(|unit| unit.swap_bytes()).collect();
            let bytes: Vec<u8> = swapped.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let other = parser.parse_utf16_be(&swapped, None).unwrap();
            compare(&tree, &check_round_trip(&sample.grammar, &other, &bytes)).unwrap();
        }
    }
}

#[test]
fn wide() {
    let json = sample("json");
    let source = format!("[{}]", vec!["1"; 100_000].join(","));
    let tree = json.parse(&source);
    assert!(!tree.root_node().has_error());
    let decoded = check_round_trip(&json.grammar, &tree, source.as_bytes());
    assert_eq!(decoded.root_node().child(0).unwrap().named_child_count(), 100_000);
}

#[test]
fn deep() {
    const LEVELS: usize = 100_000;
    let json = sample("json");
    let mut source = "[".repeat(LEVELS);
    source.push_str(&"]".repeat(LEVELS));
    let decoded = check_round_trip(&json.grammar, &json.parse(&source), source.as_bytes());
    let mut cursor = decoded.walk();
    while cursor.goto_first_child() {
        // The first child is the bracket.
        cursor.goto_next_sibling();
    }
    assert!(cursor.depth() as usize > LEVELS - 2, "{}", cursor.depth());
    // Never closed: one error holds them all.
    let open = &source.as_bytes()[..LEVELS];
    check_round_trip(&json.grammar, &json.parse(open), open);

    let c = sample("c");
    let source = format!("int x = {}1{};", "(".repeat(20_000), ")".repeat(20_000));
    check_round_trip(&c.grammar, &c.parse(&source), source.as_bytes());
}

#[test]
fn large() {
    for (name, times) in [("rust", 800), ("python", 600)] {
        let sample = sample(name);
        let source = [sample.sound, "\n", sample.broken, "\n"].concat().repeat(times);
        let tree = sample.parse(&source);
        assert!(source.len() > 1_000_000, "{}", source.len());
        check_round_trip(&sample.grammar, &tree, source.as_bytes());
    }
}

/// More kinds of nodes than one byte counts.
#[test]
fn many_shapes() {
    let typescript = sample("typescript");
    let others = ["typescript", "tsx", "javascript", "java", "cpp"].map(sample);
    let source = others.map(|other| [other.sound, other.broken].concat()).concat();
    let tree = typescript.parse(&source);
    check_round_trip(&typescript.grammar, &tree, source.as_bytes());
    let columns = Columns::read(typescript.encode(&tree, &source).as_bytes());
    assert!(columns.structure[columns::SHAPES].len() > 600);

    // More than there are in pages.
    let (source, tree) = of_many_shapes(2_500);
    let json = sample("json");
    check_round_trip(&json.grammar, &tree, source.as_bytes());
    let columns = Columns::read(json.encode(&tree, &source).as_bytes());
    let numbers = &columns.structure[columns::NUMBERS].bytes;
    assert!((248..=255).all(|form| numbers.contains(&form)));
}

/// What cannot be in a chain any more has records. No grammar at hand has that many rules, or so deep ones.
#[test]
fn more_chains_and_longer_ones_than_allowed() {
    let python = sample("python");
    let source = python.sound.repeat(3);
    let sound = python.encode(&python.parse(&source), &source);
    let language = python.grammar.language();
    for is_deep in [false, true] {
        let mut columns = Columns::read(sound.as_bytes());
        let mut subtrees = Vec::new();
        for subtree in subtrees::read(&columns, language) {
            let is_link = subtree.record.is_none();
            // A production would name what is inserted.
            if is_link && is_deep && subtree.production == 0 {
                subtrees.extend(vec![subtree.clone(); 40]);
            }
            subtrees.push(subtree);
            if is_link && !is_deep {
                // Each adds something else to the precedences.
                let number = subtrees.len() as i32;
                subtrees.last_mut().unwrap().precedence = number;
            }
        }
        subtrees::write(&mut columns, language, &subtrees);
        assert_eq!(columns.parser_state[columns::CHAINS].len(), 255);
        let tree = Bytecode::copy_from(&columns.write()).unwrap().decode(&python.grammar).unwrap();
        check_round_trip(&python.grammar, &tree, source.as_bytes());
        let again = Columns::read(python.encode(&tree, &source).as_bytes());
        for column in [columns::CHAINS, columns::LINKS, columns::PARSE_STATES] {
            assert_eq!(again.parser_state[column], columns.parser_state[column]);
        }
    }
}

#[test]
fn long_nodes() {
    let json = sample("json");
    let mut source = String::from("[");
    for i in 0..600 {
        source.push_str(&"\n".repeat(i % 20));
        source.push_str(&" ".repeat(i));
        source.push_str(&format!("\"{}\",", "x".repeat(i)));
    }
    source.push_str("null]");
    let tree = json.parse(&source);
    assert!(!tree.root_node().has_error());
    check_round_trip(&json.grammar, &tree, source.as_bytes());
}
