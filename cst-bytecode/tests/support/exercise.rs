//! Does with a tree what its users do, to see that it bears it.

use std::hint::black_box;

use cst_bytecode::{Bytecode, Grammar, NodeView};
use tree_sitter::{InputEdit, Node, Parser, Point, Tree, TreeCursor};

/// What a cursor tells of a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Visit {
    pub(crate) depth: u32,
    pub(crate) kind: u16,
    pub(crate) grammar_kind: u16,
    pub(crate) field: Option<u16>,
    pub(crate) range: tree_sitter::Range,
    pub(crate) states: (u16, u16),
    pub(crate) counts: (u64, u64, u64),
    pub(crate) flags: [bool; 6],
}

/// Visits every node that a cursor reaches.
pub(crate) fn visit_all(tree: &Tree, mut with: impl FnMut(Visit)) {
    let mut cursor = tree.walk();
    loop {
        with(visit(&cursor));
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// All visits of a tree, in pre-order.
pub(crate) fn visits(tree: &Tree) -> Vec<Visit> {
    let mut visits = Vec::new();
    visit_all(tree, |visit| visits.push(visit));
    visits
}

fn visit(cursor: &TreeCursor<'_>) -> Visit {
    let node = cursor.node();
    let has_name = !node.kind().is_empty() || !node.grammar_name().is_empty();
    black_box((has_name, cursor.field_name()));
    Visit {
        depth: cursor.depth(),
        kind: node.kind_id(),
        grammar_kind: node.grammar_id(),
        field: cursor.field_id().map(Into::into),
        range: node.range(),
        states: (node.parse_state(), node.next_parse_state()),
        counts: (node.child_count() as u64, node.named_child_count() as u64, node.descendant_count() as u64),
        flags: [
            node.is_named(),
            node.is_extra(),
            node.is_missing(),
            node.is_error(),
            node.has_error(),
            node.has_changes(),
        ],
    }
}

/// Reads everything that the library tells of a tree.
pub(crate) fn read_all(tree: &Tree) {
    visit_all(tree, |visit| {
        black_box(visit);
    });
    let root = tree.root_node();
    black_box(root.to_sexp().len());
    let end = root.end_byte();
    for byte in [0, 1, end / 3, end / 2, end.saturating_sub(1), end, end.saturating_add(1)] {
        let found = [
            root.descendant_for_byte_range(byte, byte),
            root.named_descendant_for_byte_range(byte, byte.saturating_add(7)),
        ];
        for node in found.into_iter().flatten() {
            read_neighbours(node);
        }
        let point = Point { row: byte % 40, column: byte % 20 };
        black_box(root.descendant_for_point_range(point, point));
        black_box((root.first_child_for_byte(byte), root.first_named_child_for_byte(byte)));
        let mut cursor = tree.walk();
        black_box((
            cursor.goto_first_child_for_byte(byte),
            cursor.goto_last_child(),
            cursor.goto_previous_sibling(),
        ));
        cursor.goto_descendant(byte % root.descendant_count().max(1));
        black_box(cursor.descendant_index());
    }
    let mut cursor = tree.walk();
    black_box(root.children(&mut cursor).count());
    black_box(root.named_children(&mut cursor).count());
    black_box(tree.included_ranges());
}

fn read_neighbours(node: Node<'_>) {
    black_box((
        node.parent(),
        node.next_sibling(),
        node.prev_sibling(),
        node.next_named_sibling(),
        node.prev_named_sibling(),
    ));
    black_box((node.child(0), node.named_child(0), node.child_by_field_id(1)));
    // Some releases count in `usize`, and ask for `u32` here.
    for i in 0..(node.child_count() as u64).min(8) as u32 {
        black_box((node.field_name_for_child(i), node.field_name_for_named_child(i)));
    }
}

/// Reads everything that a view tells, where there is one: whether or not a tree could be built.
pub(crate) fn read_view(bytecode: &Bytecode, grammar: &Grammar) {
    let Ok(view) = bytecode.view(grammar) else { return };
    black_box(view.included_ranges());
    let root = view.root_node();
    black_box((root.to_sexp().len(), format!("{root:?}").len()));
    let all: Vec<_> = root.descendants().collect();
    black_box((root.children(&mut view.walk()).collect::<Vec<_>>(), all.len()));
    for (number, node) in all.into_iter().enumerate() {
        black_box((node.field_name(), node.kind(), node.range(), node.descendants().len()));
        if number % 29 == 0 {
            black_box((node.next_sibling(), node.prev_named_sibling(), node.parent()));
        }
    }
    let mut cursor = view.walk();
    for number in 0_usize.. {
        let node = cursor.node();
        black_box((cursor.field_name(), cursor.field_id(), cursor.depth(), cursor.descendant_index()));
        black_box((node.kind(), node.grammar_name(), node.range(), node.is_named(), node.is_error()));
        black_box((node.child_count(), node.named_child_count(), node.descendant_count()));
        // What takes longer.
        if number % 23 == 0 {
            read_viewed(node);
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn read_viewed(node: NodeView<'_>) {
    black_box((node.parse_state(), node.next_parse_state(), node.parent(), node.has_error()));
    black_box((node.next_sibling(), node.prev_sibling()));
    black_box((node.next_named_sibling(), node.prev_named_sibling()));
    for i in (0..4).chain([node.child_count().wrapping_sub(1), u32::MAX]) {
        black_box((node.child(i), node.named_child(i)));
        black_box((node.field_name_for_child(i), node.field_name_for_named_child(i)));
    }
    for field in [1, 2, 3, 0, u16::MAX] {
        black_box(node.child_by_field_id(field));
    }
    let end = node.end_byte();
    for byte in [0, node.start_byte(), end / 2, end, usize::MAX] {
        black_box((node.first_child_for_byte(byte), node.first_named_child_for_byte(byte)));
        black_box(node.descendant_for_byte_range(byte, byte));
        black_box(node.named_descendant_for_byte_range(byte, end));
        let point = Point { row: byte / 20, column: byte % 20 };
        black_box(node.descendant_for_point_range(point, point));
        let mut cursor = node.walk();
        black_box((cursor.goto_first_child_for_byte(byte), cursor.goto_last_child()));
        black_box((cursor.goto_previous_sibling(), cursor.goto_first_child_for_point(point)));
        cursor.goto_descendant(byte);
        black_box(cursor.node().range());
    }
}

/// Edits the tree in a few places, parses the text again from it and compares the two.
pub(crate) fn parse_again(parser: &mut Parser, tree: &Tree, source: &[u8]) {
    for at in [0, source.len() / 4, source.len() / 2, source.len().saturating_sub(2), source.len()] {
        for (removed, inserted) in [(0, &b" "[..]), (1, b""), (1, b"}"), (0, b"\n("), (7, b"x")] {
            parse_edited(parser, tree, source, at, removed, inserted);
        }
    }
    if let Some(parsed) = parser.parse(source, Some(tree)) {
        read_all(&parsed);
        black_box(parser.parse(source, Some(&parsed)));
    }
}

/// Replaces up to `removed` bytes at `at`, in the tree and in the text, and parses the text again.
pub(crate) fn parse_edited(
    parser: &mut Parser,
    tree: &Tree,
    source: &[u8],
    at: usize,
    removed: usize,
    inserted: &[u8],
) {
    let mut text = source.to_vec();
    let edit = replace(&mut text, at, removed, inserted);
    let mut edited = tree.clone();
    edited.edit(&edit);
    let Some(parsed) = parser.parse(&text, Some(&edited)) else { return };
    black_box(edited.changed_ranges(&parsed).count());
    black_box(parsed.changed_ranges(&edited).count());
}

/// Replaces up to `removed` bytes at `at`, and says how.
pub(crate) fn replace(text: &mut Vec<u8>, at: usize, removed: usize, inserted: &[u8]) -> InputEdit {
    let old_end_byte = (at + removed).min(text.len());
    let new_end_byte = at + inserted.len();
    let (start_position, old_end_position) = (point_at(text, at), point_at(text, old_end_byte));
    text.splice(at..old_end_byte, inserted.iter().copied());
    let new_end_position = point_at(text, new_end_byte);
    InputEdit {
        start_byte: at,
        old_end_byte,
        new_end_byte,
        start_position,
        old_end_position,
        new_end_position,
    }
}

/// Row and column, in bytes, of a position.
pub(crate) fn point_at(text: &[u8], byte: usize) -> Point {
    let before = &text[..byte];
    let row = before.iter().filter(|&&b| b == b'\n').count();
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    Point { row, column: byte - line_start }
}
