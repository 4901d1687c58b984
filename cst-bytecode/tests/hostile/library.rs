//! Trees whose columns are in order and which the library could not bear: it indexes with what they
//! say, or asserts that no tree says it.
//!
//! What each would do is told at its test.

use cst_bytecode::TREE_SITTER_RELEASE;

use crate::build::{
    Case, DEPENDS_ON_COLUMN, END, ERROR, ERROR_REPEAT, EXTRA, FRAGILE, HAS_CHANGES, INLINE, KEYWORD, MISSING,
    NAMED, SCANNER_STATE_CHANGE, VISIBLE,
};
use crate::support::columns::{
    INCLUDED_RANGES, LONG_VALUES, PADDINGS, PARSE_STATES, SHAPE_PRECEDENCES, SHAPE_PRODUCTIONS,
    SHAPE_SYMBOLS, SIZES,
};

fn parent(case: &Case) -> usize {
    case.find(|subtree| subtree.depth > 2 && subtree.child_count > 1 && subtree.flags & VISIBLE != 0)
}

fn leaf(case: &Case) -> usize {
    case.find(|subtree| subtree.depth > 2 && subtree.child_count == 0)
}

/// The parser asserts that beneath the end there is a rule: an end that is no extra is taken for it.
#[test]
fn an_end_that_is_no_extra() {
    let mut case = Case::sound("json");
    let end = case.find(|subtree| subtree.symbol == END);
    case.reflag(end, 0, EXTRA);
    case.refused();
}

/// A parent that begins with the end of the text is accepted as if it were the end, and is not.
#[test]
fn an_end_amid_the_text() {
    let mut case = Case::sound("json");
    let leaf = leaf(&case);
    case.reshape(leaf, &[(SHAPE_SYMBOLS, END)]);
    case.reflag(leaf, EXTRA, VISIBLE | NAMED);
    case.refused();
}

/// A keyword that does not fit is turned into the word token; without one, into the end of the text.
#[test]
fn a_keyword_where_there_are_none() {
    let mut case = Case::sound("json");
    let leaf = leaf(&case);
    case.reflag(leaf, KEYWORD, 0);
    case.refused();
}

/// A missing node's cost is fixed, and a keyword's symbol changes: neither can have children.
#[test]
fn parents_with_flags_of_tokens() {
    for flag in [MISSING, KEYWORD, SCANNER_STATE_CHANGE] {
        let mut case = Case::sound("rust");
        let parent = parent(&case);
        case.reflag(parent, flag, 0);
        case.refused();
    }
}

/// An invisible root makes the comparison of two trees read a null pointer.
#[test]
fn visibility_of_another_symbol() {
    for flag in [VISIBLE, NAMED] {
        for case in [Case::sound("json"), Case::broken("rust")] {
            for subtree in [0, parent(&case), leaf(&case)] {
                let mut case = Case { sample: case.sample, columns: case.columns.clone() };
                let has = case.subtrees()[subtree].flags & flag;
                case.reflag(subtree, flag & !has, has);
                case.refused();
            }
        }
    }
}

/// A visible group of errors is looked up beyond the table of public symbols.
#[test]
fn a_visible_group_of_errors() {
    let mut case = Case::broken("rust");
    let group = case.find(|subtree| subtree.symbol == ERROR_REPEAT);
    case.reflag(group, VISIBLE | NAMED, 0);
    case.refused();
    let mut case = Case::sound("json");
    case.reshape(0, &[(SHAPE_SYMBOLS, ERROR_REPEAT)]);
    case.reflag(0, FRAGILE, VISIBLE | NAMED);
    case.refused();
}

/// Its cost is taken off its parent's, which is then less than nothing.
#[test]
fn a_group_of_errors_outside_an_error() {
    let mut case = Case::sound("json");
    let parent = parent(&case);
    case.reshape(parent, &[(SHAPE_SYMBOLS, ERROR_REPEAT), (SHAPE_PRODUCTIONS, 0)]);
    case.reflag(parent, FRAGILE, VISIBLE | NAMED);
    case.refused();
}

/// What is not fragile may be used again, with all that it begins or ends with.
#[test]
fn a_fragile_child_in_a_parent_that_is_not() {
    let mut case = Case::sound("json");
    let parent = case.find(|subtree| subtree.depth == 1 && subtree.child_count > 0);
    case.reflag(parent + 1, FRAGILE, 0);
    case.refused();
    let mut case = Case::sound("json");
    let parent = parent_with_first_leaf(&case);
    case.reshape(parent + 1, &[(SHAPE_SYMBOLS, ERROR), (SHAPE_PRODUCTIONS, 0)]);
    case.reflag(parent + 1, FRAGILE | VISIBLE | NAMED, INLINE);
    case.refused();
}

fn parent_with_first_leaf(case: &Case) -> usize {
    let subtrees = case.subtrees();
    (1..subtrees.len() - 1)
        .find(|&i| subtrees[i].child_count > 1 && subtrees[i + 1].child_count == 0)
        .expect("a parent begins with a token")
}

/// Extras are left out when a rule's parts are counted, so the parser takes parts that are not there:
/// in the end the stack is empty and no tree is left.
#[test]
fn an_extra_that_is_none() {
    for name in ["json", "rust", "python"] {
        let mut case = Case::sound(name);
        let parent = parent(&case);
        case.reflag(parent, EXTRA, 0);
        case.refused();
        let mut case = Case::sound(name);
        case.reflag(0, EXTRA, 0);
        case.refused();
    }
}

/// Where errors are skipped, a parent made in the error state is looked up as if it were a token.
#[test]
fn a_parent_of_the_error_state() {
    for name in ["json", "rust"] {
        let mut case = Case::sound(name);
        let parent = parent(&case);
        case.columns.parser_state[PARSE_STATES].set(parent, 0);
        case.refused();
    }
}

/// The root is what the parser accepts, or an error.
#[test]
fn a_root_of_another_rule() {
    let mut case = Case::sound("json");
    let other = case.subtrees()[parent(&case)].symbol;
    case.reshape(0, &[(SHAPE_SYMBOLS, other)]);
    case.refused();
}

/// Ranges out of order, or two at the very end, send the library past the other tree's ranges.
#[test]
fn ranges_that_no_parser_takes() {
    let last = u32::MAX;
    for ranges in [
        &[][..],
        &[(5, 3)],
        &[(0, 9), (8, 12)],
        &[(7, 9), (0, 2)],
        &[(last, last), (last, last)],
        &[(0, last), (last, last)],
    ] {
        let mut case = Case::sound("json");
        let numbers = ranges.iter().flat_map(|&(start, end)| [start, end, 0, 0, 0, 0]);
        case.columns.structure[INCLUDED_RANGES].bytes = numbers.flat_map(u32::to_le_bytes).collect();
        case.refused();
    }
}

/// Callers reserve room for as many children as a node says it has, and count to it.
#[test]
fn more_nodes_than_there_are() {
    for stored in [1 << 4, 1 << 5, 1 << 6] {
        for count in [100_000, u32::MAX] {
            for set in [0, HAS_CHANGES] {
                let mut case = Case::sound("json");
                case.reflag(0, set, 0);
                case.except(0, stored, &[count]);
                case.refused();
            }
        }
    }
}

/// What exceptions say of children adds up in their parent.
#[test]
fn nodes_that_add_up_to_more_than_there_are() {
    let mut case = Case::sound("json");
    let subtrees = case.subtrees();
    let is_parent = |&i: &usize| subtrees[i].child_count > 0;
    // Two parents side by side, the first of which has leaves only.
    let first = (2..subtrees.len()).filter(is_parent).find(|&i| {
        let end = i + 1 + subtrees[i].child_count as usize;
        subtrees[i - 1].child_count > 1 && !(i + 1..end).any(|child| is_parent(&child)) && is_parent(&end)
    });
    let first = first.expect("the sample has two such parents");
    let second = first + 1 + subtrees[first].child_count as usize;
    for parent in (0..subtrees.len()).filter(is_parent) {
        case.reflag(parent, HAS_CHANGES, 0);
    }
    // One such share fits beside the visible nodes, which are three quarters of all; two do not.
    let most = subtrees.len() as u32 / 4;
    case.except(first, 1 << 6, &[most]);
    case.accepted();
    case.except(second, 1 << 6, &[most]);
    case.refused();
}

/// What an edit alone makes stale, in a tree without one. The cost overflows a sum that the library
/// asserts of; the first leaf is looked up as it stands; a size moves what comes after.
#[test]
fn stale_fields_without_an_edit() {
    let case = Case::sound("json");
    for (stored, values) in [
        (1 << 0, &[0, 0, 0][..]),
        (1 << 1, &[9, 0, 9]),
        (1 << 2, &[300]),
        (1 << 3, &[0xffff_ff00]),
        (1 << 8, &[3, 1]),
        (1 << 10, &[1]),
    ] {
        for subtree in [parent(&case), leaf(&case)] {
            let mut case = Case::sound("json");
            case.except(subtree, stored, values);
            case.refused();
        }
    }
}

/// The library leaves this flag stale where it has re-balanced a repetition, as it does the repeat depth, and
/// edits such trees.
#[test]
fn a_stale_column_flag_without_an_edit() {
    let mut case = Case::sound("json");
    let (parent, leaf) = (parent(&case), leaf(&case));
    case.except(parent, 1 << 9, &[1]);
    case.accepted();
    case.except(leaf, 1 << 9, &[1]);
    case.refused();
}

/// A leaf in its parent's slot has no room for this flag before 0.27.1: the tree would not be the one that was
/// written down.
#[test]
fn an_inline_leaf_that_depends_on_its_column() {
    let mut case = Case::sound("json");
    let leaf = case.find(|subtree| subtree.depth > 2 && subtree.flags & INLINE != 0);
    case.reflag(leaf, DEPENDS_ON_COLUMN, 0);
    if TREE_SITTER_RELEASE < (27 << 10 | 1) { case.refused() } else { case.accepted() }
}

/// The cost of an error is thirty a line, in 32 bits.
#[test]
fn more_lines_than_an_error_can_cost() {
    for column in [PADDINGS, SIZES] {
        let mut case = Case::sound("json");
        let leaf = case.find(|subtree| subtree.child_count == 0);
        case.reflag(leaf, 0, INLINE);
        case.columns.structure[column].set(0, 255);
        let mut numbers = case.columns.structure[LONG_VALUES].varints();
        numbers.splice(0..0, [1, 143_165_576, 1]);
        case.columns.structure[LONG_VALUES].set_varints(&numbers);
        case.refused();
    }
}

/// The library adds precedences as signed numbers, whose overflow is undefined.
#[test]
fn a_precedence_beyond_all_grammars() {
    for precedence in [i32::MAX, i32::MIN, 1 << 20] {
        let mut case = Case::sound("json");
        let parent = parent(&case);
        case.reshape(parent, &[(SHAPE_PRECEDENCES, precedence.cast_unsigned())]);
        case.refused();
    }
}

/// A budget is kept with this number.
#[test]
fn live_bytes_that_are_not_the_trees() {
    for change in [1, 0x80] {
        let mut case = Case::sound("json");
        case.columns.header[104] ^= change;
        case.refused();
    }
}
