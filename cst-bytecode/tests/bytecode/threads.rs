//! Bytecode and decoded trees belong to no thread, and a tree does not need its bytecode.

use std::sync::Barrier;
use std::thread;

use cst_bytecode::{Bytecode, Grammar, compare};

use crate::support::edits::Change;
use crate::support::exercise::read_all;
use crate::support::{SAMPLES, sample};

fn assert_send_and_sync<T: Send + Sync>() {}

#[test]
fn types_cross_threads() {
    assert_send_and_sync::<Bytecode>();
    assert_send_and_sync::<Bytecode<&[u8]>>();
    assert_send_and_sync::<Grammar>();
}

#[test]
fn decoded_on_another_thread() {
    for sample in SAMPLES.iter() {
        let tree = sample.parse(sample.sound);
        let bytecode = sample.encode(&tree, sample.sound);
        let decoded = thread::spawn(move || bytecode.decode(&sample.grammar).unwrap()).join().unwrap();
        // The bytecode is gone; the tree holds nothing of it.
        compare(&tree, &decoded).unwrap();
    }
}

#[test]
fn one_bytecode_decoded_by_many_at_once() {
    let sample = sample("python");
    let tree = sample.parse(sample.broken);
    let bytecode = sample.encode(&tree, sample.broken);
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..50 {
                    compare(&tree, &bytecode.decode(&sample.grammar).unwrap()).unwrap();
                }
            });
        }
    });
}

#[test]
fn one_decoded_tree_used_by_many_at_once() {
    for name in ["rust", "ruby", "html"] {
        let sample = sample(name);
        let tree = sample.parse(sample.sound);
        let decoded = sample.encode(&tree, sample.sound).decode(&sample.grammar).unwrap();
        let barrier = Barrier::new(4);
        thread::scope(|scope| {
            for number in 0..4 {
                let mine = decoded.clone();
                let (barrier, tree, decoded) = (&barrier, &tree, &decoded);
                scope.spawn(move || {
                    barrier.wait();
                    for round in 0..8 {
                        let mut text = sample.sound.as_bytes().to_vec();
                        let mut edited = mine.clone();
                        let start = number * 97 + round * 31;
                        edited.edit(&Change { start, removed: round, inserted: "( x" }.apply(&mut text));
                        let parsed = sample.parser().parse(&text, Some(&edited)).unwrap();
                        read_all(&parsed);
                        compare(tree, decoded).unwrap();
                    }
                });
            }
        });
        compare(&tree, &decoded).unwrap();
    }
}
