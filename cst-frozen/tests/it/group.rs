//! Several threads that commit at once.

use std::{
    collections::BTreeSet,
    sync::{Arc, Barrier, Mutex},
    thread,
};

use cst_frozen::{
    Durability::*,
    Options, Reader, Writer,
    testkit::{Disk, Failure, Survival},
};

use crate::support::{contents, wide_key};

const THREADS: u64 = 6;
const COMMITS: u64 = 15;

#[test]
fn threads_share_their_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path(), Options::default()).unwrap();
    let start = Barrier::new(THREADS as usize);
    let generations = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (writer, start, generations) = (&writer, &start, &generations);
            scope.spawn(move || {
                for n in 0..COMMITS {
                    start.wait();
                    writer.put(&wide_key(thread * 1000 + n), &[7; 100]).unwrap();
                    start.wait();
                    // All have put; whoever comes first commits for everyone.
                    let commit = writer.commit(Fsync).unwrap();
                    assert!(writer.reader().contains(&wide_key(thread * 1000 + n)), "not there on return");
                    generations.lock().unwrap().insert(commit.generation);
                }
            });
        }
    });
    assert_eq!(generations.into_inner().unwrap().len() as u64, COMMITS);
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.live_records), (COMMITS, COMMITS * THREADS));
}

#[test]
fn what_was_acknowledged_to_any_thread_survives() {
    let (mut crashes, mut acknowledged_in_all) = (0, 0);
    for n in (5..).step_by(3) {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        // From here on there is a store, whatever comes; a crash while one is made may leave none.
        writer.commit(Fsync).unwrap();
        disk.fail_at(disk.operations() + n, Failure::Crash);
        let acknowledged = Mutex::new(BTreeSet::new());
        thread::scope(|scope| {
            for thread in 0..4 {
                let (writer, acknowledged) = (&writer, &acknowledged);
                scope.spawn(move || {
                    for n in 0..12 {
                        let key = wide_key(thread * 1000 + n);
                        if writer.put(&key, &key).and_then(|()| writer.commit(Fsync)).is_ok() {
                            acknowledged.lock().unwrap().insert(key);
                        }
                    }
                });
            }
            scope.spawn(|| (0..40).for_each(|_| drop(writer.compact_step(300))));
        });
        let acknowledged = acknowledged.into_inner().unwrap();
        for survival in [Survival::Nothing, Survival::Everything, Survival::Some(n)] {
            let reader = Reader::open_on(Arc::new(disk.after_crash(survival)), Options::default()).unwrap();
            let found = contents(&reader);
            let lost = acknowledged.iter().filter(|key| !found.contains_key(*key)).count();
            assert_eq!(lost, 0, "{n}, {survival:?}: {lost} of {} are gone", acknowledged.len());
            crashes += 1;
        }
        acknowledged_in_all += acknowledged.len();
        if !disk.is_crashed() {
            assert_eq!(acknowledged.len(), 48);
            break;
        }
    }
    println!("{crashes} crash images, {acknowledged_in_all} acknowledged records, none lost");
}
