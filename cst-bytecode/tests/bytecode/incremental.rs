//! A decoded tree is as good an old tree as the original: edits, re-parses and changed ranges are
//! the same from both.

use cst_bytecode::compare;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tree_sitter::Tree;

use crate::support::edits::{Change, steps};
use crate::support::{SAMPLES, Sample, check_round_trip, config};

fn check(sample: &Sample, source: &str, steps: &[Vec<Change>]) -> Result<(), TestCaseError> {
    let mut parser = sample.parser();
    let mut text = source.as_bytes().to_vec();
    let mut tree = sample.parse(&text);
    for changes in steps {
        let mut original = tree.clone();
        let mut decoded = check_round_trip(&sample.grammar, &tree, &text);
        for change in changes {
            let edit = change.apply(&mut text);
            original.edit(&edit);
            decoded.edit(&edit);
        }
        if !sample.bears(&text) {
            return Ok(());
        }
        let equal = |left: &Tree, right: &Tree, what: &str| {
            compare(left, right).map_err(|difference| TestCaseError::fail(format!("{what}: {difference}")))
        };
        equal(&original, &decoded, "after the edits")?;
        // The edited tree, not parsed again, is a tree as well.
        let from_edited = check_round_trip(&sample.grammar, &original, &text);

        let from_original = parser.parse(&text, Some(&original)).unwrap();
        for old in [&decoded, &from_edited] {
            let parsed = parser.parse(&text, Some(old)).unwrap();
            equal(&from_original, &parsed, "parsed again")?;
            let changed = |a: &Tree, b: &Tree| a.changed_ranges(b).collect::<Vec<_>>();
            prop_assert_eq!(changed(&original, &from_original), changed(old, &parsed));
            prop_assert_eq!(changed(&from_original, &original), changed(&parsed, old));
        }
        tree = from_original;
    }
    check_round_trip(&sample.grammar, &tree, &text);
    Ok(())
}

fn check_all(pick: fn(&Sample) -> &'static str) {
    for sample in SAMPLES.iter() {
        let mut runner = TestRunner::new(config(12));
        let outcome = runner.run(&steps(), |steps| check(sample, pick(sample), &steps));
        if let Err(failure) = outcome {
            panic!("{}: {failure}", sample.name);
        }
    }
}

#[test]
fn edits_of_sound_text() {
    check_all(|sample| sample.sound);
}

#[test]
fn edits_of_broken_text() {
    check_all(|sample| sample.broken);
}

/// Everything is reused when nothing has changed.
#[test]
fn no_edit_at_all() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            let tree = sample.parse(source);
            let decoded = sample.encode(&tree, source).decode(&sample.grammar).unwrap();
            let mut parser = sample.parser();
            let from_original = parser.parse(source, Some(&tree)).unwrap();
            let from_decoded = parser.parse(source, Some(&decoded)).unwrap();
            compare(&from_original, &from_decoded).unwrap();
            assert_eq!(
                decoded.changed_ranges(&from_decoded).count(),
                tree.changed_ranges(&from_original).count()
            );
        }
    }
}
