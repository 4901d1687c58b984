//! Care of data: levels of checking, copies, and bringing them back.

use std::{cell::Cell, collections::BTreeMap, ops::ControlFlow, sync::Arc};

use cst_frozen::{
    Durability::*,
    FORMAT_VERSION, Fault, Key, Level, Medium, OpenError, Options, Reader, Writer,
    care::{CareError, Existing, Migration, backup, import, mend, migrate_on, restore, unwatched},
    testkit::{Disk, Failure, Survival},
};

use crate::support::{contents, everywhere, key, noise, wide_key};

fn writer(disk: &Disk) -> Writer {
    Writer::open_on(Arc::new(disk.clone()), Options::default()).unwrap()
}

fn reader(disk: &Disk) -> Reader {
    Reader::open_on(Arc::new(disk.clone()), Options::default()).unwrap()
}

/// Three commits: twenty records, some of them overridden and removed after.
fn fill(writer: &Writer) -> BTreeMap<Key, Vec<u8>> {
    for n in 0..20 {
        writer.put(&wide_key(n), &noise(n, 50 + 37 * n as usize)).unwrap();
    }
    writer.commit(Fsync).unwrap();
    for n in 5..10 {
        writer.put(&wide_key(n), &noise(n + 100, 60)).unwrap();
    }
    writer.commit(Buffered).unwrap();
    writer.remove(&wide_key(7)).unwrap();
    writer.commit(Fsync).unwrap();
    contents(writer.reader())
}

/// Flips a bit of the first place in a segment where these bytes stand.
fn damage(disk: &Disk, payload: &[u8]) {
    for name in disk.names().into_iter().filter(|name| name.ends_with(".seg")) {
        let mut bytes = disk.contents(&name).unwrap();
        if let Some(at) = bytes.windows(payload.len()).position(|window| window == payload) {
            bytes[at] ^= 1;
            disk.set_contents(&name, &bytes);
            return;
        }
    }
    panic!("these bytes are nowhere");
}

#[test]
fn each_level_finds_what_it_says_and_no_more() {
    let disk = Disk::new();
    let all = fill(&writer(&disk));
    let (victim, payload) = all.iter().next_back().unwrap();
    let asked = Cell::new(0);
    let accepts = |key: &Key, payload: &[u8]| {
        asked.set(asked.get() + 1);
        assert_eq!(all[key], payload);
        key != victim
    };
    for level in [Level::Headers, Level::Checksums] {
        assert!(reader(&disk).verify_to(level).is_sound(), "{level:?}");
    }
    let deep = reader(&disk).verify_to(Level::Deep(&accepts));
    assert_eq!(deep.problems.iter().map(|problem| problem.fault).collect::<Vec<_>>(), [Fault::Content]);
    assert_eq!(asked.get(), all.len(), "each live record once, and no other");

    damage(&disk, payload);
    assert!(reader(&disk).verify_to(Level::Headers).is_sound(), "payloads are not read");
    for level in [Level::Checksums, Level::Deep(&accepts)] {
        let faults: Vec<Fault> =
            reader(&disk).verify_to(level).problems.iter().map(|problem| problem.fault).collect();
        assert_eq!(faults, [Fault::Payload], "{level:?}");
    }
}

#[test]
fn a_backup_holds_one_moment_while_the_writer_goes_on() {
    everywhere(|place| {
        let store = place.writer().unwrap();
        let before = fill(&store);
        let reader = place.reader().unwrap();
        let to = Disk::new();
        let seen = Cell::new(0);
        let copied = backup(&reader, &writer(&to), &mut |bytes| {
            // The writer commits and compacts under the backup's feet.
            store.put(&wide_key(seen.get()), b"later").unwrap();
            store.commit(Buffered).unwrap();
            if seen.get() == 3 {
                store.compact().unwrap();
            }
            seen.set(seen.get() + 1);
            assert!(bytes > 0);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!((copied.records, seen.get()), (before.len() as u64, before.len() as u64));
        assert_eq!(copied.bytes, before.values().map(|value| value.len() as u64).sum::<u64>());
        assert!(copied.lost.is_empty());
        assert_eq!(contents(&self::reader(&to.after_crash(Survival::Nothing))), before, "it is durable");
        assert!(self::reader(&to).verify().is_sound());
        assert_ne!(contents(store.reader()), before);
    });
}

#[test]
fn a_backup_goes_nowhere_where_something_is() {
    let (from, to) = (Disk::new(), Disk::new());
    fill(&writer(&from));
    let target = writer(&to);
    target.put(&key(1), b"mine").unwrap();
    let error = backup(&reader(&from), &target, &mut unwatched).unwrap_err();
    assert!(matches!(error, CareError::Pending { .. }), "{error}");
    target.commit(Fsync).unwrap();
    let error = backup(&reader(&from), &target, &mut unwatched).unwrap_err();
    assert!(matches!(error, CareError::NotEmpty { records: 1, .. }), "{error}");
    assert!(error.to_string().contains("simulated"));
    assert_eq!(contents(target.reader()).len(), 1);
}

#[test]
fn nothing_is_said_of_records_where_only_segments_are_in_the_way() {
    let (from, to) = (Disk::new(), Disk::new());
    fill(&writer(&from));
    drop(writer(&to));
    to.set_contents("0000000000000001-0000000000000001.seg", b"no segment");
    let error = backup(&reader(&from), &writer(&to), &mut unwatched).unwrap_err();
    assert!(matches!(error, CareError::NotEmpty { records: 1, .. }), "{error}");
    assert!(error.to_string().contains("1 records, or as many segments that cannot be read"), "{error}");
}

#[test]
fn a_backup_of_a_damaged_store_says_what_is_missing() {
    let (from, to) = (Disk::new(), Disk::new());
    let all = fill(&writer(&from));
    let (victim, payload) = all.iter().next().unwrap();
    damage(&from, payload);
    let copied = backup(&reader(&from), &writer(&to), &mut unwatched).unwrap();
    assert_eq!(copied.lost.len(), 1);
    assert_eq!((copied.lost[0].key, copied.lost[0].fault), (Some(*victim), Fault::Payload));
    let mut expected = all.clone();
    expected.remove(victim);
    assert_eq!(contents(&reader(&to)), expected);

    // A whole segment.
    let name = from.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    from.set_contents(&name, b"short");
    let copied = backup(&reader(&from), &writer(&Disk::new()), &mut unwatched).unwrap();
    assert!(copied.lost.iter().any(|loss| loss.path.ends_with(&name) && loss.key.is_none()));
}

#[test]
fn what_is_stopped_has_changed_nothing() {
    let (from, to) = (Disk::new(), Disk::new());
    fill(&writer(&from));
    let target = writer(&to);
    let mut left = 5;
    let mut stop = |_| {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let error = backup(&reader(&from), &target, &mut stop).unwrap_err();
    assert!(matches!(error, CareError::Stopped), "{error}");
    assert_eq!((target.pending_bytes(), contents(target.reader()).len()), (0, 0));
    backup(&reader(&from), &target, &mut unwatched).unwrap();
}

#[test]
fn a_restored_store_is_the_copy_and_nothing_else() {
    let (from, to) = (Disk::new(), Disk::new());
    let all = fill(&writer(&from));
    let target = writer(&to);
    target.put(&wide_key(3), b"other").unwrap();
    target.put(&wide_key(7), b"removed there").unwrap();
    target.put(&key(1), b"only here").unwrap();
    target.commit(Fsync).unwrap();
    let outside = reader(&to);
    let error = restore(&reader(&from), &target, Existing::Refuse, &mut unwatched).unwrap_err();
    assert!(matches!(error, CareError::NotEmpty { records: 3, .. }), "{error}");
    assert_eq!(contents(target.reader()).len(), 3);
    let copied = restore(&reader(&from), &target, Existing::Replace, &mut unwatched).unwrap();
    assert_eq!((copied.records, copied.removed), (all.len() as u64, 2));
    assert_eq!(contents(target.reader()), all);
    assert_eq!(contents(&outside).len(), 3, "readers see one moment");
    assert!(outside.refresh().unwrap());
    assert_eq!(contents(&outside), all);
    assert_eq!((target.reader().stats().segments, target.reader().stats().dead_bytes), (1, 0));
    assert_eq!(contents(&reader(&to.after_crash(Survival::Nothing))), all);
}

#[test]
fn nothing_is_replaced_by_a_damaged_copy() {
    let (from, to) = (Disk::new(), Disk::new());
    fill(&writer(&from));
    let name = from.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = from.contents(&name).unwrap();
    bytes.truncate(1000);
    from.set_contents(&name, &bytes);
    let target = writer(&to);
    target.put(&key(1), b"whole").unwrap();
    target.commit(Fsync).unwrap();
    let error = restore(&reader(&from), &target, Existing::Replace, &mut unwatched).unwrap_err();
    let CareError::Damaged { lost, .. } = &error else { panic!("{error}") };
    assert!(lost[0].path.ends_with(&name) && lost[0].fault == Fault::Footer, "{error}");
    assert!(error.to_string().contains(&name), "{error}");
    assert_eq!((target.pending_bytes(), contents(target.reader()).len()), (0, 1));
}

#[test]
fn nothing_is_replaced_by_a_copy_whose_files_are_gone() {
    let (from, to) = (Disk::new(), Disk::new());
    fill(&writer(&from));
    for name in from.names().into_iter().filter(|name| name.ends_with(".seg")) {
        from.remove(&name).unwrap();
    }
    let target = writer(&to);
    target.put(&key(1), b"whole").unwrap();
    target.commit(Fsync).unwrap();
    let error = restore(&reader(&from), &target, Existing::Replace, &mut unwatched).unwrap_err();
    assert!(matches!(error, CareError::Empty { .. }), "{error}");
    assert_eq!(contents(target.reader()).len(), 1);
}

/// The old or the new, at every operation where the machine may stop.
#[test]
fn a_crash_in_a_restore_leaves_one_or_the_other() {
    let from = Disk::new();
    let new = fill(&writer(&from));
    let make = || {
        let to = Disk::new();
        let target = writer(&to);
        for n in 0..6 {
            target.put(&wide_key(n * 3), &noise(n + 500, 40)).unwrap();
        }
        target.commit(Fsync).unwrap();
        let old = contents(target.reader());
        drop(target);
        (to, old)
    };
    let mut images = 0;
    for n in 1.. {
        let (to, old) = make();
        to.fail_at(to.operations() + n, Failure::Crash);
        let done = Writer::open_on(Arc::new(to.clone()), Options::default())
            .map_err(CareError::from)
            .and_then(|target| restore(&reader(&from), &target, Existing::Replace, &mut unwatched));
        let seeds = (0..6).map(Survival::Some);
        for survival in [Survival::Nothing, Survival::Everything, Survival::Names].into_iter().chain(seeds) {
            let found = contents(&reader(&to.after_crash(survival)));
            assert!(found == new || (found == old && done.is_err()), "operation {n}, {survival:?}");
            images += 1;
        }
        if !to.is_crashed() {
            println!("{} operations, {images} images: old or new each time", n - 1);
            assert!(n > 20);
            return;
        }
    }
}

#[test]
fn an_import_adds_what_is_missing_and_wanted() {
    let (from, to) = (Disk::new(), Disk::new());
    let all = fill(&writer(&from));
    let target = writer(&to);
    target.put(&wide_key(0), b"mine").unwrap();
    target.put(&wide_key(1), &noise(1000, 90)).unwrap();
    target.commit(Fsync).unwrap();
    drop(target);
    damage(&to, &noise(1000, 90));
    let target = writer(&to);
    let refused = wide_key(19);
    let imported = import(
        &reader(&from),
        &target,
        &mut |key, payload| all[key] == payload && *key != refused,
        &mut unwatched,
    )
    .unwrap();
    assert_eq!((imported.present, imported.refused), (1, 1));
    assert_eq!(imported.records, all.len() as u64 - 2);
    let mut expected = all.clone();
    expected.remove(&refused);
    expected.insert(wide_key(0), b"mine".to_vec());
    assert_eq!(contents(target.reader()), expected, "what was damaged is there again");
    let again = import(&reader(&from), &target, &mut |_, _| true, &mut unwatched).unwrap();
    assert_eq!((again.records, again.present), (1, all.len() as u64 - 1));
}

fn bring_up(disk: &Disk) -> Result<Migration, CareError> {
    let medium: Arc<dyn Medium> = Arc::new(disk.clone());
    migrate_on(&medium, Options::default(), &mut unwatched)
}

#[test]
fn a_store_of_the_first_version_is_written_anew_once() {
    let disk = Disk::new();
    let name = "0000000000000001-0000000000000001.seg";
    disk.set_contents(name, include_bytes!("../fixtures/version-1.seg"));
    let all = contents(&reader(&disk));
    let migration = bring_up(&disk).unwrap();
    assert_eq!((migration.version, migration.segments), (FORMAT_VERSION, 1));
    assert_eq!(contents(&reader(&disk.after_crash(Survival::Nothing))), all);
    for name in disk.names().into_iter().filter(|name| name.ends_with(".seg")) {
        assert_eq!(disk.contents(&name).unwrap()[8..12], FORMAT_VERSION.to_le_bytes());
    }
    assert_eq!(bring_up(&disk).unwrap().segments, 0);

    // What is intact in a damaged one would be lost with the rest.
    let disk = Disk::new();
    let mut bytes = include_bytes!("../fixtures/version-1.seg").to_vec();
    bytes[130] ^= 1;
    disk.set_contents(name, &bytes);
    let error = bring_up(&disk).unwrap_err();
    assert!(matches!(error, CareError::Damaged { .. }) && error.to_string().contains("repair"), "{error}");
    assert_eq!(disk.contents(name).unwrap(), bytes);
}

/// Whatever is damaged in a store of the first version, a migration says what, and leaves it for a repair.
#[test]
fn a_migration_says_what_it_cannot_take_along() {
    let name = "0000000000000001-0000000000000001.seg";
    let pristine = include_bytes!("../fixtures/version-1.seg").to_vec();
    let end = pristine.len();
    let index =
        usize::try_from(u64::from_le_bytes(pristine[end - 64..end - 56].try_into().unwrap())).unwrap();
    let damages: [(&str, &[usize], usize, Fault); 6] = [
        ("header", &[20], end, Fault::Header),
        ("footer", &[end - 10], end, Fault::Footer),
        ("index", &[index + 3], end, Fault::Index),
        ("record header", &[100], end, Fault::RecordHeader),
        ("footer and index", &[end - 10, end - 91, index + 3], end, Fault::Footer),
        ("all but a part", &[], 200, Fault::Footer),
    ];
    for (what, flipped, len, fault) in damages {
        let mut bytes = pristine.clone();
        flipped.iter().for_each(|&at| bytes[at] ^= 1);
        bytes.truncate(len);
        let disk = Disk::new();
        disk.set_contents(name, &bytes);
        let error = bring_up(&disk).unwrap_err();
        let CareError::Damaged { lost, .. } = &error else { panic!("{what}: {error}") };
        assert!(lost.iter().any(|loss| loss.fault == fault && loss.path.ends_with(name)), "{what}: {lost:?}");
        let said = error.to_string();
        assert!(said.contains(name) && said.contains("nothing was changed, repair it first"), "{said}");
        assert_eq!(disk.contents(name).unwrap(), bytes, "{what}");
        // Repaired, it is of the present version.
        mend(&writer(&disk)).unwrap();
        assert_eq!(bring_up(&disk).unwrap().segments, 0, "{what}");
        assert!(reader(&disk).verify().is_sound(), "{what}");
    }
}

#[test]
fn a_crash_in_a_migration_loses_nothing() {
    for n in 1.. {
        let disk = Disk::new();
        disk.set_contents(
            "0000000000000001-0000000000000001.seg",
            include_bytes!("../fixtures/version-1.seg"),
        );
        let all = contents(&reader(&disk));
        disk.fail_at(disk.operations() + n, Failure::Crash);
        let migrated = bring_up(&disk);
        for survival in [Survival::Nothing, Survival::Everything, Survival::Names, Survival::Some(n)] {
            assert_eq!(contents(&reader(&disk.after_crash(survival))), all, "operation {n}, {survival:?}");
        }
        if !disk.is_crashed() {
            assert!(migrated.is_ok() && n > 10);
            return;
        }
    }
}

#[test]
fn migrating_names_a_version_that_it_does_not_know() {
    let disk = Disk::new();
    let error = bring_up(&disk).unwrap_err();
    assert!(matches!(error, CareError::Open(OpenError::NotAStore { .. })), "{error}");
    fill(&writer(&disk));
    let migration = bring_up(&disk).unwrap();
    assert_eq!((migration.version, migration.segments), (FORMAT_VERSION, 0));
    let name = disk.names().into_iter().find(|name| name.ends_with(".seg")).unwrap();
    let mut bytes = disk.contents(&name).unwrap();
    bytes[8] = 200;
    let sum = xxhash_rust::xxh3::xxh3_64(&bytes[..56]);
    bytes[56..64].copy_from_slice(&sum.to_le_bytes());
    disk.set_contents(&name, &bytes);
    let error = bring_up(&disk).unwrap_err();
    assert!(matches!(error, CareError::Open(OpenError::Version { found: 200, .. })), "{error}");
}
