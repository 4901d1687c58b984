//! Writes the stores of `tests/fixtures` anew, sound ones and damaged ones: `cargo run -p cst-frozen --example bless-fixtures`.
//!
//! What is found in each stands in `tests/fixtures/README.md`, which is written by hand.

use std::{collections::BTreeMap, error::Error, fs, path::Path, sync::Arc};

use cst_frozen::{
    Durability::{self, Buffered, Fsync},
    Options, Writer,
    testkit::Disk,
};
use xxhash_rust::xxh3::xxh3_64;

#[path = "../tests/fuzz/targets/segment.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "the tests use all of it")]
mod segment;

const FIRST: &str = "0000000000000001-0000000000000001.durable.seg";
const SECOND: &str = "0000000000000002-0000000000000002.durable.seg";
const THIRD: &str = "0000000000000003-0000000000000003.seg";
const FOURTH: &str = "0000000000000004-0000000000000004.durable.seg";
const EARLIER: &str = "0000000000000001-0000000000000001.seg";

/// The files of a store.
type Files = BTreeMap<String, Vec<u8>>;
/// What is done to the bytes of a file, of which the footer has this length.
type Damage = fn(&mut Vec<u8>, usize);
/// A record that is put, or one that is removed.
type Change = (u8, Option<&'static [u8]>);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    // What earlier releases wrote stays as it is.
    let version_1 = Files::from([(EARLIER.to_owned(), fs::read(folder.join("version-1.seg"))?)]);
    let version_2 = read(&folder.join("version-2"))?;
    let version_3 = present(0x51d7)?;
    keep(&folder, "version-3", &version_3)?;
    for (version, sound, footer) in [("version-2", &version_2, 96), ("version-3", &version_3, 112)] {
        damaged(&folder, version, sound, footer)?;
    }
    beside_another_store(&folder, &version_3)?;

    keep(&folder, "version-1", &version_1)?;
    for (name, damage) in EARLIER_DAMAGES {
        let mut files = version_1.clone();
        damage(files.get_mut(EARLIER).ok_or("no such segment")?, 96);
        keep(&folder, &format!("version-1-{name}"), &files)?;
    }
    let mut both = version_1;
    both.extend(version_2.clone().into_iter().filter(|(name, _)| name != FIRST));
    keep(&folder, "version-1-and-2", &both)?;
    let mut both = version_2;
    both.extend(version_3.into_iter().filter(|(name, _)| name != FIRST));
    keep(&folder, "version-2-and-3", &both)?;

    keep(&folder, "no-segments", &Files::from([("STORE".to_owned(), store(0x51d7))]))?;
    keep(&folder, "no-store", &Files::from([("notes.txt".to_owned(), b"somebody's own\n".to_vec())]))?;
    println!("{}", folder.display());
    Ok(())
}

/// All that is done to a sound store of a version, whose footers have this length.
fn damaged(folder: &Path, version: &str, sound: &Files, footer: usize) -> Result<(), Box<dyn Error>> {
    for (name, file, damage) in DAMAGES {
        let mut files = sound.clone();
        damage(files.get_mut(*file).ok_or("no such segment")?, footer);
        keep(folder, &format!("{version}-{name}"), &files)?;
    }
    let mut files = sound.clone();
    files.remove(FIRST);
    keep(folder, &format!("{version}-first-missing"), &files)?;
    let mut files = sound.clone();
    let (first, second) = (sound[FIRST].clone(), sound[SECOND].clone());
    files.insert(FIRST.to_owned(), second);
    files.insert(SECOND.to_owned(), first);
    keep(folder, &format!("{version}-exchanged"), &files)?;
    let mut files = sound.clone();
    for (name, text) in [
        ("pending-4711-0.tmp", "what a writer that was killed left"),
        (&format!("{SECOND}.damaged"), "what a repair has put aside"),
        ("notes.txt", "somebody's own"),
        ("9-9.seg", "a name that is none"),
    ] {
        files.insert(name.to_owned(), text.into());
    }
    keep(folder, &format!("{version}-beside-others"), &files)
}

/// Segments of another store in the folder, and a folder that does not say whose it is.
fn beside_another_store(folder: &Path, sound: &Files) -> Result<(), Box<dyn Error>> {
    let other = present(0x00d7_4e12)?;
    let mut files = sound.clone();
    files.remove("STORE");
    keep(folder, "version-3-without-its-number", &files)?;
    files.insert(FIRST.to_owned(), other[FIRST].clone());
    keep(folder, "version-3-of-two-stores", &files)?;
    let mut files = sound.clone();
    files.insert(FOURTH.to_owned(), other[FIRST].clone());
    keep(folder, "version-3-foreign-beside-its-own", &files)?;
    let mut files = sound.clone();
    files.insert(SECOND.to_owned(), other[SECOND].clone());
    keep(folder, "version-3-foreign-in-place-of-its-own", &files)?;
    let mut files = sound.clone();
    files.insert(SECOND.to_owned(), other[SECOND].clone());
    files.get_mut(SECOND).ok_or("no such segment")?[..64].fill(0);
    keep(folder, "version-3-foreign-and-damaged", &files)
}

/// What is damaged, in which file.
const DAMAGES: &[(&str, &str, Damage)] = &[
    ("header", SECOND, |bytes, _| bytes[20] ^= 1),
    ("header-of-zeros", SECOND, |bytes, _| bytes[..64].fill(0)),
    ("footer", SECOND, |bytes, _| flip_from_end(bytes, 10)),
    ("footer-of-zeros", SECOND, |bytes, footer| from_end(bytes, footer).fill(0)),
    ("header-and-footer", SECOND, |bytes, _| {
        bytes[20] ^= 1;
        flip_from_end(bytes, 60);
    }),
    ("index", SECOND, |bytes, footer| flip_from_end(bytes, footer + 30)),
    ("footer-and-index", SECOND, |bytes, footer| {
        flip_from_end(bytes, footer + 30);
        from_end(bytes, footer).fill(0);
    }),
    ("record-header", SECOND, |bytes, _| bytes[70] ^= 1),
    ("record-payload", SECOND, |bytes, _| bytes[128] ^= 0x20),
    ("payload-of-two-records", FIRST, |bytes, _| flip(bytes, b"shared by two")),
    ("index-and-record-header", SECOND, |bytes, footer| {
        bytes[70] ^= 1;
        flip_from_end(bytes, footer + 30);
    }),
    ("cut-in-the-footer", SECOND, |bytes, _| bytes.truncate(bytes.len() - 50)),
    ("cut-in-a-record", SECOND, |bytes, _| bytes.truncate(150)),
    ("empty-file", SECOND, |bytes, _| bytes.clear()),
    ("longer", SECOND, |bytes, _| bytes.extend([7; 1000])),
    ("other-file", SECOND, |bytes, _| *bytes = b"a text under the name of a segment\n".to_vec()),
    ("other-version", SECOND, |bytes, _| {
        bytes[8] = 9;
        let sum = xxh3_64(&bytes[..56]);
        bytes[56..64].copy_from_slice(&sum.to_le_bytes());
    }),
    ("unsynced-cut", THIRD, |bytes, _| bytes.truncate(100)),
    ("unsynced-header-and-footer", THIRD, |bytes, footer| {
        bytes[..64].fill(0);
        from_end(bytes, footer).fill(0);
    }),
    ("no-digits", "STORE", |bytes, _| *bytes = b"not what it says\n".to_vec()),
];

const EARLIER_DAMAGES: &[(&str, Damage)] = &[
    ("footer", |bytes, _| flip_from_end(bytes, 10)),
    ("record-payload", |bytes, _| bytes[130] ^= 1),
    ("cut", |bytes, _| bytes.truncate(200)),
];

/// A store of the present version: two commits that were synced, and one that was not. Numbers are not drawn: the fixtures are
/// the same each time.
fn present(number: u64) -> Result<Files, Box<dyn Error>> {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default())?;
    let commits: [(&[Change], Durability); 3] = [
        (
            &[
                (1, Some(b"one")),
                (2, Some(b"two")),
                (3, Some(b"shared by two")),
                (4, Some(b"four")),
                (5, Some(b"shared by two")),
            ],
            Fsync,
        ),
        (&[(1, Some(b"one again")), (2, None), (4, Some(b""))], Fsync),
        (&[(2, Some(b"two again")), (6, Some(b"six"))], Buffered),
    ];
    for (changes, durability) in commits {
        for (key, value) in changes {
            match value {
                Some(value) => writer.put(&[*key; 32], value)?,
                None => writer.remove(&[*key; 32])?,
            }
        }
        writer.commit(durability)?;
    }
    let mut files = Files::from([("STORE".to_owned(), store(number))]);
    for (name, own) in [FIRST, SECOND, THIRD].into_iter().zip(1..) {
        let mut bytes = disk.contents(name).ok_or("no such segment")?;
        segment::put(&mut bytes, 32, number);
        segment::put(&mut bytes, 40, number << 32 | own);
        segment::mend(&mut bytes);
        files.insert(name.to_owned(), bytes);
    }
    Ok(files)
}

fn store(number: u64) -> Vec<u8> {
    let said = format!("cst-frozen store {number:016x}");
    format!("{said} {:016x}\n", xxh3_64(said.as_bytes())).into_bytes()
}

/// The files of a store that is there.
fn read(store: &Path) -> Result<Files, Box<dyn Error>> {
    let mut files = Files::new();
    for entry in fs::read_dir(store)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
        files.insert(name.to_owned(), fs::read(&path)?);
    }
    Ok(files)
}

fn from_end(bytes: &mut [u8], len: usize) -> &mut [u8] {
    let start = bytes.len() - len;
    &mut bytes[start..]
}

fn flip_from_end(bytes: &mut [u8], back: usize) {
    from_end(bytes, back)[0] ^= 1;
}

/// Flips a bit of the first place where this text stands.
fn flip(bytes: &mut [u8], text: &[u8]) {
    if let Some(at) = bytes.windows(text.len()).position(|window| window == text) {
        bytes[at] ^= 0x20;
    }
}

/// Writes a store anew.
fn keep(folder: &Path, name: &str, files: &Files) -> Result<(), Box<dyn Error>> {
    let store = folder.join(name);
    match fs::remove_dir_all(&store) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&store)?,
    }
    for (file, bytes) in files {
        fs::write(store.join(file), bytes)?;
    }
    Ok(())
}
