//! Packs: written once, read anywhere, and never believed without a check.

use std::{collections::BTreeMap, fs, path::PathBuf};

use cst_frozen::{
    Durability::*,
    Key, Level, Options, PACK_VERSION, Pack, PackError, ReadError, WriteError, Writer,
    care::{import, unwatched},
};
use tempfile::TempDir;

use crate::support::{contents, key, noise};

const HEADER: &[u8] = b"what must match where it is used";

fn records() -> Vec<(Key, Vec<u8>)> {
    vec![(key(3), noise(3, 40)), (key(1), b"one".to_vec()), (key(2), Vec::new()), (key(4), noise(4, 16))]
}

fn pack(header: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trees.pack");
    let bytes = Pack::write(&file, header, records()).unwrap();
    assert_eq!(bytes, fs::metadata(&file).unwrap().len());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
    (folder, file)
}

#[test]
fn a_pack_holds_what_was_packed() {
    for header in [&b""[..], b"x", HEADER, &[7; 16], &noise(1, 5000)] {
        let (_folder, file) = pack(header);
        assert!(Pack::is_one(&file));
        for mmap in [true, false] {
            let pack = Pack::open(&file, Options::default().mmap(mmap)).unwrap();
            assert_eq!(pack.header(), header);
            let expected: BTreeMap<_, _> = records().into_iter().collect();
            assert_eq!(contents(pack.reader()), expected);
            assert_eq!(pack.reader().get(&key(3)).unwrap().unwrap().as_ptr() as usize % 16, 0);
            assert!(pack.reader().verify().is_sound());
            assert!(pack.reader().verify_to(Level::Deep(&|_, _| true)).is_sound());
            assert!(!pack.reader().refresh().unwrap());
            assert_eq!(pack.reader().stats().live_records, 4);
        }
    }
}

#[test]
fn the_same_records_make_the_same_bytes() {
    let (folder, file) = pack(HEADER);
    let other = folder.path().join("other");
    let mut shuffled = records();
    shuffled.reverse();
    // Of two records with one key, the last counts.
    shuffled.insert(0, (key(1), b"an older one".to_vec()));
    Pack::write(&other, HEADER, shuffled).unwrap();
    assert_eq!(fs::read(file).unwrap(), fs::read(other).unwrap());
}

#[test]
fn an_empty_pack_is_a_pack() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty");
    Pack::write(&file, HEADER, Vec::<(Key, Vec<u8>)>::new()).unwrap();
    assert!(contents(Pack::open(&file, Options::default()).unwrap().reader()).is_empty());
}

#[test]
fn a_pack_is_replaced_at_once_and_those_who_have_it_open_keep_it() {
    let (_folder, file) = pack(HEADER);
    let old = Pack::open(&file, Options::default()).unwrap();
    Pack::write(&file, b"new", vec![(key(1), b"new")]).unwrap();
    let new = Pack::open(&file, Options::default()).unwrap();
    assert_eq!((old.header(), new.header()), (HEADER, &b"new"[..]));
    assert_eq!((contents(old.reader()).len(), contents(new.reader()).len()), (4, 1));
}

#[test]
fn what_a_pack_holds_can_be_imported() {
    let (folder, file) = pack(HEADER);
    let store = Writer::open(folder.path().join("store"), Options::default()).unwrap();
    store.put(&key(1), b"mine").unwrap();
    store.commit(Buffered).unwrap();
    let pack = Pack::open(&file, Options::default()).unwrap();
    let imported =
        import(pack.reader(), &store, &mut |_, payload| !payload.is_empty(), &mut unwatched).unwrap();
    assert_eq!((imported.records, imported.present, imported.refused), (2, 1, 1));
    assert_eq!(contents(store.reader()).len(), 3);
}

/// Each bit flipped: an error when it is opened, or when the record is read, or nothing that matters; never other bytes.
#[test]
fn every_flipped_bit_of_a_pack_is_detected() {
    let (folder, file) = pack(HEADER);
    let pristine = fs::read(&file).unwrap();
    let expected: BTreeMap<_, _> = records().into_iter().collect();
    let damaged = folder.path().join("damaged");
    let (mut refused, mut served) = (0, 0);
    for bit in 0..pristine.len() * 8 {
        let mut bytes = pristine.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&damaged, &bytes).unwrap();
        let Ok(pack) = Pack::open(&damaged, Options::default().mmap(false)) else {
            refused += 1;
            continue;
        };
        served += 1;
        assert_eq!(pack.header(), HEADER, "bit {bit}");
        for (key, value) in &expected {
            match pack.reader().get(key) {
                Ok(Some(record)) => assert_eq!(*record, **value, "bit {bit}"),
                Ok(None) => panic!("bit {bit}: a record is missing without an error"),
                Err(ReadError::Corrupt { path, .. }) => assert_eq!(path, damaged, "the file is named"),
                Err(error) => panic!("{error}"),
            }
        }
        assert!(!pack.reader().verify().is_sound(), "bit {bit}");
    }
    println!("{} bits flipped: {refused} packs refused, {served} opened and found damaged", refused + served);
}

#[test]
fn every_truncation_and_extension_of_a_pack_is_refused() {
    let (folder, file) = pack(HEADER);
    let pristine = fs::read(&file).unwrap();
    let damaged = folder.path().join("damaged");
    let cuts = (0..pristine.len()).map(|len| pristine[..len].to_vec());
    let longer = [1, 16, 4096].map(|more| [pristine.clone(), vec![0; more]].concat());
    for bytes in cuts.chain(longer) {
        fs::write(&damaged, &bytes).unwrap();
        let error = Pack::open(&damaged, Options::default().mmap(false)).unwrap_err();
        let is_told = match error {
            PackError::NotAPack { .. } => bytes.len() < 8,
            PackError::Damaged { .. } => bytes.len() >= 8,
            _ => false,
        };
        assert!(is_told, "{} bytes: {error}", bytes.len());
    }
}

#[test]
fn what_is_no_pack_is_told_apart() {
    let (folder, file) = pack(HEADER);
    let mut bytes = fs::read(&file).unwrap();
    bytes[8] = 9;
    let sum = xxhash_rust::xxh3::xxh3_64(&bytes[..56]);
    bytes[56..64].copy_from_slice(&sum.to_le_bytes());
    fs::write(&file, &bytes).unwrap();
    let error = Pack::open(&file, Options::default()).unwrap_err();
    assert!(matches!(error, PackError::Version { found: 9, supported: PACK_VERSION, .. }), "{error}");
    assert!(error.to_string().contains("version 9"));

    let text = folder.path().join("text");
    fs::write(&text, "a text that is longer than a header would be, and no pack at all, whatever its name")
        .unwrap();
    let missing = folder.path().join("missing");
    for path in [text.as_path(), folder.path(), &missing, std::path::Path::new("/")] {
        assert!(!Pack::is_one(path));
        let error = Pack::open(path, Options::default()).unwrap_err();
        assert!(matches!(error, PackError::NotAPack { .. } | PackError::Io { .. }), "{error}");
    }
    let error = Pack::write(folder.path().join("no/such/folder"), HEADER, records()).unwrap_err();
    assert!(matches!(error, WriteError::Io { .. }), "{error}");
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_record_of_four_gigabytes_is_refused_and_the_pack_is_as_it_was() {
    let (_folder, file) = pack(HEADER);
    let before = fs::read(&file).unwrap();
    // Zero pages that are never touched.
    let error = Pack::write(&file, HEADER, vec![(key(1), vec![0; 1 << 32])]).unwrap_err();
    assert!(matches!(error, WriteError::TooLarge { bytes: 4_294_967_296, .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), before);
}
