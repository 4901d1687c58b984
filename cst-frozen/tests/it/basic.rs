//! What a store does when nothing goes wrong, on every medium.

use cst_frozen::{Durability::*, OpenError, Options, Reader, WriteError, Writer};

use crate::support::{contents, everywhere, key, noise, wide_key};

#[test]
fn put_commit_get_reopen() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        assert_eq!(writer.pending_bytes(), 0);
        writer.put(&key(1), b"one").unwrap();
        writer.put(&key(2), b"").unwrap();
        writer.put(&key(3), b"three, at first").unwrap();
        writer.put(&key(3), b"three").unwrap();
        assert!(writer.pending_bytes() > 0);
        assert!(!writer.reader().contains(&key(1)));
        let commit = writer.commit(Fsync).unwrap();
        assert_eq!((commit.generation, commit.records), (1, 4));
        assert_eq!(writer.pending_bytes(), 0);
        writer.remove(&key(1)).unwrap();
        writer.remove(&key(77)).unwrap();
        writer.put(&key(4), b"four").unwrap();
        assert!(writer.reader().contains(&key(1)));
        assert_eq!(writer.commit(Buffered).unwrap().generation, 2);

        let check = |reader: &Reader| {
            assert!(reader.get(&key(1)).unwrap().is_none());
            assert!(!reader.contains(&key(1)));
            assert_eq!(&*reader.get(&key(2)).unwrap().unwrap(), b"");
            assert_eq!(&*reader.get(&key(3)).unwrap().unwrap(), b"three");
            assert_eq!(&*reader.get(&key(4)).unwrap().unwrap(), b"four");
            assert!(reader.get(&key(5)).unwrap().is_none());
            assert_eq!(contents(reader).len(), 3);
            assert!(reader.verify().is_sound(), "{:?}", reader.verify());
        };
        check(writer.reader());
        let stats = writer.reader().stats();
        assert_eq!((stats.segments, stats.records, stats.live_records, stats.tombstones), (2, 7, 3, 2));
        // Overridden: one of 15 bytes, one of 3; two tombstones.
        assert_eq!(stats.dead_bytes, 4 * 64 + 16 + 16);
        assert_eq!(stats.payload_bytes, 3 + 15 + 5 + 4);
        drop(writer);
        check(&place.reader().unwrap());
        let writer = place.writer().unwrap();
        check(writer.reader());
        assert_eq!(writer.commit(Fsync).unwrap().generation, 3, "the second was not synced before");
        assert_eq!(writer.commit(Fsync).unwrap().generation, 3);
        writer.put(&key(1), b"again").unwrap();
        assert_eq!(writer.commit(Fsync).unwrap().generation, 4);
        assert_eq!(&*writer.reader().get(&key(1)).unwrap().unwrap(), b"again");
    });
}

#[test]
fn empty_commits_publish_nothing() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for durability in [Buffered, Fsync] {
            let commit = writer.commit(durability).unwrap();
            assert_eq!((commit.generation, commit.records, commit.bytes), (0, 0, 0));
        }
        assert!(place.segments().is_empty());
        assert_eq!(writer.compact().unwrap(), Default::default());
        assert!(contents(writer.reader()).is_empty());
        assert!(contents(&place.reader().unwrap()).is_empty());
    });
}

#[test]
fn payloads_are_aligned_whatever_their_length() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for len in 0..70u8 {
            writer.put(&key(len), &noise(len.into(), len.into())).unwrap();
        }
        writer.put(&key(200), &noise(200, 300_000)).unwrap();
        writer.put(&key(201), &noise(201, 131_072)).unwrap();
        writer.put(&key(202), &noise(202, 131_071)).unwrap();
        writer.commit(Fsync).unwrap();
        for reader in [writer.reader().clone(), place.reader().unwrap()] {
            for (key, value) in contents(&reader) {
                let record = reader.get(&key).unwrap().unwrap();
                assert_eq!(record.as_ptr() as usize % 16, 0);
                let n = key[31];
                let len = match n {
                    200 => 300_000,
                    201 => 131_072,
                    202 => 131_071,
                    n => n.into(),
                };
                assert_eq!(value, noise(n.into(), len));
            }
        }
        assert!(writer.reader().verify().is_sound());
    });
}

#[test]
fn abandoned_batches_leave_nothing() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&key(1), b"one").unwrap();
        writer.abandon();
        assert_eq!(writer.pending_bytes(), 0);
        assert_eq!(writer.commit(Fsync).unwrap().records, 0);
        writer.put(&key(2), b"two").unwrap();
        drop(writer);
        assert!(!place.names().iter().any(|name| name.ends_with(".tmp")));
        assert!(contents(&place.reader().unwrap()).is_empty());
    });
}

#[test]
fn compaction_keeps_what_is_live() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for round in 0..20u64 {
            for n in 0..50 {
                writer.put(&wide_key(n * (round % 3 + 1)), &noise(round * 100 + n, 100)).unwrap();
            }
            writer.remove(&wide_key(round)).unwrap();
            writer.commit(if round % 4 == 0 { Fsync } else { Buffered }).unwrap();
        }
        writer.put(&wide_key(1_000), b"in the batch").unwrap();
        let before = contents(writer.reader());
        let stats = writer.reader().stats();
        assert_eq!(stats.live_records, before.len() as u64);
        let outside = place.reader().unwrap();
        let held = outside.get(before.keys().next().unwrap()).unwrap().unwrap();
        let held_bytes = held.to_vec();

        let compaction = writer.compact().unwrap();
        assert_eq!((compaction.segments, compaction.records), (20, before.len() as u64));
        assert_eq!(compaction.dropped, stats.records - stats.live_records);
        assert_eq!(contents(writer.reader()), before);
        assert_eq!(place.segments(), ["0000000000000001-0000000000000014.durable.seg"]);
        let after = writer.reader().stats();
        assert_eq!((after.segments, after.dead_bytes, after.tombstones), (1, 0, 0));
        assert_eq!(stats.file_bytes - compaction.freed, after.file_bytes);
        assert!(writer.reader().verify().is_sound());
        assert_eq!(writer.compact().unwrap(), Default::default());

        assert_eq!(contents(&outside), before);
        assert!(outside.refresh().unwrap());
        assert!(!outside.refresh().unwrap());
        assert_eq!(contents(&outside), before);
        assert_eq!(*held, *held_bytes);

        assert_eq!(writer.commit(Fsync).unwrap().generation, 21);
        assert_eq!(writer.reader().stats().live_records, before.len() as u64 + 1);
        drop(writer);
        assert_eq!(place.writer().unwrap().reader().stats().live_records, before.len() as u64 + 1);
    });
}

#[test]
fn compacting_one_segment_and_nothing_live() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&key(1), b"overridden").unwrap();
        writer.put(&key(1), b"one").unwrap();
        writer.commit(Fsync).unwrap();
        let outside = place.reader().unwrap();
        assert_eq!(writer.compact().unwrap().dropped, 1);
        assert_eq!(&*writer.reader().get(&key(1)).unwrap().unwrap(), b"one");
        assert_eq!(&*outside.get(&key(1)).unwrap().unwrap(), b"one");
        writer.remove(&key(1)).unwrap();
        writer.commit(Fsync).unwrap();
        assert_eq!(writer.compact().unwrap().records, 0);
        assert!(contents(writer.reader()).is_empty());
        assert!(contents(&place.reader().unwrap()).is_empty());
        writer.put(&key(2), b"two").unwrap();
        assert_eq!(writer.commit(Fsync).unwrap().generation, 3);
        assert_eq!(contents(&place.reader().unwrap()).len(), 1);
    });
}

#[test]
fn a_store_keeps_itself_out_of_version_control_and_backups() {
    everywhere(|place| {
        drop(place.writer().unwrap());
        let names = place.names();
        for name in [".gitignore", "CACHEDIR.TAG", "STORE"] {
            assert!(names.iter().any(|n| n == name), "{names:?}");
        }
    });
}

#[test]
fn bytes_on_disk_are_few_more_than_the_records() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for n in 0..500 {
            writer.put(&wide_key(n), &noise(n, 10_000)).unwrap();
        }
        let commit = writer.commit(Buffered).unwrap();
        assert!(commit.bytes < 5_000_000 * 102 / 100, "{commit:?}");
        assert_eq!(commit.bytes, writer.reader().stats().file_bytes);
    });
}

#[test]
fn folders_that_are_not_stores() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert!(
        matches!(Reader::open(&missing, Options::default()), Err(OpenError::Missing { path }) if path == missing)
    );
    assert!(matches!(Reader::open(folder.path(), Options::default()), Err(OpenError::NotAStore { .. })));
    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    for error in [
        Reader::open(&file, Options::default()).err().unwrap(),
        Writer::open(&file, Options::default()).err().unwrap(),
        // The folder has a file of someone else's now.
        Writer::open(folder.path(), Options::default()).err().unwrap(),
        Reader::open(folder.path(), Options::default()).err().unwrap(),
    ] {
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
}

#[test]
fn leftovers_of_dead_writers_are_removed() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&key(1), b"one").unwrap();
        writer.commit(Fsync).unwrap();
        drop(writer);
        match place {
            crate::support::Place::Folder(folder, _) => {
                std::fs::write(folder.path().join("a/store/pending-1.tmp"), "half").unwrap();
            }
            crate::support::Place::Simulated(disk) => disk.set_contents("pending-1.tmp", b"half"),
        }
        assert_eq!(contents(&place.reader().unwrap()).len(), 1);
        assert!(place.names().contains(&"pending-1.tmp".to_owned()), "readers change nothing");
        drop(place.writer().unwrap());
        assert!(!place.names().contains(&"pending-1.tmp".to_owned()));
    });
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_record_of_four_gigabytes_is_refused_and_the_batch_goes_on() {
    let writer =
        Writer::open_on(std::sync::Arc::new(cst_frozen::testkit::Disk::new()), Options::default()).unwrap();
    writer.put(&key(1), b"before").unwrap();
    // Zero pages that are never touched.
    let huge = vec![0; 1 << 32];
    let error = writer.put(&key(2), &huge).unwrap_err();
    assert!(matches!(error, WriteError::TooLarge { bytes: 4_294_967_296, limit: 4_294_967_295 }), "{error}");
    assert_eq!(writer.commit(Fsync).unwrap().records, 1);
}

#[test]
fn many_threads_share_one_store() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let writer = &writer;
                scope.spawn(move || {
                    for n in 0..50 {
                        let id = thread * 1000 + n;
                        writer.put(&wide_key(id), &noise(id, 64)).unwrap();
                        if n % 10 == 9 {
                            writer.commit(Buffered).unwrap();
                        }
                        if thread == 0 && n % 25 == 24 {
                            writer.compact().unwrap();
                        }
                        if let Some(record) = writer.reader().get(&wide_key(id / 2)).unwrap() {
                            assert_eq!(*record, *noise(id / 2, 64));
                        }
                    }
                });
            }
        });
        writer.commit(Buffered).unwrap();
        assert_eq!(contents(writer.reader()).len(), 200);
        assert!(writer.reader().verify().is_sound());
    });
}
