//! Whether a view and tree-sitter say the same, of everything.

use cst_bytecode::{Bytecode, Grammar, NodeView, SourceId, TreeView, ViewCursor};
use tree_sitter::{Node, Point, Tree, TreeCursor};

/// Views the tree's bytecode and compares it with the tree, node by node and question by question. `often`
/// says of how many nodes to ask those that tree-sitter answers slowly: one of so many.
#[track_caller]
pub(crate) fn check_view(grammar: &Grammar, tree: &Tree, source: &[u8], often: usize) {
    let bytecode = Bytecode::encode_with(grammar, tree, &SourceId::of(source)).unwrap();
    let bytecode = Bytecode::from_bytes(bytecode.into_bytes()).unwrap();
    let view = bytecode.view(grammar).unwrap();
    assert_eq!(view.included_ranges(), tree.included_ranges());
    let nodes = walk_both(tree, &view);
    for (i, (node, seen)) in nodes.iter().enumerate() {
        if i % often == 0 {
            assert_eq!(seen.parse_state(), node.parse_state(), "{node:?}");
            assert_eq!(seen.next_parse_state(), node.next_parse_state(), "{node:?}");
            compare_children(node, seen);
            compare_neighbours(node, seen);
            compare_places(node, seen);
            compare_fields(node, seen);
        }
    }
    compare_descendants(&nodes, &view, often);
    assert_eq!(view.root_node().to_sexp(), tree.root_node().to_sexp());
    wander(tree, &view, nodes.len());
}

/// All nodes of both, in pre-order, as two cursors meet them.
fn walk_both<'a>(tree: &'a Tree, view: &'a TreeView<'a>) -> Vec<(Node<'a>, NodeView<'a>)> {
    let (mut cursor, mut seen) = (tree.walk(), view.walk());
    let mut nodes = Vec::new();
    loop {
        compare_cursors(&cursor, &seen);
        nodes.push((cursor.node(), seen.node()));
        if both(cursor.goto_first_child(), seen.goto_first_child(), &cursor) {
            continue;
        }
        while !both(cursor.goto_next_sibling(), seen.goto_next_sibling(), &cursor) {
            if !both(cursor.goto_parent(), seen.goto_parent(), &cursor) {
                return nodes;
            }
        }
    }
}

/// Whether all nodes come one after the other, from wherever one starts, and know who is beside them.
fn compare_descendants(nodes: &[(Node<'_>, NodeView<'_>)], view: &TreeView<'_>, often: usize) {
    let all = view.root_node().descendants();
    assert_eq!(all.len(), nodes.len());
    let mut count = 0;
    for ((node, seen), next) in nodes.iter().zip(all) {
        compare_nodes(node, &next);
        assert_eq!((next.id(), next.field_id()), (seen.id(), seen.field_id()), "{node:?}");
        if count % (often * 5) == 0 {
            compare_neighbours(node, &next);
        }
        count += 1;
    }
    assert_eq!(count, nodes.len());
    for (i, (node, seen)) in nodes.iter().enumerate().step_by(often) {
        let mut descendants = seen.descendants();
        assert_eq!(descendants.len(), node.descendant_count());
        let wanted = &nodes[i..i + node.descendant_count().min(300)];
        for (number, (node, seen)) in wanted.iter().enumerate() {
            let next = descendants.next().unwrap();
            assert_eq!((next.id(), next.range()), (seen.id(), node.range()), "{node:?}");
            assert_eq!(descendants.len(), nodes[i].0.descendant_count() - number - 1);
        }
        if wanted.len() == node.descendant_count() {
            assert_eq!((descendants.next(), descendants.next(), descendants.len()), (None, None, 0));
        }
    }
}

#[track_caller]
fn both(one: bool, other: bool, at: &TreeCursor<'_>) -> bool {
    assert_eq!(one, other, "at {:?}", at.node());
    one
}

#[track_caller]
fn compare_cursors(cursor: &TreeCursor<'_>, seen: &ViewCursor<'_>) {
    let node = cursor.node();
    compare_nodes(&node, &seen.node());
    assert_eq!(seen.field_id(), cursor.field_id(), "{node:?}");
    assert_eq!(seen.field_name(), cursor.field_name(), "{node:?}");
    assert_eq!(seen.node().field_id(), cursor.field_id(), "{node:?}");
    assert_eq!(seen.node().field_name(), cursor.field_name(), "{node:?}");
    assert_eq!(seen.depth(), cursor.depth(), "{node:?}");
    assert_eq!(seen.descendant_index(), cursor.descendant_index(), "{node:?}");
}

/// Whether they say the same of themselves.
#[track_caller]
fn compare_nodes(node: &Node<'_>, seen: &NodeView<'_>) {
    assert_eq!((seen.kind(), seen.kind_id()), (node.kind(), node.kind_id()), "{node:?}");
    assert_eq!(
        (seen.grammar_name(), seen.grammar_id()),
        (node.grammar_name(), node.grammar_id()),
        "{node:?}"
    );
    assert_eq!(seen.range(), node.range(), "{node:?}");
    let flags = (seen.is_named(), seen.is_extra(), seen.is_missing(), seen.is_error(), seen.has_changes());
    assert_eq!(
        flags,
        (node.is_named(), node.is_extra(), node.is_missing(), node.is_error(), node.has_changes()),
        "{node:?}"
    );
    assert_eq!(seen.has_error(), node.has_error(), "{node:?}");
    assert_eq!(seen.child_count() as usize, node.child_count() as usize, "{node:?}");
    assert_eq!(seen.named_child_count(), node.named_child_count(), "{node:?}");
    assert_eq!(seen.descendant_count(), node.descendant_count(), "{node:?}");
}

#[track_caller]
fn compare_found(found: Option<Node<'_>>, seen: Option<NodeView<'_>>, what: &str, of: &Node<'_>) {
    match (found, seen) {
        (Some(found), Some(seen)) => {
            let is_same = found.range() == seen.range() && found.grammar_id() == seen.grammar_id();
            assert!(is_same, "{what} of {of:?}: {found:?}, but {seen:?}");
            compare_nodes(&found, &seen);
        }
        (None, None) => {}
        (found, seen) => panic!("{what} of {of:?}: {found:?}, but {seen:?}"),
    }
}

fn compare_children(node: &Node<'_>, seen: &NodeView<'_>) {
    let count = node.child_count() as usize;
    for i in (0..=count as u32).step_by(count / 50 + 1) {
        // Releases of tree-sitter differ in the type of this number.
        compare_found(node.child(i as _), seen.child(i), "child", node);
        compare_found(node.named_child(i as _), seen.named_child(i), "named child", node);
        assert_eq!(seen.field_name_for_child(i), node.field_name_for_child(i), "{i} of {node:?}");
        assert_eq!(seen.field_name_for_named_child(i), node.field_name_for_named_child(i), "{i} of {node:?}");
    }
    let (mut cursor, mut seen_cursor) = (node.walk(), seen.walk());
    let children: Vec<_> = node.children(&mut cursor).take(40).collect();
    let seen_children: Vec<_> = seen.children(&mut seen_cursor).take(40).collect();
    assert_eq!(children.len(), seen_children.len());
    children.iter().zip(seen_children).for_each(|(child, seen)| compare_nodes(child, &seen));
    let children: Vec<_> = node.named_children(&mut cursor).take(40).collect();
    let seen_children: Vec<_> = seen.named_children(&mut seen_cursor).take(40).collect();
    assert_eq!(children.len(), seen_children.len());
    children.iter().zip(seen_children).for_each(|(child, seen)| compare_nodes(child, &seen));
}

/// Whether tree-sitter itself finds a node among its parent's children. Among nodes without text it goes by
/// positions, which several have.
fn is_found(node: &Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return true };
    let mut cursor = parent.walk();
    let is_child = parent.children(&mut cursor).any(|child| child.id() == node.id());
    let mut others = parent.children(&mut cursor);
    is_child
        && node.start_byte() < node.end_byte()
        && others.all(|child| child.start_byte() < child.end_byte())
}

fn compare_neighbours(node: &Node<'_>, seen: &NodeView<'_>) {
    if node.start_byte() < node.end_byte() {
        compare_found(node.parent(), seen.parent(), "parent", node);
    }
    if is_found(node) {
        compare_found(node.next_sibling(), seen.next_sibling(), "next sibling", node);
        compare_found(node.prev_sibling(), seen.prev_sibling(), "previous sibling", node);
        compare_found(node.next_named_sibling(), seen.next_named_sibling(), "next named sibling", node);
        compare_found(node.prev_named_sibling(), seen.prev_named_sibling(), "previous named sibling", node);
    }
    if let (Some(parent), Some(seen_parent)) = (node.parent(), seen.parent()) {
        let (root, seen_root) =
            (parent.parent().unwrap_or(parent), seen_parent.parent().unwrap_or(seen_parent));
        if is_found(node) && is_found(&parent) && root != *node {
            let found = root.child_with_descendant(*node);
            compare_found(found, seen_root.child_with_descendant(*seen), "child with descendant", node);
        }
    }
}

fn compare_places(node: &Node<'_>, seen: &NodeView<'_>) {
    let (start, end) = (node.start_byte(), node.end_byte());
    let length = end - start;
    let places =
        [start, start + 1, start + length / 3, start + length / 2, end.saturating_sub(1), end, end + 1];
    for from in places {
        // Not asked of tree-sitter itself, which passes over children after some hidden ones.
        let mut cursor = node.walk();
        let found = node.children(&mut cursor).find(|child| child.end_byte() > from);
        compare_found(found, seen.first_child_for_byte(from), "first child for", node);
        let found = node.named_children(&mut cursor).find(|child| child.end_byte() > from);
        compare_found(found, seen.first_named_child_for_byte(from), "first named child for", node);
        for to in [from, from + 1, from + length / 4, end] {
            let found = node.descendant_for_byte_range(from, to);
            compare_found(found, seen.descendant_for_byte_range(from, to), "descendant", node);
            let found = node.named_descendant_for_byte_range(from, to);
            compare_found(found, seen.named_descendant_for_byte_range(from, to), "named descendant", node);
        }
    }
    let (start, end) = (node.start_position(), node.end_position());
    for from in [start, Point::new(start.row, start.column + 1), Point::new(start.row + 1, 0), end] {
        for to in [from, Point::new(from.row, from.column + 3), end] {
            let found = node.descendant_for_point_range(from, to);
            compare_found(found, seen.descendant_for_point_range(from, to), "descendant", node);
            let found = node.named_descendant_for_point_range(from, to);
            compare_found(found, seen.named_descendant_for_point_range(from, to), "named descendant", node);
        }
    }
}

fn compare_fields(node: &Node<'_>, seen: &NodeView<'_>) {
    let language = node.language();
    let (mut cursor, mut seen_cursor) = (node.walk(), seen.walk());
    for field in 1..=language.field_count() as u16 {
        let found = node.child_by_field_id(field);
        compare_found(
            found,
            seen.child_by_field_id(field),
            &format!("child {field} {:?}", language.field_name_for_id(field)),
            node,
        );
        let Some(name) = language.field_name_for_id(field) else { continue };
        let children: Vec<_> =
            node.children_by_field_name(name, &mut cursor).map(|child| child.range()).collect();
        let seen: Vec<_> =
            seen.children_by_field_name(name, &mut seen_cursor).map(|child| child.range()).collect();
        assert_eq!(seen, children, "children of {node:?} in {name}");
    }
}

/// Two cursors go the same way, wherever it leads.
fn wander(tree: &Tree, view: &TreeView<'_>, count: usize) {
    let (mut cursor, mut seen) = (tree.walk(), view.walk());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..count.min(400) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = (random >> 33) as usize;
        let end = cursor.node().end_byte();
        match number % 9 {
            0 | 1 => assert_eq!(seen.goto_first_child(), cursor.goto_first_child()),
            2 => assert_eq!(seen.goto_last_child(), cursor.goto_last_child()),
            3 => assert_eq!(
                seen.goto_next_sibling(),
                cursor.goto_next_sibling(),
                "next {:?} {seen:?}",
                cursor.node()
            ),
            4 => step_back(&mut cursor, &mut seen),
            5 => assert_eq!(seen.goto_parent(), cursor.goto_parent(), "{:?} {seen:?}", cursor.node()),
            6 => {
                cursor.goto_descendant(number % count);
                seen.goto_descendant(number % count);
            }
            7 => {
                let byte = number % (end + 1);
                assert_eq!(seen.goto_first_child_for_byte(byte), cursor.goto_first_child_for_byte(byte));
            }
            _ => {
                let point = Point::new(number % (cursor.node().end_position().row + 1), number % 40);
                assert_eq!(seen.goto_first_child_for_point(point), cursor.goto_first_child_for_point(point));
            }
        }
        // What tree-sitter says of the index after a step back, it says wrongly.
        if number % 9 == 4 {
            cursor.goto_parent();
            seen.goto_parent();
        }
        compare_cursors(&cursor, &seen);
    }
}

/// Both to the sibling before. tree-sitter's cursor stays where a 256th child, counting hidden ones, is on its way:
/// it takes eight bits of the child's index for the end. Its nodes go on.
#[track_caller]
fn step_back(cursor: &mut TreeCursor<'_>, seen: &mut ViewCursor<'_>) {
    let node = cursor.node();
    match (cursor.goto_previous_sibling(), seen.goto_previous_sibling()) {
        (false, true) => {
            assert!(
                node.parent().is_some_and(|parent| parent.descendant_count() > 256),
                "before {node:?}: {seen:?}"
            );
            compare_found(node.prev_sibling(), Some(seen.node()), "previous sibling", &node);
        }
        (went, seen_went) => assert_eq!(seen_went, went, "before {node:?}: {seen:?}"),
    }
}
