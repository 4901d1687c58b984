//! Damage of any extent to what was synced: what cannot be told is in doubt, and never is an older record shown in its place.

use std::sync::Arc;

use cst_frozen::{
    Durability::*,
    Fault, Medium, Options, ReadError, Writer,
    care::mend,
    testkit::{Disk, Survival},
};

use crate::{
    damage::{Contents, Keys, check, open, small_store, store_of},
    support::{contents, key, noise},
};

/// A writer commits and compacts, another one repairs: never does an older record come to light, but by the repair, which says
/// how many there may be.
fn go_on(disk: &Disk, newest: &Contents, what: &str) {
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let mut damaged = check(writer.reader(), newest, &Keys::new(), what);
    writer.put(&key(6), b"new").unwrap();
    writer.commit(Fsync).unwrap();
    damaged.remove(&key(6));
    let mut newest = newest.clone();
    newest.insert(key(6), b"new".to_vec());
    for _ in 0..2 {
        for reader in [writer.reader(), &open(disk).unwrap()] {
            let errors = check(reader, &newest, &damaged, what);
            assert!(errors.is_subset(&damaged), "{what}: {errors:?}");
        }
        writer.compact().unwrap();
    }
    let repair = mend(&writer).unwrap();
    let found = contents(&open(disk).unwrap());
    assert!(open(disk).unwrap().verify().is_sound(), "{what}");
    assert_eq!(repair.records, found.len() as u64);
    let older = found.iter().filter(|&(key, value)| newest.get(key) != Some(value)).count();
    assert!(older as u64 <= repair.doubtful, "{what}: {older} older ones, {} announced", repair.doubtful);
}

#[test]
fn every_truncation_and_extension_is_mended_or_in_doubt() {
    let (pristine, states) = store_of(Fsync, 4);
    let newest = states.last().unwrap();
    let (mut mended, mut doubtful) = (0, 0);
    for name in pristine.names().into_iter().filter(|name| name.ends_with(".seg")) {
        let bytes = pristine.contents(&name).unwrap();
        let cuts = (0..bytes.len()).map(|len| bytes[..len].to_vec());
        let longer = [1, 15, 16, 96, 4096].into_iter().flat_map(|more| {
            [vec![0; more], noise(more as u64, more)].map(|tail| [bytes.clone(), tail].concat())
        });
        let doubled = [[bytes.clone(), bytes.clone()].concat()];
        for damaged in cuts.chain(longer).chain(doubled) {
            let what = format!("{name}, {} bytes", damaged.len());
            let disk = pristine.after_crash(Survival::Everything);
            disk.set_contents(&name, &damaged);
            let reader = open(&disk).unwrap();
            let stats = reader.stats();
            // Without the footer nothing is lost, without more there is no saying what is.
            let is_whole = damaged.len() >= bytes.len() - 112;
            assert_eq!(stats.mended_segments, u64::from(is_whole), "{what}");
            assert_eq!((stats.gaps, stats.quarantined_segments), [(1, 1), (0, 0)][usize::from(is_whole)]);
            assert!(!reader.verify().is_sound(), "{what}");
            let errors = check(&reader, newest, &Keys::new(), &what);
            assert_eq!(errors.is_empty(), is_whole, "{what}");
            mended += usize::from(is_whole);
            doubtful += usize::from(!is_whole);
            go_on(&disk, newest, &what);
        }
    }
    println!("{mended} mended, {doubtful} in doubt, none with an older record");
}

#[test]
fn damage_of_any_extent_shows_no_older_record() {
    let (pristine, states) = store_of(Fsync, 4);
    let newest = states.last().unwrap();
    let segments: Vec<String> = pristine.names().into_iter().filter(|name| name.ends_with(".seg")).collect();
    let (mut errors, mut gaps) = (0, 0);
    for seed in 0..3000u64 {
        let disk = pristine.after_crash(Survival::Everything);
        let random = noise(seed, 64);
        let mut random = random.iter().map(|&byte| usize::from(byte));
        let mut next = || random.next().unwrap();
        for _ in 0..1 + next() % 3 {
            let name = &segments[next() % segments.len()];
            let mut bytes = disk.contents(name).unwrap_or_default();
            let start = if bytes.is_empty() { 0 } else { next() * 7 % bytes.len() };
            let end = bytes.len().min(start + 1 + next() % 120);
            match next() % 5 {
                0 => bytes[start..end].fill(0),
                1 => bytes[start..end].copy_from_slice(&noise(seed, end - start)),
                2 => bytes.iter_mut().step_by(301).for_each(|byte| *byte ^= 4),
                3 => bytes.truncate(start),
                _ => {
                    let _ = disk.remove(name);
                    // After the last one that is there, nobody can know of another.
                    if *name == segments[3] {
                        disk.set_contents(name, b"");
                    }
                    continue;
                }
            }
            disk.set_contents(name, &bytes);
        }
        let what = format!("seed {seed}");
        let reader = open(&disk).unwrap();
        errors += check(&reader, newest, &Keys::new(), &what).len();
        gaps += reader.stats().gaps;
        go_on(&disk, newest, &what);
    }
    println!("{errors} errors, {gaps} gaps, no older record");
    assert!(gaps > 1000);
}

#[test]
fn a_synced_commit_that_is_missing_is_missed() {
    let (disk, states) = small_store(Fsync);
    let first = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    disk.remove(&first).unwrap();
    let reader = open(&disk).unwrap();
    let stats = reader.stats();
    assert_eq!((stats.segments, stats.quarantined_segments, stats.gaps), (1, 1, 1));
    let problems = reader.verify().problems;
    assert_eq!(problems.iter().map(|problem| problem.fault).collect::<Vec<_>>(), [Fault::Missing]);
    assert!(problems[0].path.ends_with(&first));
    for n in [1, 3, 4] {
        assert_eq!(reader.get(&key(n)).unwrap().as_deref(), states[2].get(&key(n)).map(Vec::as_slice));
    }
    for n in [0, 2, 5] {
        let error = reader.get(&key(n)).unwrap_err();
        assert!(matches!(&error, ReadError::Doubtful { path } if path.ends_with(&first)), "{n}: {error}");
        assert!(error.to_string().contains("repair the store"), "{error}");
    }
    go_on(&disk, &states[2], "the first is missing");
}

/// Commits that were synced afterwards, by an empty one, are as safe from being taken for torn as those that were synced at once.
#[test]
fn what_an_empty_commit_has_synced_is_not_taken_for_torn() {
    for (durability, segments) in [(Buffered, 4), (Volatile, 4)] {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 1..4 {
            writer.put(&key(1), &noise(n, 100)).unwrap();
            writer.commit(durability).unwrap();
        }
        let commit = writer.commit(Fsync).unwrap();
        assert_eq!((commit.generation, commit.records), (4, 0));
        assert_eq!(writer.commit(Fsync).unwrap().generation, 4, "there is nothing more to sync");
        assert_eq!(writer.reader().stats().segments, segments);
        drop(writer);
        let disk = disk.after_crash(Survival::Nothing);
        let names: Vec<String> = disk.names().into_iter().filter(|name| name.ends_with(".seg")).collect();
        assert_eq!(names.len(), 4);
        for (n, name) in names.iter().enumerate() {
            let damaged = disk.after_crash(Survival::Everything);
            damaged.set_contents(name, &disk.contents(name).unwrap()[..100]);
            let reader = open(&damaged).unwrap();
            match reader.get(&key(1)) {
                Ok(record) => assert!(n < 2 && *record.unwrap() == *noise(3, 100), "segment {n}"),
                Err(error) => assert!(n >= 2 && matches!(error, ReadError::Doubtful { .. }), "segment {n}"),
            }
        }
    }
}
