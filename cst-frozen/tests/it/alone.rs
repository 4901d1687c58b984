//! A writer that is not the only one any more: its lock's file, or its folder, was deleted, moved or replaced.

use std::{fs, sync::Arc};

use cst_frozen::{
    Durability::{self, *},
    OldestFirst, OpenError, Options, Reader, WriteError, Writer,
    testkit::{Disk, Failure},
};

use crate::support::{Place, contents, everywhere, key, noise};

/// Deletes the lock's file, and nothing else.
fn remove_lock(place: &Place) {
    match place {
        Place::Folder(folder, _) => fs::remove_file(folder.path().join("a/store/LOCK")).unwrap(),
        Place::Simulated(disk) => disk.remove_lock(),
    }
}

/// Deletes the folder with all that is in it.
fn remove_all(place: &Place) {
    match place {
        Place::Folder(folder, _) => fs::remove_dir_all(folder.path().join("a/store")).unwrap(),
        Place::Simulated(disk) => disk.remove_all(),
    }
}

fn is_told<T: std::fmt::Debug>(outcome: Result<T, WriteError>) {
    let error = outcome.unwrap_err();
    assert!(matches!(&error, WriteError::LockLost { path } if path.ends_with("LOCK")), "{error}");
    assert!(error.to_string().contains("open the store again"), "{error}");
}

#[test]
fn the_second_writer_keeps_what_it_commits_and_the_first_one_is_told() {
    everywhere(|place| {
        for durability in [Fsync, Buffered, Volatile] {
            let first = place.writer().unwrap();
            first.put(&key(1), b"one").unwrap();
            first.commit(Fsync).unwrap();
            first.put(&key(2), b"of the first").unwrap();
            remove_lock(place);
            let second = place.writer().unwrap();
            second.put(&key(2), b"of the second").unwrap();
            second.commit(Fsync).unwrap();
            let names = place.names();

            is_told(first.commit(durability));
            // It stays so, whatever it is asked for.
            is_told(first.commit(durability));
            is_told(first.compact());
            is_told(first.make_room(&OldestFirst));
            let _ = first.put(&key(3), b"never");
            is_told(first.commit(durability));
            drop(first);
            let without_temporary = |names: Vec<String>| -> Vec<String> {
                names.into_iter().filter(|name| !name.ends_with(".tmp")).collect()
            };
            assert_eq!(without_temporary(place.names()), without_temporary(names), "nothing is taken away");
            second.put(&key(4), b"goes on").unwrap();
            second.commit(Fsync).unwrap();
            let all = contents(&place.reader().unwrap());
            assert_eq!(all[&key(2)], b"of the second");
            assert!(!all.contains_key(&key(3)));
            drop(second);
        }
    });
}

#[test]
fn who_holds_the_store_is_still_named_after_the_displaced_writer_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = Writer::open(folder.path(), Options::default()).unwrap();
    fs::remove_file(folder.path().join("LOCK")).unwrap();
    let second = Writer::open(folder.path(), Options::default()).unwrap();
    drop(first);
    let error = Writer::open(folder.path(), Options::default()).unwrap_err();
    let OpenError::Locked { holder: Some(holder), .. } = &error else { panic!("{error}") };
    assert_eq!(holder.pid, std::process::id());
    drop(second);
}

#[test]
fn a_commit_into_a_folder_that_is_gone_is_an_error_also_an_empty_one() {
    everywhere(|place| {
        for durability in [Fsync, Buffered, Volatile] {
            let writer = place.writer().unwrap();
            writer.put(&key(1), &noise(1, 3000)).unwrap();
            writer.commit(Fsync).unwrap();
            let record = writer.reader().get(&key(1)).unwrap().unwrap();
            remove_all(place);
            is_told(writer.commit(durability));
            match place {
                Place::Folder(..) => is_told(writer.put(&key(2), b"two")),
                // A folder that is there again, and empty.
                Place::Simulated(_) => writer.put(&key(2), b"two").unwrap(),
            }
            is_told(writer.commit(durability));
            is_told(writer.compact());
            assert_eq!(*record, *noise(1, 3000), "what is held stays");
            drop(writer);
            assert!(place.reader().is_err(), "and nothing is made anew");
            assert!(place.writer().is_ok());
            remove_all(place);
        }
    });
}

#[test]
fn a_folder_that_was_moved_away_and_made_anew_is_not_written_to() {
    for is_another_store in [false, true] {
        let temporary = tempfile::tempdir().unwrap();
        let (store, moved) = (temporary.path().join("store"), temporary.path().join("moved"));
        let writer = Writer::open(&store, Options::default()).unwrap();
        writer.put(&key(1), b"one").unwrap();
        writer.commit(Fsync).unwrap();
        writer.put(&key(2), b"two").unwrap();
        fs::rename(&store, &moved).unwrap();
        if is_another_store {
            drop(Writer::open(&store, Options::default()).unwrap());
        }
        is_told(writer.commit(Fsync));
        drop(writer);
        if is_another_store {
            assert!(contents(&Reader::open(&store, Options::default()).unwrap()).is_empty());
        } else {
            assert!(!store.exists());
        }
        assert_eq!(contents(&Reader::open(&moved, Options::default()).unwrap()).len(), 1);
    }
}

/// At every operation of a commit: either the file has no name, or the caller is told that it may be gone.
#[test]
fn a_lock_that_is_lost_at_any_moment_of_a_commit_is_told() {
    let mut moments = 0;
    for durability in [Fsync, Buffered, Volatile] {
        for records in [0, 1] {
            for n in 1.. {
                let disk = Disk::new();
                let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
                writer.put(&key(1), b"one").unwrap();
                writer.commit(Buffered).unwrap();
                if records > 0 {
                    writer.put(&key(2), b"two").unwrap();
                }
                let before = disk.operations();
                disk.fail_at(before + n, Failure::LockRemoved);
                let committed = writer.commit(durability);
                if disk.operations() < before + n {
                    committed.unwrap();
                    break;
                }
                is_told(committed);
                moments += 1;
            }
        }
    }
    println!("the lock was lost at {moments} moments of a commit, and each was told");
    assert!(moments > 20);
}

/// And of a compaction, which removes files: those of another writer it does not.
#[test]
fn a_lock_that_is_lost_at_any_moment_of_a_compaction_loses_nothing() {
    for n in 1.. {
        let disk = Disk::new();
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        for n in 0..4 {
            writer.put(&key(n), b"record").unwrap();
            writer.commit(Fsync).unwrap();
        }
        let before = disk.operations();
        disk.fail_at(before + n, Failure::LockRemoved);
        let compacted = writer.compact();
        if disk.operations() < before + n {
            compacted.unwrap();
            assert!(n > 10);
            return;
        }
        let reader = Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        assert_eq!(contents(&reader).len(), 4, "operation {n}");
        // After the last look at the lock there are only files to remove that the merged one stands for.
        if disk.names().iter().filter(|name| name.ends_with(".seg")).count() > 1 && compacted.is_err() {
            is_told(compacted);
        }
    }
}

#[test]
fn a_name_that_is_taken_is_not_replaced() {
    let taken = |durability: Durability| match durability {
        Fsync => "0000000000000001-0000000000000001.durable.seg",
        _ => "0000000000000001-0000000000000001.seg",
    };
    everywhere(|place| {
        for durability in [Fsync, Buffered] {
            let name = taken(durability);
            let writer = place.writer().unwrap();
            writer.put(&key(1), b"one").unwrap();
            match place {
                Place::Folder(folder, _) => {
                    fs::write(folder.path().join("a/store").join(name), "of another").unwrap();
                }
                Place::Simulated(disk) => disk.set_contents(name, b"of another"),
            }
            let error = writer.commit(durability).unwrap_err();
            assert!(matches!(&error, WriteError::Taken { path } if path.ends_with(name)), "{error}");
            assert!(error.to_string().contains("another writer"), "{error}");
            let found = match place {
                Place::Folder(folder, _) => fs::read(folder.path().join("a/store").join(name)).unwrap(),
                Place::Simulated(disk) => disk.contents(name).unwrap(),
            };
            assert_eq!(found, b"of another");
            drop(writer);
            remove_all(place);
        }
    });
}

#[test]
fn a_lock_that_is_lost_is_told_also_where_there_is_nothing_to_do() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    writer.put(&key(1), b"one").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(writer.compact_step(1000).unwrap(), cst_frozen::Step::Idle);
    cst_frozen::care::mend(&writer).unwrap();
    disk.remove_lock();
    assert!(matches!(writer.compact_step(1000), Err(WriteError::LockLost { .. })));
    let error = cst_frozen::care::mend(&writer).unwrap_err();
    assert!(matches!(error, cst_frozen::care::CareError::Write(WriteError::LockLost { .. })), "{error}");
}

/// Replaces `STORE` by that of another store, or by nothing.
fn set_store(place: &Place, text: &[u8]) {
    match place {
        Place::Folder(folder, _) => {
            let path = folder.path().join("a/store/STORE");
            // Another file: one that is mapped is not to be cut.
            fs::remove_file(&path).unwrap();
            fs::write(path, text).unwrap();
        }
        Place::Simulated(disk) => disk.set_contents("STORE", text),
    }
}

fn other_store() -> Vec<u8> {
    let other = Disk::new();
    drop(Writer::open_on(Arc::new(other.clone()), Options::default()).unwrap());
    other.contents("STORE").unwrap()
}

#[test]
fn a_store_that_is_said_to_be_another_one_is_not_written_to_and_the_writer_is_told() {
    fn is_told<T: std::fmt::Debug>(outcome: Result<T, WriteError>) {
        let error = outcome.unwrap_err();
        assert!(matches!(&error, WriteError::Disowned { path } if path.ends_with("STORE")), "{error}");
        assert!(error.to_string().contains("bring the file back"), "{error}");
    }
    let other = other_store();
    everywhere(|place| {
        for durability in [Fsync, Buffered, Volatile] {
            for refreshed in [false, true] {
                let writer = place.writer().unwrap();
                for n in 1..5 {
                    writer.put(&key(n), &[n; 9]).unwrap();
                    writer.commit(Buffered).unwrap();
                }
                let own = match place {
                    Place::Folder(folder, _) => fs::read(folder.path().join("a/store/STORE")).unwrap(),
                    Place::Simulated(disk) => disk.contents("STORE").unwrap(),
                };
                let names = place.names();
                set_store(place, &other);
                if refreshed {
                    assert!(writer.reader().refresh().unwrap());
                    assert_eq!(writer.reader().stats().foreign_segments, 4);
                }
                writer.put(&key(5), b"five").unwrap();
                is_told(writer.commit(durability));
                if !refreshed {
                    is_told(writer.compact());
                }
                assert_eq!(place.names(), names, "nothing is made, and nothing taken away");
                // What says nothing is no reason to give up, and what says the right number none either.
                for said in [b"damaged", own.as_slice()] {
                    set_store(place, said);
                    writer.reader().refresh().unwrap();
                    writer.put(&key(5), said).unwrap();
                    writer.commit(durability).unwrap();
                }
                drop(writer);
                let all = contents(&place.reader().unwrap());
                assert_eq!((all.len(), &*all[&key(5)]), (5, own.as_slice()));
                remove_all(place);
            }
        }
    });
}

/// One look at the file for a commit, and none for a put.
#[test]
fn whose_the_store_is_is_asked_once_for_a_commit() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    let count = |durability| {
        writer.put(&key(1), b"one").unwrap();
        let before = disk.operations();
        writer.put(&key(2), b"two").unwrap();
        assert_eq!(disk.operations(), before, "it waits in memory");
        writer.commit(durability).unwrap();
        disk.operations() - before
    };
    // STORE, the file written and read back, the lock, the name, the lock.
    assert_eq!(count(Buffered), 6);
}
