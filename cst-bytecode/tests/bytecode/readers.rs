//! What reads a tree reads the same from a decoded one: cursors, queries, look-ups.

use tree_sitter::{Query, QueryCursor, StreamingIterator, Tree};

use crate::support::exercise::{read_all, visits};
use crate::support::{SAMPLES, Sample, sample};

fn decoded(sample: &Sample, source: &str) -> (Tree, Tree) {
    let tree = sample.parse(source);
    let decoded = sample.encode(&tree, source).decode(&sample.grammar).unwrap();
    (tree, decoded)
}

#[test]
fn cursors() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            let (tree, decoded) = decoded(sample, source);
            assert_eq!(visits(&tree), visits(&decoded), "{}", sample.name);
            assert_eq!(tree.root_node().to_sexp(), decoded.root_node().to_sexp());
            read_all(&decoded);
        }
    }
}

/// Index, start and end.
type Capture = (u32, usize, usize);

/// What a query finds, in order: pattern, then capture and range of each node.
fn found(query: &Query, tree: &Tree, source: &str) -> Vec<(usize, Vec<Capture>)> {
    let mut found = Vec::new();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(query, tree.root_node(), source.as_bytes());
    while let Some(one) = matches.next() {
        let names = 0..query.capture_names().len() as u32;
        let captures =
            names.flat_map(|index| one.nodes_for_capture_index(index).map(move |node| (index, node)));
        let captures = captures.map(|(index, node)| (index, node.start_byte(), node.end_byte()));
        found.push((one.pattern_index, captures.collect()));
    }
    found
}

#[test]
fn queries_of_everything() {
    for sample in SAMPLES.iter() {
        let query = Query::new(
            sample.grammar.language(),
            "(_) @node (_ _ @child .) (ERROR) @error (MISSING) @missing",
        )
        .unwrap();
        for source in sample.sources() {
            let (tree, decoded) = decoded(sample, source);
            let expected = found(&query, &tree, source);
            assert!(expected.len() > 20);
            assert_eq!(expected, found(&query, &decoded, source));
        }
    }
}

#[test]
fn queries_with_fields_predicates_and_quantifiers() {
    let queries = [
        (
            "rust",
            "(function_item name: (identifier) @name body: (block (_)* @statement)) (match_arm pattern: (_) @p value: (_) @v)",
        ),
        (
            "python",
            "(call function: (identifier) @f (#match? @f \"^[a-z]+$\")) (string (interpolation)+ @i) (block . (_) @first)",
        ),
        (
            "javascript",
            "(class_declaration name: (_) @n body: (class_body (method_definition)? @m)) [(regex) (template_string)] @literal",
        ),
        (
            "json",
            "(pair key: (string (string_content) @k) value: [(number) (array (_) @e)]) ((string) @s (#eq? @s \"\\\"id\\\"\"))",
        ),
        (
            "html",
            "(element (start_tag (tag_name) @open) (end_tag (tag_name) @close)) (attribute (attribute_name) @a)",
        ),
    ];
    for (name, text) in queries {
        let sample = sample(name);
        let query = Query::new(sample.grammar.language(), text).unwrap();
        for source in sample.sources() {
            let (tree, decoded) = decoded(sample, source);
            assert_eq!(found(&query, &tree, source), found(&query, &decoded, source), "{name}");
        }
        assert!(found(&query, &sample.parse(sample.sound), sample.sound).len() > 3, "{name}");
    }
}

#[test]
fn single_nodes() {
    for sample in SAMPLES.iter() {
        let (tree, decoded) = decoded(sample, sample.sound);
        let (left, right) = (tree.root_node(), decoded.root_node());
        for byte in (0..sample.sound.len()).step_by(5) {
            let a = left.descendant_for_byte_range(byte, byte + 3).unwrap();
            let b = right.descendant_for_byte_range(byte, byte + 3).unwrap();
            assert_eq!((a.kind(), a.range(), a.has_error()), (b.kind(), b.range(), b.has_error()));
            let near = |node: tree_sitter::Node<'_>| {
                [node.parent(), node.next_sibling(), node.prev_named_sibling(), node.named_child(0)]
                    .map(|node| node.map(|node| (node.kind_id(), node.range())))
            };
            assert_eq!(near(a), near(b));
        }
    }
}
