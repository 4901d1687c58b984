//! One writer, many readers.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use cst_frozen::{Durability::*, OpenError, Options, Reader, Writer};

use crate::support::{contents, everywhere, key, noise, wide_key};

#[test]
fn a_second_writer_is_told_who_has_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let first = Writer::open(folder.path(), Options::default()).unwrap();
    let error = Writer::open(folder.path(), Options::default()).unwrap_err();
    let OpenError::Locked { holder: Some(holder), .. } = &error else { panic!("{error}") };
    assert_eq!(holder.pid, std::process::id());
    assert!(error.to_string().contains(&holder.pid.to_string()));
    drop(first);
    drop(Writer::open(folder.path(), Options::default()).unwrap());
    assert!(!folder.path().join("LOCK.holder").exists());
}

#[test]
fn what_a_dead_holder_wrote_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    drop(Writer::open(folder.path(), Options::default()).unwrap());
    for text in ["pid 4711\nstarted 12\n", "nonsense", ""] {
        fs::write(folder.path().join("LOCK.holder"), text).unwrap();
        drop(Writer::open(folder.path(), Options::default()).unwrap());
    }
}

#[test]
fn a_reader_sees_one_moment_until_it_refreshes() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        let reader = place.reader().unwrap();
        assert!(!reader.refresh().unwrap());
        for n in 0..10 {
            writer.put(&key(n), &noise(n.into(), 100)).unwrap();
            writer.commit(Buffered).unwrap();
            assert_eq!(contents(&reader).len(), n.into());
            if n % 4 == 3 {
                writer.compact().unwrap();
                assert_eq!(contents(&reader).len(), n.into());
            }
            assert!(reader.refresh().unwrap());
            assert!(!reader.refresh().unwrap());
            assert_eq!(contents(&reader).len(), usize::from(n) + 1);
        }
    });
}

#[test]
fn a_writer_reads_its_own_commits_through_every_clone() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        let reader = writer.reader().clone();
        writer.put(&key(1), b"one").unwrap();
        writer.commit(Buffered).unwrap();
        assert!(reader.contains(&key(1)));
        assert!(!reader.refresh().unwrap());
        drop(writer);
        assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"one");
    });
}

#[test]
fn records_outlive_everything() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&key(1), &noise(1, 5000)).unwrap();
        writer.commit(Buffered).unwrap();
        let record = place.reader().unwrap().get(&key(1)).unwrap().unwrap();
        writer.remove(&key(1)).unwrap();
        writer.commit(Buffered).unwrap();
        writer.compact().unwrap();
        drop(writer);
        assert_eq!(*record, *noise(1, 5000));
    });
}

#[test]
fn a_deleted_folder_is_told_apart_from_the_next_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let writer = Writer::open(&path, Options::default()).unwrap();
    writer.put(&key(1), b"old").unwrap();
    writer.commit(Fsync).unwrap();
    let reader = Reader::open(&path, Options::default()).unwrap();
    fs::remove_dir_all(&path).unwrap();
    let error = reader.refresh().unwrap_err();
    assert!(
        matches!(error, OpenError::Gone { .. }) && error.to_string().contains("open the store again"),
        "{error}"
    );
    assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"old", "what was mapped stays");
    writer.put(&key(2), b"lost").unwrap_err();
    drop(writer);

    let writer = Writer::open(&path, Options::default()).unwrap();
    writer.put(&key(1), b"new").unwrap();
    writer.commit(Fsync).unwrap();
    assert!(reader.refresh().unwrap(), "the same file names, another store");
    assert_eq!(&*reader.get(&key(1)).unwrap().unwrap(), b"new");
}

#[test]
fn segments_alone_are_a_store_for_readers() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let writer = Writer::open(&store, Options::default()).unwrap();
    writer.put(&key(1), b"one").unwrap();
    writer.commit(Fsync).unwrap();
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    let name = "0000000000000001-0000000000000001.durable.seg";
    fs::copy(store.join(name), copy.join(name)).unwrap();
    assert_eq!(contents(&Reader::open(&copy, Options::default()).unwrap()).len(), 1);
    assert_eq!(fs::read_dir(&copy).unwrap().count(), 1, "a reader writes nothing");
}

#[test]
fn readers_meet_only_whole_commits_while_a_writer_commits_and_compacts() {
    const COMMITS: u64 = 120;
    const PER_COMMIT: u64 = 8;
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path(), Options::default()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for mmap in [true, false] {
            let (folder, done) = (folder.path(), &done);
            scope.spawn(move || {
                let reader = Reader::open(folder, Options::default().mmap(mmap)).unwrap();
                let mut last = 0;
                loop {
                    let finished = done.load(Ordering::Acquire);
                    reader.refresh().unwrap();
                    // Each commit overrides all its keys, so all must tell of the same commit, and it never goes back.
                    let rounds: Vec<Option<u64>> = (0..PER_COMMIT)
                        .map(|n| {
                            reader
                                .get(&wide_key(n))
                                .unwrap()
                                .map(|r| u64::from_le_bytes(*r.first_chunk().unwrap()))
                        })
                        .collect();
                    assert!(rounds.iter().all(|round| *round == rounds[0]), "{rounds:?}");
                    let round = rounds[0].unwrap_or(0);
                    assert!(round >= last, "{round} after {last}");
                    let count = reader.iter().map(Result::unwrap).count();
                    assert_eq!(count as u64, if round == 0 { 0 } else { PER_COMMIT + round });
                    last = round;
                    if finished {
                        break;
                    }
                }
                assert_eq!(last, COMMITS);
            });
        }
        for round in 1..=COMMITS {
            for n in 0..PER_COMMIT {
                let mut record = round.to_le_bytes().to_vec();
                record.extend(noise(n, 200));
                writer.put(&wide_key(n), &record).unwrap();
            }
            writer.put(&wide_key(1000 + round), b"grows").unwrap();
            writer.commit(Buffered).unwrap();
            if round % 7 == 0 {
                writer.compact().unwrap();
            }
        }
        done.store(true, Ordering::Release);
    });
}
