//! Compaction in steps.

use std::sync::Arc;

use cst_frozen::{Durability::*, Options, Reader, Step, Writer, testkit::Disk};

use crate::support::{contents, everywhere, key, noise, wide_key};

/// Steps until there is nothing to gain; how many there were, and how many merges.
fn settle(writer: &Writer, bytes: u64) -> (usize, usize) {
    let (mut steps, mut merges) = (0, 0);
    loop {
        match writer.compact_step(bytes).unwrap() {
            Step::Idle => return (steps, merges),
            Step::Copied { bytes: copied } => assert!(copied < bytes + 3000, "{copied} in a step of {bytes}"),
            Step::Merged(merged) => {
                assert!(merged.segments > 0);
                merges += 1;
            }
        }
        steps += 1;
        assert!(steps < 10_000, "it never ends");
    }
}

#[test]
fn steps_are_small_and_come_to_an_end() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        let mut expected = std::collections::BTreeMap::new();
        let reader = place.reader().unwrap();
        let mut steps = 0;
        for round in 0..40u64 {
            for n in 0..10 {
                let (id, value) = ((round * 7 + n * 3) % 60, noise(round * 100 + n, 1500));
                writer.put(&wide_key(id), &value).unwrap();
                expected.insert(wide_key(id), value);
            }
            writer.remove(&wide_key(round)).unwrap();
            expected.remove(&wide_key(round));
            writer.commit(Buffered).unwrap();
            steps += settle(&writer, 4000).0;
            assert_eq!(contents(writer.reader()), expected);
            if round % 3 == 0 {
                reader.refresh().unwrap();
                assert_eq!(contents(&reader), expected);
            }
        }
        assert!(steps > 100);
        assert!(writer.reader().verify().is_sound());
        let stats = writer.reader().stats();
        assert!(stats.segments < 12, "{stats:?}");
        assert!(stats.dead_bytes < stats.file_bytes / 2 + 100_000, "{stats:?}");
        drop(writer);
        assert_eq!(contents(&place.reader().unwrap()), expected);
        assert!(!place.names().iter().any(|name| name.ends_with(".tmp")));
    });
}

#[test]
fn a_removed_record_of_a_segment_that_is_not_merged_stays_removed() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&key(1), &noise(1, 400_000)).unwrap();
        writer.put(&key(2), b"goes").unwrap();
        writer.commit(Fsync).unwrap();
        let early = place.reader().unwrap();
        writer.remove(&key(2)).unwrap();
        writer.remove(&key(3)).unwrap();
        writer.commit(Buffered).unwrap();
        for n in 4..7 {
            writer.put(&key(n), b"comes").unwrap();
            writer.commit(Buffered).unwrap();
        }
        assert_eq!(settle(&writer, 100).1, 1);
        let check = |reader: &Reader| {
            assert!(!reader.contains(&key(2)));
            assert_eq!(contents(reader).len(), 4);
            assert_eq!((reader.stats().segments, reader.stats().tombstones), (2, 1), "one is still needed");
        };
        check(writer.reader());
        check(&place.reader().unwrap());
        assert!(early.contains(&key(2)));
        assert!(early.refresh().unwrap());
        check(&early);
        writer.compact().unwrap();
        assert_eq!(writer.reader().stats().tombstones, 0);
        assert_eq!(contents(writer.reader()).len(), 4);
    });
}

#[test]
fn what_is_mostly_dead_is_written_anew() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for n in 0..100 {
            writer.put(&wide_key(n), &noise(n, 3000)).unwrap();
        }
        writer.commit(Fsync).unwrap();
        assert_eq!(settle(&writer, 10_000).1, 0);
        for n in 0..40 {
            writer.remove(&wide_key(n)).unwrap();
        }
        writer.commit(Fsync).unwrap();
        assert_eq!(settle(&writer, 10_000).1, 0, "not yet half");
        for n in 40..60 {
            writer.remove(&wide_key(n)).unwrap();
        }
        writer.commit(Fsync).unwrap();
        assert_eq!(settle(&writer, 10_000).1, 1);
        let stats = writer.reader().stats();
        assert_eq!((stats.live_records, stats.tombstones, stats.segments), (40, 0, 1));
        assert!(stats.file_bytes < 40 * 3150, "{stats:?}");
    });
}

#[test]
fn a_merge_is_given_up_with_its_writer_and_by_a_whole_compaction() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for n in 0..8 {
            writer.put(&key(n), &noise(n.into(), 1000)).unwrap();
            writer.commit(Buffered).unwrap();
        }
        assert!(matches!(writer.compact_step(1).unwrap(), Step::Copied { .. }));
        assert!(place.names().iter().any(|name| name.starts_with("compact-")));
        assert_eq!(writer.compact().unwrap().segments, 8);
        assert_eq!(writer.compact_step(1).unwrap(), Step::Idle);
        for n in 0..8 {
            writer.put(&key(n), b"again").unwrap();
            writer.commit(Buffered).unwrap();
        }
        assert!(matches!(writer.compact_step(1).unwrap(), Step::Copied { .. }));
        drop(writer);
        assert!(!place.names().iter().any(|name| name.ends_with(".tmp")));
        assert_eq!(contents(&place.reader().unwrap()).len(), 8);
    });
}

#[test]
fn what_is_written_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path(), Options::default()).unwrap();
    assert_eq!(writer.reader().stats().write_amplification(), None);
    let mut written = 0;
    for n in 0..256 {
        for i in 0..10 {
            writer.put(&wide_key(n * 10 + i), &noise(n * 10 + i, 5000)).unwrap();
        }
        written += writer.commit(Buffered).unwrap().bytes;
        loop {
            match writer.compact_step(1 << 20).unwrap() {
                Step::Idle => break,
                Step::Merged(merged) => written += merged.bytes,
                Step::Copied { .. } => {}
            }
        }
    }
    let stats = writer.reader().stats();
    assert_eq!(stats.put_bytes, 256 * 10 * 5000);
    assert_eq!(stats.committed_bytes + stats.compacted_bytes, written);
    let amplification = stats.write_amplification().unwrap();
    // Copied at most as often as 64 KiB triple to 13 MB.
    assert!(amplification > 1.0 && amplification < 6.0, "{amplification}");
    println!("{amplification:.2} bytes written per byte put, {} segments", stats.segments);
    let reader = Reader::open(folder.path(), Options::default()).unwrap();
    assert_eq!(reader.stats().write_amplification(), None);
}

#[test]
fn a_whole_compaction_ends_when_its_watcher_asks_for_that() {
    use std::ops::ControlFlow;
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path(), Options::default()).unwrap();
    for n in 0..6 {
        for k in 0..500 {
            writer.put(&wide_key(k), &noise(n * 500 + k, 4000)).unwrap();
        }
        writer.commit(Buffered).unwrap();
    }
    let before = contents(writer.reader());
    let mut told = 0;
    let stopped = writer.compact_while(&mut |bytes| {
        told += bytes;
        ControlFlow::Break(())
    });
    assert!(stopped.unwrap().is_none() && told > 0);
    assert_eq!((contents(writer.reader()), writer.reader().stats().segments), (before.clone(), 6));
    let names = std::fs::read_dir(folder.path()).unwrap();
    assert!(names.flatten().all(|entry| !entry.file_name().to_string_lossy().contains("compact")));
    let done = writer.compact_while(&mut |_| ControlFlow::Continue(())).unwrap().unwrap();
    assert_eq!((done.segments, done.records), (6, 500));
    assert_eq!(contents(writer.reader()), before);
}

/// A file that no merge takes the place of is no reason for one.
#[test]
fn what_a_merge_cannot_cover_does_not_keep_it_going() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    for n in 1..=3 {
        writer.put(&key(n), b"kept").unwrap();
        writer.commit(Fsync).unwrap();
    }
    drop(writer);
    disk.set_contents("0000000000000001-0000000000000009.seg", b"garbage");
    let writer = Writer::open_on(Arc::new(disk), Options::default()).unwrap();
    let steps = (0..20).take_while(|_| writer.compact_step(1 << 20).unwrap() != Step::Idle).count();
    assert!(steps < 20);
    assert_eq!(contents(writer.reader()).len(), 3);
}

#[test]
fn a_step_of_no_bytes_is_a_step_all_the_same() {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk), Options::default()).unwrap();
    for n in 1..=8 {
        writer.put(&key(n), b"kept").unwrap();
        writer.commit(Fsync).unwrap();
    }
    let merged = (0..100).any(|_| matches!(writer.compact_step(0).unwrap(), Step::Merged(_)));
    assert!(merged);
}
