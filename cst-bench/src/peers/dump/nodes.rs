//! A tree as a flat list of the nodes that a cursor sees, in the order in which it meets them.

use tree_sitter::Tree;
use wincode::{SchemaRead, SchemaWrite};

/// What a flat dump keeps of a node. Points follow from the text; hidden nodes, parse states and all else
/// that makes a tree one to edit are not to be had from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite)]
pub struct Node {
    /// The kind's number.
    pub kind: u16,
    /// The field's number; 0 for none.
    pub field: u16,
    /// Named, extra, missing, in this order from the lowest bit.
    pub flags: u8,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// How many children follow.
    pub children: u32,
}

/// All nodes of `tree`, parents before children.
#[must_use]
pub fn nodes(tree: &Tree) -> Vec<Node> {
    let root = tree.root_node();
    let mut nodes = Vec::with_capacity(root.descendant_count());
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        nodes.push(Node {
            kind: node.kind_id(),
            field: cursor.field_id().map_or(0, u16::from),
            flags: u8::from(node.is_named())
                | u8::from(node.is_extra()) << 1
                | u8::from(node.is_missing()) << 2,
            start: node.start_byte() as u32,
            end: node.end_byte() as u32,
            children: node.child_count(),
        });
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return nodes;
            }
        }
    }
}
