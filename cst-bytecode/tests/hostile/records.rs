//! Records, shapes and chains of no known form, or which say what is not so.

use crate::build::{Case, long_number, shape_number};
use crate::support::columns::{
    CHAINS, LINKS, NAMES, NUMBERS, OPERANDS, PARSE_STATES, PRECEDENCES, SHAPE_CHAINS, SHAPES,
};
use crate::support::subtrees::{EXTRA, HAS_ERROR, INLINE, Place, RENAMED, TAIL, VISIBLE};

// Where a shape has what.
const LOOKAHEAD: u64 = 15 << 16;
const PADDING_FORM: u64 = 7 << 46;
const EXTENT_FORM: u64 = 3 << 49;
const CHILD_COUNT: u64 = 15 << 51;
const NAME: u64 = 511 << 55;

fn flag(flag: u16) -> u64 {
    u64::from(flag) << 32
}

/// Where all records are, in order.
fn records(case: &Case) -> Vec<Place> {
    case.subtrees().iter().filter_map(|subtree| subtree.record).collect()
}

/// A subtree with a record, which is so, and whose shape has clear bits.
#[track_caller]
fn find(case: &Case, is_leaf: bool, clear: u64) -> usize {
    let subtrees = case.subtrees();
    (1..subtrees.len())
        .find(|&i| {
            let subtree = &subtrees[i];
            subtree.record.is_some() && subtree.is_leaf() == is_leaf && case.record(i).0 & clear == 0
        })
        .expect("the sample has such a record")
}

#[test]
fn records_may_be_written_in_other_bytes() {
    // What the other tests rely on: a shape of its own for a record changes nothing.
    let mut case = Case::sound("json");
    for subtree in 0..case.subtrees().len() {
        if case.subtrees()[subtree].record.is_some() {
            let (shape, operands) = case.record(subtree);
            case.set_record(subtree, shape, &operands);
        }
    }
    case.accepted();
}

#[test]
fn shapes_that_are_not_there() {
    let case = Case::sound("json");
    let count = case.columns.structure[SHAPES].len();
    for number in [count, 247, 248, 503, 504, 2_039, 2_040, 65_534, 65_535] {
        for subtree in [0, find(&case, true, 0), find(&case, false, 0)] {
            let mut case = case.clone();
            case.renumber(subtree, number);
            case.refused_for("a record of no known form");
        }
    }
}

/// On both sides of each step from one form of numbers to the next, in the shortest form and in the longest.
#[test]
fn numbers_of_all_forms() {
    let case = Case::sound("json");
    for subtree in [0, find(&case, true, 0), find(&case, false, 0)] {
        let (shape, operands) = case.record(subtree);
        for number in [247, 248, 503, 504, 2_039, 2_040, 65_534] {
            let mut case = case.clone();
            case.add_shapes(shape, case.chain(subtree), number + 1);
            for bytes in [shape_number(number), long_number(number)] {
                let mut case = case.clone();
                case.put(subtree, &bytes, &operands);
                case.accepted();
            }
        }
    }
}

/// A reader takes any form that holds a number.
#[test]
fn numbers_in_a_longer_form_than_they_need() {
    let case = Case::sound("json");
    for subtree in (0..case.subtrees().len()).filter(|&i| case.subtrees()[i].record.is_some()) {
        let mut case = case.clone();
        let record = case.subtrees()[subtree].record.unwrap();
        let number = case.columns.structure[NUMBERS].bytes[record.number];
        assert!(number < 248);
        let (_, operands) = case.record(subtree);
        case.put(subtree, &long_number(number.into()), &operands);
        case.accepted();
    }
}

/// What belongs to a number of more than one byte, and is not there.
#[test]
fn numbers_without_their_operands() {
    let mut case = Case::sound("json");
    for record in records(&case) {
        for byte in 248..=255 {
            let mut case = case.clone();
            case.columns.structure[NUMBERS].bytes[record.number] = byte;
            case.refused_at_once();
        }
    }
    // Of the last record, for which the zeros at the end would do.
    let last = case.subtrees().len() - 1;
    let (shape, operands) = case.record(last);
    assert!(case.subtrees()[last].depth == 1 && operands.iter().all(|&operand| operand == 0));
    let number = case.columns.structure[NUMBERS].bytes.last().copied().unwrap();
    case.add_shapes(shape, case.chain(last), 249);
    for bytes in [&[248, 0][..], &[255, 248, 0], &[255, number, 0]] {
        let mut whole = case.clone();
        whole.put(last, bytes, &operands);
        whole.accepted();
        let [_, place] = whole.counts(0).unwrap();
        for missing in 1..bytes.len() {
            let mut case = case.clone();
            case.put(last, &bytes[..bytes.len() - missing], &operands);
            case.refused_at_once();
            // Even where the root says that they are there.
            case.say(&place, whole.said(&place));
            case.refused_at_once();
        }
    }
}

/// Wherever the records end: within the number of a shape, within operands, or between two records.
#[test]
fn records_cut_off_at_the_end() {
    for case in [Case::broken("json"), Case::sound("json"), Case::broken("python")] {
        let whole = case.columns.structure[OPERANDS].bytes.len();
        let mut cut = case.clone();
        while cut.columns.structure[OPERANDS].bytes.pop().is_some() {
            // With the zeros at the end, and without.
            cut.refused_at_once();
            let mut cut = cut.clone();
            cut.columns.structure[OPERANDS].bytes.extend([0; TAIL]);
            if cut.columns.structure[OPERANDS].bytes.len() != whole {
                cut.refused_at_once();
            }
        }
        let mut cut = case.clone();
        while cut.columns.structure[NUMBERS].bytes.pop().is_some() {
            cut.refused_at_once();
        }
        for record in records(&case) {
            let mut cut = case.clone();
            cut.columns.structure[NUMBERS].bytes.truncate(record.number);
            cut.columns.structure[OPERANDS].bytes.truncate(record.operands);
            cut.columns.structure[OPERANDS].bytes.extend([0; TAIL]);
            cut.refused_at_once();
        }
    }
}

/// Numbers without operands, operands without numbers, and both.
#[test]
fn records_after_the_last() {
    for numbers in [&[][..], &[0], &[1], &[247], &[248], &[254], &[255], &[1, 1]] {
        for operands in 0..4 {
            if numbers.is_empty() && operands == 0 {
                continue;
            }
            let mut case = Case::sound("json");
            case.columns.structure[NUMBERS].bytes.extend_from_slice(numbers);
            case.columns.structure[OPERANDS].bytes.extend(vec![0; operands]);
            case.refused_at_once();
        }
    }
}

#[test]
fn zeros_at_the_end_that_are_none() {
    for place in 1..=TAIL {
        let mut case = Case::sound("json");
        let operands = &mut case.columns.structure[OPERANDS].bytes;
        let at = operands.len() - place;
        operands[at] = 1;
        case.refused_at_once();
    }
}

#[test]
fn forms_that_there_are_not() {
    for is_leaf in [true, false] {
        for form in [6, 7] {
            let mut case = Case::sound("rust");
            let subtree = find(&case, is_leaf, PADDING_FORM);
            let (shape, operands) = case.record(subtree);
            case.set_record(subtree, shape | form << 46, &operands);
            case.refused_for("a record of no known form");
        }
    }
}

#[test]
fn a_padding_in_two_places() {
    let case = Case::sound("json");
    let subtrees = case.subtrees();
    let is_padded = |i: usize| subtrees[i].record.is_some() && case.record(i).0 & PADDING_FORM != 0;
    let parent = (1..subtrees.len())
        .find(|&i| !subtrees[i].is_leaf() && is_padded(i) && subtrees[i + 1].is_leaf())
        .expect("the padding of a leaf stands above it");
    // Even where both are nothing.
    for first in [[0, 0], [3, 0], [0, 5], [3, 5]] {
        let mut case = case.clone();
        for (subtree, padding) in [parent, parent + 1].into_iter().zip(first) {
            let (shape, operands) = case.record(subtree);
            let width = [0, 0, 1, 1, 4, 12][(shape >> 46 & 7) as usize];
            let operands = [&[padding], &operands[width..]].concat();
            case.set_record(subtree, shape & !PADDING_FORM | 2 << 46, &operands);
        }
        case.refused_for("a padding in two places");
    }
}

#[test]
fn child_counts_in_the_wrong_form() {
    let case = Case::sound("rust");
    let parent = find(&case, false, PADDING_FORM | EXTENT_FORM);
    let count = case.subtrees()[parent].child_count;
    assert!(count > 0 && count < 15);
    let (shape, operands) = case.record(parent);
    assert!(operands.is_empty());
    for operand in [0, 1, count, 14, 15, 1_000_000, u32::MAX] {
        let mut case = case.clone();
        case.set_record(parent, shape | CHILD_COUNT, &operand.to_le_bytes());
        case.refused();
    }
    // None at all: a leaf of the symbol of a rule.
    let mut case = case;
    case.set_record(parent, shape & !CHILD_COUNT, &[]);
    case.refused();
}

#[test]
fn lookaheads_in_the_wrong_form() {
    let mut case = Case::sound("rust");
    let leaf = find(&case, true, PADDING_FORM | EXTENT_FORM);
    // Inline leaves have no room for more.
    case.reflag(leaf, 0, INLINE);
    let (shape, operands) = case.record(leaf);
    assert!(operands.is_empty());
    for operand in [0, 1, 14, 15, 1_000_000] {
        let mut case = case.clone();
        case.set_record(leaf, shape | LOOKAHEAD, &u32::to_le_bytes(operand));
        if operand < 15 { case.refused_for("a record of no known form") } else { case.accepted() }
    }
}

#[test]
fn chains_that_are_not_there() {
    let case = Case::sound("rust");
    let count = case.columns.parser_state[CHAINS].len() as u64;
    assert!(count > 2);
    for shape in 0..case.columns.structure[SHAPES].len() {
        let mut case = case.clone();
        case.columns.parser_state[SHAPE_CHAINS].set(shape, count + 1);
        case.refused_for("a chain that is not there");
    }
    // Itself, one after it, and none of them all.
    for chain in 0..count {
        let link = case.columns.parser_state[CHAINS].get(chain as usize) >> 16;
        for above in [chain + 1, chain + 2, count, count + 1, 65_535] {
            if above > chain {
                let mut case = case.clone();
                case.columns.parser_state[CHAINS].set(chain as usize, above | link << 16);
                case.refused_for("a chain that is not there");
            }
        }
    }
    let links = case.columns.parser_state[LINKS].len() as u64;
    for link in [links, 65_535] {
        let mut case = case.clone();
        case.columns.parser_state[CHAINS].set(0, link << 16);
        case.refused_for("a chain that is not there");
    }
}

#[test]
fn more_chains_than_numbers() {
    let mut case = Case::sound("rust");
    while case.columns.parser_state[CHAINS].len() < 255 {
        case.columns.parser_state[CHAINS].push(0);
    }
    case.accepted();
    case.columns.parser_state[CHAINS].push(0);
    case.refused_for("more chains than their numbers reach");
}

#[test]
fn chains_of_more_links_than_allowed() {
    let mut case = Case::sound("rust");
    let first = case.columns.parser_state[CHAINS].len() as u64;
    case.columns.parser_state[CHAINS].push(0);
    for above in first + 1..first + 16 {
        case.columns.parser_state[CHAINS].push(above);
    }
    case.accepted();
    case.columns.parser_state[CHAINS].push(first + 16);
    case.refused_for("a chain that is not there");
}

/// A chain too many, of which the sums know: more subtrees than there is room for, or a root without a place.
#[test]
fn a_chain_above_another_record() {
    for shape in 0..Case::sound("json").columns.structure[SHAPES].len() {
        for states in [&[][..], &[0, 1]] {
            let mut case = Case::sound("json");
            let chain = case.columns.parser_state[SHAPE_CHAINS].get(shape);
            case.columns.parser_state[SHAPE_CHAINS].set(shape, u64::from(chain == 0));
            case.columns.parser_state[PARSE_STATES].set_varints(states);
            case.refused();
            case.add_up();
            // The chain of the very first record would be above the root.
            if shape == 0 {
                case.refused();
            }
        }
    }
}

#[test]
fn links_that_are_none() {
    let case = Case::sound("rust");
    let links = case.columns.parser_state[LINKS].elements();
    let leaf = case.record(find(&case, true, PADDING_FORM | NAME)).0;
    // Like a link in all else.
    let visible =
        case.record(find(&case, false, PADDING_FORM | EXTENT_FORM | NAME)).0 & !CHILD_COUNT | 1 << 51;
    let others = [
        leaf,
        leaf | flag(EXTRA),
        visible,
        links[0] | flag(VISIBLE),
        links[0] | flag(EXTRA),
        links[0] | flag(RENAMED),
        links[0] & !CHILD_COUNT,
        links[0] & !CHILD_COUNT | 2 << 51,
        links[0] | CHILD_COUNT,
        links[0] | 1 << 46,
        links[0] | 1 << 49,
        links[0] | 1 << 55,
        0,
        u64::MAX,
    ];
    for other in others {
        let mut case = case.clone();
        case.columns.parser_state[LINKS].set(0, other);
        case.refused_for("a link of no known form");
    }
}

#[test]
fn names_that_are_not_there() {
    for (is_leaf, name) in [(true, 511), (false, 511), (true, 1), (false, 1)] {
        let mut case = Case::sound("rust");
        let count = case.columns.structure[NAMES].len() as u64;
        let subtree = find(&case, is_leaf, NAME);
        let (shape, operands) = case.record(subtree);
        let name = if name == 1 { count + 1 } else { name };
        case.set_record(subtree, shape | name << 55, &operands);
        case.refused_for("a name that is not there");
    }
}

#[test]
fn precedences_of_no_shape() {
    let case = Case::sound("rust");
    let count = case.columns.structure[SHAPES].len() + case.columns.parser_state[LINKS].len();
    for number in [count as u64, 65_536 * 2, u32::MAX.into()] {
        let mut case = case.clone();
        case.columns.parser_state[PRECEDENCES].push(number | 1 << 32);
        case.refused_for("a precedence of no shape");
    }
}

/// A view tells from the flag where errors are.
#[test]
fn errors_that_are_not_where_they_are_said_to_be() {
    let case = Case::sound("rust");
    let count = case.subtrees().len();
    for parent in (0..count).filter(|&i| !case.subtrees()[i].is_leaf()).step_by(9) {
        let mut case = case.clone();
        case.reflag(parent, HAS_ERROR, 0);
        case.refused();
    }
    let case = Case::broken("rust");
    let subtrees = case.subtrees();
    let in_error: Vec<usize> = (0..subtrees.len()).filter(|&i| subtrees[i].has(HAS_ERROR)).collect();
    assert!(in_error.len() > 3);
    for parent in in_error {
        let mut case = case.clone();
        case.reflag(parent, 0, HAS_ERROR);
        case.refused();
    }
}

#[test]
fn parse_states_that_make_no_sense() {
    let count = Case::sound("json").subtrees().len() as u32;
    for numbers in [
        &[0][..],
        &[0, 65_536],
        &[0, u32::MAX],
        &[count, 1],
        &[u32::MAX, 1],
        &[1, 1, u32::MAX, 1],
        &[0, 1, 5],
    ] {
        let mut case = Case::sound("json");
        case.columns.parser_state[PARSE_STATES].set_varints(numbers);
        case.refused();
    }
    for bytes in [&[0x80][..], &[0x80, 0, 1], &[0, 0x80], &[0xff; 6], &[0xff, 0xff, 0xff, 0xff, 0x7f]] {
        let mut case = Case::sound("json");
        case.columns.parser_state[PARSE_STATES].bytes = bytes.to_vec();
        case.refused();
    }
}
