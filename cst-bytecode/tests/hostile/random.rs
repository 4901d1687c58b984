//! Many random changes: every outcome is a tree that the library bears, or a refusal.
//!
//! `PROPTEST_CASES=1000000` makes a long run of it. Cases are numbered by a seed, which a failure
//! shows; an abort of the library takes the whole process down, so such a run is best watched.

use std::cell::Cell;

use cst_bytecode::Bytecode;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::support::columns::{Columns, repair_checksum};
use crate::support::exercise::{parse_again, read_all, read_view};
use crate::support::mutate::{Choices, Random, mutate};
use crate::support::{SAMPLES, Sample, aligned, config};

/// Sound bytecode of every sample, taken apart.
fn sound() -> Vec<(&'static Sample, &'static str, Columns)> {
    let take_apart = |sample: &'static Sample, source: &'static str| {
        let bytecode = sample.encode(&sample.parse(source), source);
        (sample, source, Columns::read(bytecode.as_bytes()))
    };
    SAMPLES.iter().flat_map(|sample| sample.sources().map(|source| take_apart(sample, source))).collect()
}

/// The same cases every time.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new_with_rng(config(cases), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn check(sample: &Sample, source: &str, bytes: &[u8]) -> bool {
    if let Ok(bytecode) = Bytecode::from_checksummed(aligned(bytes)) {
        read_view(&bytecode, &sample.grammar);
        if let Ok(tree) = bytecode.decode(&sample.grammar) {
            read_all(&tree);
        }
        let _ = bytecode.to_compact().map(|compact| Bytecode::from_compact(&compact));
    }
    let Ok(bytecode) = Bytecode::copy_from(bytes) else { return false };
    let expanded = Bytecode::from_compact(&bytecode.to_compact().unwrap()).unwrap();
    assert!(expanded.as_bytes() == bytes, "the compact form gives other bytes");
    read_view(&bytecode, &sample.grammar);
    let Ok(tree) = bytecode.decode(&sample.grammar) else { return false };
    read_all(&tree);
    parse_again(&mut sample.parser(), &tree, source.as_bytes());
    let _ = Bytecode::encode(&tree, source.as_bytes());
    true
}

#[test]
fn changed_columns() {
    let sound = sound();
    let decoded = Cell::new(0);
    let outcome = runner(1500).run(&any::<u64>(), |seed| {
        let mut random = Random(seed);
        let (sample, source, columns) = &sound[random.below(sound.len())];
        let mut columns = columns.clone();
        mutate(&mut columns, sample.grammar.language(), &mut random);
        decoded.set(decoded.get() + u32::from(check(sample, source, &columns.write())));
        Ok(())
    });
    outcome.unwrap();
    assert!(decoded.get() > 0, "no change was borne: are the columns put together again?");
}

/// Bytes changed wherever they stand, the archives' own offsets and lengths included.
#[test]
fn changed_bytes() {
    let sound = sound();
    let written: Vec<Vec<u8>> = sound.iter().map(|(_, _, columns)| columns.write()).collect();
    // Not the scanners' states, which stand at the end, before the last section's table.
    let states =
        |columns: &Columns| columns.parser_state[7].bytes.len() + columns.parser_state[8].bytes.len();
    let changes = prop::collection::vec((any::<u32>(), any::<u8>()), 1..6);
    let outcome = runner(1500).run(&(any::<usize>(), changes), |(pick, changes)| {
        let pick = pick % sound.len();
        let (sample, source, columns) = &sound[pick];
        let mut bytes = aligned(&written[pick]);
        let table = bytes.len() - 72;
        let before_states = table - states(columns) - 16;
        for (place, value) in changes {
            // Once in eight, the table of the last section.
            let place = match place % 8 {
                0 => table + place as usize / 8 % 56,
                _ => 24 + place as usize / 8 % (before_states - 24),
            };
            bytes[place] = value;
        }
        repair_checksum(&mut bytes);
        check(sample, source, &bytes);
        Ok(())
    });
    outcome.unwrap();
}
