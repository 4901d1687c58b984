//! A store of symbolic links: its files lie somewhere else, and whatever is done to the links, those stay as they are.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path};

use cst_frozen::{Durability::*, Fault, Options, Reader, Writer, care::repair};

use crate::support::{contents, key, noise};

/// The segments and `STORE` of a folder move to another one, and links to them take their places.
fn replace_by_links(store: &Path, elsewhere: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::create_dir(elsewhere).unwrap();
    let mut moved = BTreeMap::new();
    for entry in fs::read_dir(store).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".seg") || name == "STORE" {
            fs::rename(store.join(&name), elsewhere.join(&name)).unwrap();
            symlink(elsewhere.join(&name), store.join(&name)).unwrap();
        }
    }
    for entry in fs::read_dir(elsewhere).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        moved.insert(name, fs::read(path).unwrap());
    }
    moved
}

fn are_as_they_were(elsewhere: &Path, files: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), files.len());
    for (name, bytes) in files {
        assert_eq!(fs::read(elsewhere.join(name)).unwrap(), *bytes, "{name}");
    }
}

/// A store with three commits, of which only the last is not synced.
fn fill(store: &Path) {
    let writer = Writer::open(store, Options::default()).unwrap();
    for (n, durability) in [(1, Fsync), (2, Fsync), (3, Buffered)] {
        writer.put(&key(n), &noise(n.into(), 500)).unwrap();
        writer.commit(durability).unwrap();
    }
}

#[test]
fn links_are_read_and_merged_and_what_they_lead_to_stays() {
    for mmap in [true, false] {
        let options = Options::default().mmap(mmap);
        let temporary = tempfile::tempdir().unwrap();
        let (store, elsewhere) = (temporary.path().join("store"), temporary.path().join("elsewhere"));
        fill(&store);
        let before = contents(&Reader::open(&store, options).unwrap());
        let files = replace_by_links(&store, &elsewhere);
        assert_eq!(files.len(), 4);
        let reader = Reader::open(&store, options).unwrap();
        assert_eq!(contents(&reader), before);
        assert!(reader.verify().is_sound());
        let writer = Writer::open(&store, options).unwrap();
        writer.put(&key(4), b"four").unwrap();
        writer.commit(Fsync).unwrap();
        assert_eq!(contents(writer.reader()).len(), 4);
        writer.remove(&key(1)).unwrap();
        writer.commit(Fsync).unwrap();
        assert_eq!(writer.compact().unwrap().segments, 5);
        drop(writer);
        assert!(reader.refresh().unwrap());
        assert_eq!(contents(&reader).len(), 3);
        assert_eq!(reader.stats().segments, 1);
        are_as_they_were(&elsewhere, &files);
        let links = fs::read_dir(&store)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_symlink());
        assert_eq!(links.count(), 1, "STORE alone is one still");
    }
}

/// A merge of a single segment gets its name, and a repair and a foreign segment's new name move links.
#[test]
fn a_link_that_is_replaced_or_renamed_leaves_what_it_leads_to() {
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    let writer = Writer::open(at("store"), Options::default()).unwrap();
    writer.put(&key(1), &noise(1, 500)).unwrap();
    writer.put(&key(1), &noise(2, 500)).unwrap();
    writer.commit(Fsync).unwrap();
    drop(writer);
    let files = replace_by_links(&at("store"), &at("elsewhere"));
    let writer = Writer::open(at("store"), Options::default()).unwrap();
    assert_eq!(writer.compact().unwrap().segments, 1);
    drop(writer);
    are_as_they_were(&at("elsewhere"), &files);

    fill(&at("other"));
    let others = replace_by_links(&at("other"), &at("others"));
    let foreign = "0000000000000002-0000000000000002.durable.seg";
    symlink(at("others").join(foreign), at("store").join(foreign)).unwrap();
    let done = repair(at("store"), Options::default()).unwrap();
    assert_eq!((done.records, done.lost[0].fault), (1, Fault::Foreign));
    assert_eq!(done.set_aside, [at("store").join(format!("{foreign}.foreign"))]);
    assert_eq!(fs::read(&done.set_aside[0]).unwrap(), others[foreign]);
    are_as_they_were(&at("others"), &others);
}

#[test]
fn a_link_that_leads_nowhere_is_a_missing_segment() {
    let temporary = tempfile::tempdir().unwrap();
    let (store, elsewhere) = (temporary.path().join("store"), temporary.path().join("elsewhere"));
    fill(&store);
    replace_by_links(&store, &elsewhere);
    fs::remove_file(elsewhere.join("0000000000000001-0000000000000001.durable.seg")).unwrap();
    let reader = Reader::open(&store, Options::default()).unwrap();
    assert_eq!((reader.stats().gaps, reader.stats().segments), (1, 2));
    assert!(reader.get(&key(1)).is_err());
    assert_eq!(*reader.get(&key(3)).unwrap().unwrap(), *noise(3, 500));
}
