//! Columns that contradict themselves or each other.

use crate::build::Case;
use crate::support::columns::{
    CHAINS, Columns, EXCEPTIONS, INCLUDED_RANGES, NAMES, PRECEDENCES, SCANNER_STATE_ENDS, SCANNER_STATE_IDS,
    SCANNER_STATES,
};
use crate::support::mutate::exceptions;
use crate::support::subtrees::{END, EXTERNAL_TOKENS, FRAGILE, HAS_CHANGES, INLINE};

#[test]
fn sound_columns_are_accepted() {
    for name in ["json", "rust", "python"] {
        Case::sound(name).accepted();
        Case::broken(name).accepted();
    }
}

#[test]
fn columns_too_long_or_too_short() {
    // One range more is still ranges; how many there are is for the library. What a precedence adds is
    // for the grammar.
    let any_length = [(0, INCLUDED_RANGES), (1, PRECEDENCES)];
    // Names, chains and scanner states that nothing refers to: nobody looks at them.
    let may_be_longer = [(0, NAMES), (1, CHAINS), (1, SCANNER_STATE_ENDS), (1, SCANNER_STATES)];
    let case = Case::broken("python");
    for (section, count) in [(0, 5), (1, 9)] {
        for number in (0..count).filter(|&number| !any_length.contains(&(section, number))) {
            for longer in [true, false] {
                let mut case = case.clone();
                let Columns { structure, parser_state, .. } = &mut case.columns;
                let column = &mut if section == 0 { structure } else { parser_state }[number];
                let length = column.bytes.len();
                if longer {
                    column.bytes.resize(length + column.width, 0);
                } else if length > 0 {
                    column.bytes.truncate(length - column.width);
                } else {
                    continue;
                }
                if !longer || !may_be_longer.contains(&(section, number)) {
                    case.refused();
                }
            }
        }
    }
}

#[test]
fn numbers_that_the_grammar_does_not_have() {
    let case = || Case::sound("rust");
    let leaf = case().find(|subtree| subtree.is_leaf() && !subtree.has(INLINE));
    let parent = case().find(|subtree| subtree.depth > 3 && subtree.child_count > 1);
    for subtree in [0, leaf, parent] {
        for symbol in [5_000, 65_533] {
            let mut case = case();
            case.change(subtree, |subtree| subtree.symbol = symbol);
            case.refused();
        }
        // A leaf has no room for one.
        for production in [3_000, 65_535].into_iter().filter(|_| subtree != leaf) {
            let mut case = case();
            case.change(subtree, |subtree| subtree.production = production);
            case.refused();
        }
        for state in [40_000, 65_534, 65_535] {
            let mut case = case();
            // The root of a sound text is not fragile, so it has no excuse for having no state.
            case.change(subtree, |subtree| subtree.state = state);
            case.refused();
        }
    }
}

#[test]
fn child_counts_that_do_not_add_up() {
    let case = || Case::sound("json");
    let parent = case().find(|subtree| subtree.depth == 2 && subtree.child_count > 1);
    for subtree in [0, parent] {
        let count = case().subtrees()[subtree].child_count;
        for count in [count - 1, count + 1, 1_000_000, u32::MAX] {
            let mut case = case();
            case.change(subtree, |subtree| subtree.child_count = count);
            case.refused();
        }
    }
    let mut empty = case();
    for column in empty.columns.structure.iter_mut().chain(&mut empty.columns.parser_state) {
        column.bytes.clear();
    }
    empty.refused();
    empty.columns.header[112..116].fill(0);
    empty.refused();
}

#[test]
fn leaves_that_are_parents_and_parents_that_are_leaves() {
    let mut case = Case::sound("json");
    let leaf = case.find(|subtree| subtree.is_leaf());
    case.change(leaf, |leaf| leaf.child_count = 1);
    case.refused();

    let mut case = Case::sound("json");
    let parent = case.find(|subtree| subtree.depth > 2 && subtree.child_count > 0);
    case.reflag(parent, INLINE, 0);
    case.refused();

    // A token with the symbol of a rule.
    let mut case = Case::sound("json");
    let symbol = case.subtrees()[0].symbol;
    case.change(leaf, |leaf| leaf.symbol = symbol);
    case.refused();
}

#[test]
fn inline_leaves_that_do_not_fit() {
    for lookahead in [16, 254, u32::MAX] {
        let mut case = Case::sound("json");
        let leaf = case.find(|subtree| subtree.has(INLINE));
        case.change(leaf, |leaf| leaf.lookahead = lookahead);
        case.refused_for("an extent out of range");
    }
    for flags in [FRAGILE, EXTERNAL_TOKENS] {
        let mut case = Case::sound("python");
        let leaf = case.find(|subtree| subtree.has(INLINE));
        case.reflag(leaf, flags, 0);
        case.refused();
    }
    for is_size in [false, true] {
        for extent in [[255, 0, 255], [1, 1, 0], [0, 16, 0], [0, 0, 255], [u32::MAX, 0, u32::MAX]] {
            let mut case = Case::sound("json");
            let leaf = case.find(|subtree| subtree.has(INLINE) && subtree.symbol != END);
            case.change(leaf, |leaf| if is_size { leaf.size = extent } else { leaf.padding = extent });
            if is_size || extent != [1, 1, 0] {
                case.refused_for(if extent[0] == u32::MAX { "" } else { "an extent out of range" });
            }
        }
    }
}

#[test]
fn precedence_of_a_token() {
    let mut case = Case::sound("json");
    let leaf = case.find(|subtree| subtree.is_leaf());
    case.change(leaf, |leaf| leaf.precedence = 1);
    case.refused();
}

#[test]
fn scanner_states_that_are_not_there() {
    let mut case = Case::sound("python");
    let mut ids = case.columns.parser_state[SCANNER_STATE_IDS].varints();
    ids[0] = case.columns.parser_state[SCANNER_STATE_ENDS].len() as u32;
    case.columns.parser_state[SCANNER_STATE_IDS].set_varints(&ids);
    case.refused();

    let mut case = Case::sound("python");
    let end = case.columns.parser_state[SCANNER_STATES].len() as u32;
    case.columns.parser_state[SCANNER_STATE_ENDS].set(0, (end + 1).into());
    case.refused();
    // Ends that go backwards.
    case.columns.parser_state[SCANNER_STATE_ENDS].set(0, end.into());
    case.refused();

    // One byte more than the library's buffer.
    let mut case = Case::sound("python");
    case.columns.parser_state[SCANNER_STATES].bytes.resize(end as usize + 1025, 0);
    let last = case.columns.parser_state[SCANNER_STATE_ENDS].len() - 1;
    case.columns.parser_state[SCANNER_STATE_ENDS].set(last, (end + 1025).into());
    case.refused();
}

#[test]
fn exceptions_that_make_no_sense() {
    for numbers in [
        &[0_u32, 0][..],
        &[0, 1 << 11],
        &[0, 1 << 20],
        &[0, 1 << 9, 2],
        &[0, 1 << 7, 65_536],
        &[0],
        &[0, 1, 5],
        &[1_000_000, 1 << 7, 1],
    ] {
        let mut case = Case::sound("json");
        assert!(exceptions(&case.columns).is_empty());
        case.columns.parser_state[EXCEPTIONS].set_varints(numbers);
        case.refused();
    }
    for bytes in [&[0x80][..], &[0x80, 0], &[0, 0x80], &[0xff; 6], &[0xff, 0xff, 0xff, 0xff, 0x7f]] {
        let mut case = Case::sound("json");
        case.columns.parser_state[EXCEPTIONS].bytes = bytes.to_vec();
        case.refused();
    }
}

#[test]
fn a_change_below_what_has_not_changed() {
    let mut case = Case::sound("json");
    let leaf = case.find(|subtree| subtree.depth > 3 && subtree.is_leaf());
    case.reflag(leaf, HAS_CHANGES, 0);
    case.refused();
}

#[test]
fn a_tree_longer_than_its_source() {
    let mut case = Case::sound("json");
    case.columns.header[96..104].copy_from_slice(&10_u64.to_le_bytes());
    case.refused();
}

#[test]
fn a_header_that_contradicts_itself() {
    // Subtree count, section count, spare, and of each section: kind, spare, offset, length.
    for offset in [112, 116, 120, 124, 128, 132, 144, 148] {
        let mut case = Case::sound("json");
        case.columns.header[offset] ^= 1;
        case.refused();
    }
}
