//! Extents of parents: other forms of them, and such as say what is not so.

use crate::build::Case;
use crate::support::columns::OPERANDS;
use crate::support::subtrees::{Place, RENAMED, TAIL, VISIBLE};

/// Where a shape has the form.
const FORM: u64 = 3 << 49;

/// Texts with extents of visible parents and of hidden ones, on one line and on several.
fn cases() -> [Case; 3] {
    [Case::sound("json"), Case::sound("rust"), Case::broken("python")]
}

/// The parents that have extents, with the forms of these.
fn parents(case: &Case) -> Vec<(usize, u64)> {
    let subtrees = case.subtrees();
    let is_parent = |&i: &usize| subtrees[i].record.is_some() && !subtrees[i].is_leaf();
    let forms = (0..subtrees.len()).filter(is_parent).map(|i| (i, (case.record(i).0 & FORM) >> 49));
    forms.filter(|&(_, form)| form > 0).collect()
}

fn is_visible(case: &Case, parent: usize) -> bool {
    case.subtrees()[parent].has(VISIBLE | RENAMED)
}

/// How wide the numbers of an extent are: bytes, descendants, records, operands, rows, columns, and of a hidden parent
/// its children and those that are named.
fn widths(form: u64, is_visible: bool) -> Vec<usize> {
    let (width, end) = [(0, 0), (1, 0), (2, 1), (4, 4)][form as usize];
    let hidden = if is_visible { 0 } else { width };
    [width, width, width, width, end, end, hidden, hidden].to_vec()
}

/// Gives a parent's extent another form.
fn reform(case: &mut Case, parent: usize, form: u64) {
    let (shape, mut operands) = case.record(parent);
    let is_visible = is_visible(case, parent);
    let mut at = case.extent(parent).start;
    let mut numbers = Vec::new();
    let old = (shape & FORM) >> 49;
    for width in widths(old, is_visible) {
        numbers.push(case.said(&(at..at + width)));
        at += width;
    }
    if old == 1 {
        // As many columns as bytes.
        numbers[5] = numbers[0];
    }
    operands.truncate(operands.len() - case.extent(parent).len());
    for (number, width) in numbers.into_iter().zip(widths(form, is_visible)) {
        operands.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    case.set_record(parent, shape & !FORM | form << 49, &operands);
}

/// A reader takes any form that holds an extent, and goes without one.
#[test]
fn other_forms_than_a_writer_gives() {
    for case in cases() {
        let mut without = case.clone();
        for (parent, old) in parents(&case) {
            for form in (old + 1..4).chain([0]) {
                let mut case = case.clone();
                reform(&mut case, parent, form);
                case.accepted();
            }
            reform(&mut without, parent, 0);
        }
        assert!(parents(&without).is_empty());
        without.accepted();
    }
}

#[test]
fn numbers_that_are_wrong() {
    let mut seen = [[false; 2]; 3];
    for case in cases() {
        for (parent, old) in parents(&case) {
            for form in old..4 {
                let mut case = case.clone();
                reform(&mut case, parent, form);
                seen[form as usize - 1][usize::from(is_visible(&case, parent))] = true;
                for at in case.extent(parent) {
                    for change in [1, 0x80] {
                        let mut case = case.clone();
                        case.columns.structure[OPERANDS].bytes[at] ^= change;
                        case.refused_at_once();
                    }
                }
            }
        }
    }
    assert_eq!(seen, [[true; 2]; 3]);
}

/// Sums of them, and room for what they count, do no harm where nobody has checked them.
#[test]
fn numbers_that_are_large() {
    for case in cases() {
        for (parent, _) in parents(&case) {
            let mut case = case.clone();
            reform(&mut case, parent, 3);
            let extent = case.extent(parent);
            for number in [u32::MAX, u32::MAX - 1, 1 << 31] {
                for at in extent.clone().step_by(4) {
                    let mut case = case.clone();
                    case.say(&(at..at + 4), number as usize);
                    case.refused_at_once();
                }
                let mut case = case.clone();
                extent.clone().step_by(4).for_each(|at| case.say(&(at..at + 4), number as usize));
                case.refused_at_once();
            }
        }
    }
}

/// Records and operands are counted apart: each may be wrong while the other is right, and both may be wrong alike.
#[test]
fn ends_that_are_elsewhere() {
    for case in cases() {
        for (parent, old) in parents(&case) {
            for form in old..4 {
                let mut case = case.clone();
                reform(&mut case, parent, form);
                ends_elsewhere(&case, parent);
            }
        }
    }
}

fn ends_elsewhere(case: &Case, parent: usize) {
    let subtrees = case.subtrees();
    let mut places: Vec<Place> = subtrees.iter().filter_map(|subtree| subtree.record).collect();
    let count = places.len();
    // Where the last one ends.
    places.push(Place { number: count, operands: case.columns.structure[OPERANDS].len() - TAIL });
    let [records, operands] = case.counts(parent).unwrap();
    let said = (case.said(&records), case.said(&operands));
    let end = subtrees[parent].record.unwrap().number + 1 + said.0;
    // Operands up to another end, counted from the first.
    let up_to = |other: usize| said.1 + places[other].operands - places[end].operands;
    let mut wrong = vec![
        (said.0 - 1, said.1),
        (said.0 + 1, said.1),
        (said.0, said.1.wrapping_sub(1)),
        (said.0, said.1 + 1),
        (said.0 + 1, said.1 + 1),
        (0, 0),
        (0, said.1),
        (said.0, 0),
        // A record less, with its operands; then all that there are, and one that there is not.
        (said.0 - 1, up_to(end - 1)),
        (said.0 + count - end, up_to(count)),
        (said.0 + count - end + 1, said.1),
        (said.0 + count - end + 1, up_to(count)),
        (said.0 + count - end + 1, up_to(count) + 1),
        (said.0 + count - end, up_to(count) + TAIL),
        (said.0 + count - end, up_to(count) + TAIL + 1),
        (u32::MAX as usize, said.1),
        (said.0, u32::MAX as usize),
        (u32::MAX as usize, u32::MAX as usize),
    ];
    if end < count {
        wrong.push((said.0 + 1, up_to(end + 1)));
    }
    for other in wrong {
        // What is right of a parent that all ends with, or has no room.
        if other == said || (other.0.max(other.1)) >> (records.len() * 8) != 0 {
            continue;
        }
        let mut case = case.clone();
        case.say(&records, other.0);
        case.say(&operands, other.1);
        case.refused_at_once();
    }
}
