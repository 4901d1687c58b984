//! From a node up to the root, however it was found.

use cst_bytecode::{Bytecode, NodeView, SourceId};

use crate::support::SAMPLES;

/// The node and those that it is in, by way of `parent`.
fn up(node: NodeView<'_>) -> Vec<NodeView<'_>> {
    std::iter::successors(Some(node), NodeView::parent).collect()
}

#[track_caller]
fn assert_same(found: &[NodeView<'_>], expected: &[NodeView<'_>]) {
    assert_eq!(found, expected);
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.range(), expected.range());
        assert_eq!(found.descendant_count(), expected.descendant_count());
        // Where the parent ends says whether there is one.
        assert_eq!(found.next_sibling(), expected.next_sibling());
        assert_eq!(found.prev_sibling(), expected.prev_sibling());
    }
}

#[test]
fn parents_are_those_that_a_cursor_came_by() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            let tree = sample.parse(source);
            let id = SourceId::of(source.as_bytes());
            let bytecode = Bytecode::encode_with(&sample.grammar, &tree, &id).unwrap();
            let view = bytecode.view(&sample.grammar).unwrap();
            let (root, mut cursor) = (view.root_node(), view.walk());
            // The ancestors of the cursor's node, itself the last.
            let mut path = vec![root];
            'walk: loop {
                let node = cursor.node();
                let expected: Vec<_> = path.iter().rev().copied().collect();
                assert_same(&up(node), &expected);
                let (start, end) = (node.start_byte(), node.end_byte());
                if let Some(found) = root.descendant_for_byte_range(start, end).filter(|found| *found == node)
                {
                    assert_same(&up(found), &expected);
                }
                if let Some(parent) = node.parent() {
                    let mut children = parent.walk();
                    let child = parent.children(&mut children).find(|child| *child == node);
                    assert_same(&up(child.unwrap()), &expected);
                }
                if cursor.goto_first_child() {
                    path.push(cursor.node());
                    continue;
                }
                while !cursor.goto_next_sibling() {
                    path.pop();
                    if !cursor.goto_parent() {
                        break 'walk;
                    }
                }
                path.pop();
                path.push(cursor.node());
            }
            assert!(path.is_empty());
        }
    }
}
