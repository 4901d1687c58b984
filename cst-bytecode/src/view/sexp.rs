//! A tree as an S-expression, as tree-sitter writes it.

use core::fmt::Write;

use crate::layout::flags;
use crate::record::{At, Records};

use super::navigate::{Visit, look, visit};
use super::node::NodeView;

pub(super) fn of(node: &NodeView<'_>) -> String {
    let mut text = String::new();
    // Where the records of what is open end.
    let mut open: Vec<u32> = Vec::new();
    let records = &node.tree.records;
    let (mut at, mut position) = (node.at, node.start);
    while at.record < node.next.record {
        let is_root = at.record == node.at.record;
        let Some(mut subtree) = look(records, at, position).and_then(|ahead| visit(records, &ahead)) else {
            break;
        };
        if is_root {
            // The padding is before it.
            subtree.start = node.start;
            subtree.end = node.end;
        }
        while open.last().is_some_and(|&end| end <= at.record) {
            open.pop();
            text.push(')');
        }
        if let Some(ending) = write_start(&mut text, node, &subtree, at, is_root) {
            text.push_str(ending);
        } else if is_shown(records, &subtree) || is_root {
            open.push(subtree.next.record);
        }
        position = if subtree.shape.is_leaf() { subtree.end } else { subtree.start };
        at = subtree.inside;
    }
    open.iter().for_each(|_| text.push(')'));
    text
}

fn is_shown(records: &Records<'_>, subtree: &Visit) -> bool {
    let shape = subtree.shape;
    let is_missing = shape.is_leaf() && shape.has(flags::MISSING);
    is_missing || (shape.is_visible() && records.is_named(shape))
}

/// Writes how a subtree begins; and what it ends with, where that is already known.
fn write_start(
    text: &mut String,
    root: &NodeView<'_>,
    subtree: &Visit,
    at: At,
    is_root: bool,
) -> Option<&'static str> {
    let records = &root.tree.records;
    let grammar = root.tree.grammar;
    let shape = subtree.shape;
    let name = records.name(shape);
    let symbol = if name.alias == 0 { shape.symbol() } else { name.alias };
    let kind = grammar.symbol_name(symbol);
    if !is_shown(records, subtree) {
        if is_root && shape.is_leaf() {
            let _ = write!(text, "(\"{kind}\")");
            return Some("");
        }
        if is_root {
            let _ = write!(text, "({kind}");
        }
        return None;
    }
    if !is_root {
        text.push(' ');
        if let Some(field) = grammar.language().field_name_for_id(name.field).filter(|_| name.field != 0) {
            let _ = write!(text, "{field}: ");
        }
    }
    if shape.is_error() && shape.is_leaf() && subtree.start.byte != subtree.end.byte {
        text.push_str("(UNEXPECTED ");
        write_char(text, records, at);
    } else if shape.is_leaf() && shape.has(flags::MISSING) {
        let is_named = records.is_named(shape) || shape.has(flags::NAMED);
        let _ = if is_named { write!(text, "(MISSING {kind}") } else { write!(text, "(MISSING \"{kind}\"") };
    } else {
        let _ = write!(text, "({kind}");
    }
    None
}

/// The character at which an error began.
fn write_char(text: &mut String, records: &Records<'_>, at: At) {
    let leaf = records.record(at).and_then(|record| records.leaf(&record));
    let character = leaf.map_or(-1, |leaf| leaf.lookahead_char);
    let _ = match character {
        -1 => write!(text, "INVALID"),
        0 => write!(text, "'\\0'"),
        10 => write!(text, "'\\n'"),
        9 => write!(text, "'\\t'"),
        13 => write!(text, "'\\r'"),
        32..127 => write!(text, "'{}'", character as u8 as char),
        _ => write!(text, "{character}"),
    };
}
