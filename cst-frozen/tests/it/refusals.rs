//! What is not a store, cannot be one, or cannot be kept: an error that says what to do, and nothing lost.

use std::{
    fs,
    io::ErrorKind,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use cst_frozen::{
    Durability::*,
    FORMAT_VERSION, Fault, Medium, OpenError, Options, Pack, ReadError, Reader, Step, WriteError, Writer,
    care::{CareError, mend, migrate_on, repair_on, unwatched},
    testkit::{Disk, Failure},
};
use xxhash_rust::xxh3::xxh3_64;

use crate::support::{contents, everywhere, key, noise};

fn open(disk: &Disk) -> Result<Writer, OpenError> {
    Writer::open_on(Arc::new(disk.clone()), Options::default())
}

fn filled() -> Disk {
    let disk = Disk::new();
    let writer = open(&disk).unwrap();
    writer.put(&key(1), &noise(1, 500)).unwrap();
    writer.commit(Fsync).unwrap();
    disk
}

#[test]
fn a_file_system_that_is_read_only_can_be_read() {
    for kind in [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied] {
        let disk = filled();
        // Making the folder, and locking it.
        for operation in [1, 3] {
            disk.fail_at(disk.operations() + operation, Failure::Error(kind));
            let error = open(&disk).unwrap_err();
            assert!(matches!(error, OpenError::ReadOnly { .. }), "{operation}: {error}");
            assert!(error.to_string().contains("open it for reading"), "{error}");
        }
        let reader = Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        assert_eq!(contents(&reader).len(), 1);
        // One that becomes so under a writer costs the batch.
        let writer = open(&disk).unwrap();
        disk.fail_at(disk.operations() + 1, Failure::Error(kind));
        let error = writer.put(&key(2), b"two").unwrap_err();
        assert!(matches!(error, WriteError::ReadOnly { doing: "creating", .. }), "{error}");
        assert!(error.to_string().contains("what was committed can be read"), "{error}");
        assert_eq!(contents(writer.reader()).len(), 1);
    }
}

/// Whatever would write there says so, and whatever reads does not care.
#[test]
fn a_file_system_that_becomes_read_only_costs_the_batch_and_nothing_else() {
    let is_told = |outcome: Result<(), WriteError>| {
        let error = outcome.unwrap_err();
        assert!(matches!(error, WriteError::ReadOnly { .. }), "{error}");
        assert!(error.to_string().contains("make the folder writable"), "{error}");
    };
    let disk = filled();
    let writer = open(&disk).unwrap();
    writer.put(&key(2), b"two").unwrap();
    writer.commit(Buffered).unwrap();
    writer.put(&key(3), b"three").unwrap();
    disk.set_read_only(true);
    is_told(writer.commit(Fsync).map(drop));
    is_told(writer.put(&key(3), b"three"));
    is_told(writer.compact().map(drop));
    while let Ok(Step::Copied { .. }) = writer.compact_step(1) {}
    let reader = Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    assert_eq!(contents(&reader).len(), 2);
    assert!(reader.verify().is_sound());
    let medium: Arc<dyn Medium> = Arc::new(disk.clone());
    drop(writer);
    let others: [CareError; 2] = [
        repair_on(&medium, Options::default()).unwrap_err(),
        migrate_on(&medium, Options::default(), &mut unwatched).unwrap_err(),
    ];
    for error in others {
        assert!(matches!(error, CareError::Open(OpenError::ReadOnly { .. })), "{error}");
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
    disk.set_read_only(false);
    let writer = open(&disk).unwrap();
    writer.put(&key(3), b"three").unwrap();
    writer.commit(Fsync).unwrap();
    assert_eq!(contents(writer.reader()).len(), 3);
}

/// What a map cannot promise, a look at the length does, from the next refresh on; and plain reads from the beginning.
#[test]
fn a_segment_that_another_program_cuts_is_in_doubt_from_the_next_refresh_on() {
    const LEN: usize = 30_000;
    // What is left of the second segment: most of its record, half of it, the header, nothing.
    for (mmap, cut) in
        [true, false].into_iter().flat_map(|mmap| [LEN + 64, 20_000, 64, 0].map(|cut| (mmap, cut)))
    {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::default().mmap(mmap);
        let writer = Writer::open(folder.path(), options).unwrap();
        for n in 1..3 {
            writer.put(&key(n), &noise(n.into(), LEN)).unwrap();
            writer.commit(Fsync).unwrap();
        }
        let reader = Reader::open(folder.path(), options).unwrap();
        let segment = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
            .max()
            .unwrap();
        fs::OpenOptions::new().write(true).open(&segment).unwrap().set_len(cut as u64).unwrap();
        if !mmap {
            assert_eq!(contents(&reader).len(), 2, "it was read whole");
        }
        assert!(reader.refresh().unwrap(), "{cut}");
        assert!(!reader.refresh().unwrap(), "{cut}");
        for reader in [reader, Reader::open(folder.path(), options).unwrap()] {
            assert_eq!((reader.stats().segments, reader.stats().gaps), (1, 1));
            assert!(!reader.verify().is_sound());
            for n in 1..3 {
                let error = reader.get(&key(n)).unwrap_err();
                assert!(matches!(&error, ReadError::Doubtful { path } if *path == segment), "{error}");
            }
        }
    }
}

#[test]
fn versions_that_are_not_known_are_named_and_left_alone() {
    for version in [0, FORMAT_VERSION + 1, u32::MAX] {
        let disk = filled();
        let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
        let mut bytes = disk.contents(&name).unwrap();
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        let sum = xxh3_64(&bytes[..56]);
        bytes[56..64].copy_from_slice(&sum.to_le_bytes());
        disk.set_contents(&name, &bytes);
        for error in [
            open(&disk).unwrap_err(),
            Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap_err(),
        ] {
            let is_it = matches!(error, OpenError::Version { found, supported, .. }
                if found == version && supported == FORMAT_VERSION);
            assert!(is_it, "{error}");
            assert!(error.to_string().contains("use the release that wrote it"), "{error}");
        }
        assert_eq!(disk.contents(&name).unwrap(), bytes);
    }
}

#[test]
fn a_folder_that_is_deleted_under_a_reader_is_named() {
    for mmap in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let options = Options::default().mmap(mmap);
        let writer = Writer::open(&path, options).unwrap();
        writer.put(&key(1), &noise(1, 5000)).unwrap();
        writer.commit(Fsync).unwrap();
        let reader = Reader::open(&path, options).unwrap();
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(*reader.get(&key(1)).unwrap().unwrap(), *noise(1, 5000), "what it has stays");
        let error = Reader::open(&path, options).unwrap_err();
        assert!(matches!(error, OpenError::Missing { .. }), "{error}");
        assert!(error.to_string().contains("open it for writing first"), "{error}");
        let error = reader.refresh().unwrap_err();
        assert!(matches!(error, OpenError::Gone { .. }), "{error}");
        assert!(error.to_string().contains("open the store again when it is back"), "{error}");
        assert_eq!(contents(&reader).len(), 1);
        // The writer loses its batch, and says so.
        writer.put(&key(2), b"two").unwrap_err();
    }
}

#[test]
fn a_truncated_segment_is_left_out_and_named() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        for n in 1..3 {
            writer.put(&key(n), &noise(n.into(), 3000)).unwrap();
            writer.commit(Fsync).unwrap();
        }
        drop(writer);
        let last = place.segments().pop().unwrap();
        match place {
            crate::support::Place::Folder(folder, _) => {
                let path = folder.path().join("a/store").join(&last);
                fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1000).unwrap();
            }
            crate::support::Place::Simulated(disk) => {
                disk.set_contents(&last, &disk.contents(&last).unwrap()[..1000]);
            }
        }
        let reader = place.reader().unwrap();
        for n in 1..3 {
            let error = reader.get(&key(n)).unwrap_err();
            assert!(matches!(&error, ReadError::Doubtful { path } if path.ends_with(&last)), "{error}");
        }
        assert_eq!((reader.stats().quarantined_segments, reader.stats().gaps), (1, 1));
        let report = reader.verify();
        assert_eq!(report.problems.len(), 1);
        assert_eq!(report.problems[0].fault, Fault::Footer);
        let text = report.problems[0].to_string();
        assert!(text.contains(&last) && text.contains("truncated"), "{text}");
        // A writer goes on, and what it commits counts.
        let writer = place.writer().unwrap();
        writer.put(&key(3), b"three").unwrap();
        writer.commit(Fsync).unwrap();
        drop(writer);
        let reader = place.reader().unwrap();
        assert_eq!(reader.get(&key(3)).unwrap().as_deref(), Some(&b"three"[..]));
        assert!(reader.get(&key(1)).is_err());
        // Repaired, there is all that is left.
        let repair = mend(&place.writer().unwrap()).unwrap();
        assert_eq!((repair.records, repair.doubtful, repair.set_aside.len()), (2, 1, 1));
        assert_eq!(contents(&place.reader().unwrap()).len(), 2);
    });
}

#[test]
fn a_clock_that_was_set_back_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = Writer::open(folder.path(), Options::default()).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    for started in [now + 1_000_000, u64::MAX, 0] {
        let text = format!("pid {}\nstarted {started}\n", std::process::id());
        fs::write(folder.path().join("LOCK.holder"), text).unwrap();
        let error = Writer::open(folder.path(), Options::default()).unwrap_err();
        let OpenError::Locked { holder: Some(holder), .. } = &error else { panic!("{error}") };
        assert_eq!(holder.started, started);
        let seconds = if started == 0 { now } else { 0 };
        let said = error.to_string();
        let is_said = (seconds..seconds + 60).any(|seconds| said.contains(&format!("for {seconds} s")));
        assert!(is_said, "{said}");
    }
    // Commits are numbered, not timed.
    first.put(&key(1), b"one").unwrap();
    assert_eq!(first.commit(Fsync).unwrap().generation, 1);
}

#[test]
fn nothing_at_all_is_a_record_and_a_key_like_any_other() {
    everywhere(|place| {
        let writer = place.writer().unwrap();
        writer.put(&[0; 32], b"").unwrap();
        writer.put(&[0xff; 32], b"").unwrap();
        writer.commit(Fsync).unwrap();
        for reader in [writer.reader().clone(), place.reader().unwrap()] {
            assert_eq!(&*reader.get(&[0; 32]).unwrap().unwrap(), b"");
            assert_eq!(&*reader.get(&[0xff; 32]).unwrap().unwrap(), b"");
            assert!(reader.get(&[1; 32]).unwrap().is_none());
        }
        writer.remove(&[0; 32]).unwrap();
        writer.commit(Fsync).unwrap();
        writer.compact().unwrap();
        assert_eq!(contents(&place.reader().unwrap()).len(), 1);
    });
}

/// A file of somebody else's does not use up the numbers of commits; one that has taken the last is named.
#[test]
fn names_with_the_last_generations() {
    for name in ["fffffffffffffffe-fffffffffffffffe.seg", "ffffffffffffffff-ffffffffffffffff.durable.seg"] {
        let disk = Disk::new();
        let writer = open(&disk).unwrap();
        writer.put(&key(1), b"before").unwrap();
        writer.commit(Fsync).unwrap();
        drop(writer);
        disk.set_contents(name, b"");
        let writer = open(&disk).unwrap();
        for n in 2..6 {
            writer.put(&key(n), b"after").unwrap();
            writer.commit(Fsync).unwrap();
        }
        drop(writer);
        assert_eq!(contents(&Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap()).len(), 5);
    }
    let disk = Disk::new();
    drop(open(&disk).unwrap());
    disk.set_contents("0000fffffffffffe-0000ffffffffffff.seg", b"");
    let writer = open(&disk).unwrap();
    let error = writer.put(&key(1), b"one").and_then(|()| writer.commit(Fsync).map(drop)).unwrap_err();
    assert!(matches!(error, WriteError::Exhausted { .. }), "{error}");
}

#[test]
fn nothing_is_made_inside_of_a_store() {
    let temporary = tempfile::tempdir().unwrap();
    let store = temporary.path().join("store");
    drop(Writer::open(&store, Options::default()).unwrap());
    let before = fs::read_dir(&store).unwrap().count();
    for inner in ["copy", "a/b/copy", "../store/copy", "./copy"] {
        let path = store.join(inner);
        let error = Writer::open(&path, Options::default()).unwrap_err();
        assert!(matches!(&error, OpenError::Inside { store: outer, .. }
            if *outer == fs::canonicalize(&store).unwrap()));
        assert!(error.to_string().contains("outside of it"), "{error}");
        let error = Pack::write(&path, b"", vec![([1; 32], b"one")]).unwrap_err();
        assert!(matches!(error, WriteError::Inside { .. }), "{error}");
        assert!(error.to_string().contains("outside of it"), "{error}");
    }
    assert_eq!(fs::read_dir(&store).unwrap().count(), before, "not even an empty folder");
    // Beside it is not inside; and one that is inside already can still be opened.
    drop(Writer::open(temporary.path().join("store2"), Options::default()).unwrap());
    drop(Writer::open(&store, Options::default()).unwrap());
    fs::rename(temporary.path().join("store2"), store.join("moved")).unwrap();
    drop(Writer::open(store.join("moved"), Options::default()).unwrap());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&store, temporary.path().join("link")).unwrap();
        let error = Writer::open(temporary.path().join("link/copy"), Options::default()).unwrap_err();
        assert!(matches!(error, OpenError::Inside { .. }), "{error}");
    }
}

/// A folder is where its name leads to; a file that is written is where its name is.
#[cfg(unix)]
#[test]
fn nothing_is_made_inside_of_a_store_by_way_of_a_link() {
    use std::os::unix::fs::symlink;
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    drop(Writer::open(at("store"), Options::default()).unwrap());
    for folder in ["store/inner", "outer"] {
        fs::create_dir(at(folder)).unwrap();
    }
    for (to, link) in [("store/inner", "inwards"), ("outer", "store/outwards"), ("store", "itself")] {
        symlink(at(to), at(link)).unwrap();
    }
    let error = Writer::open(at("inwards"), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Inside { .. }), "{error}");
    assert_eq!(fs::read_dir(at("store/inner")).unwrap().count(), 0);
    drop(Writer::open(at("itself"), Options::default()).unwrap());
    drop(Writer::open(at("store/outwards"), Options::default()).unwrap());
    assert!(at("outer/STORE").exists());
    // A pack takes the place of a link.
    for (to, link, is_refused) in [("outside", "store/pack", true), ("store/file", "pack", false)] {
        symlink(at(to), at(link)).unwrap();
        let written = Pack::write(at(link), b"", vec![([1; 32], b"one")]);
        assert_eq!(matches!(written, Err(WriteError::Inside { .. })), is_refused, "{link}");
        assert_eq!((written.is_err(), at(to).exists()), (is_refused, false), "{link}");
    }
}

/// A folder with somebody's own files is not made a store, whatever they are called.
#[test]
fn a_file_of_somebody_elses_is_left_where_it_is() {
    let disk = Disk::new();
    disk.set_contents("thesis.tmp", b"years of work");
    assert!(matches!(open(&disk), Err(OpenError::NotAStore { .. })));
    assert_eq!(disk.names(), ["thesis.tmp"]);
}
