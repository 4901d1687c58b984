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

const FIRST: &str = "0000000000000001-0000000000000001.durable.seg";
const SECOND: &str = "0000000000000002-0000000000000002.durable.seg";
const THIRD: &str = "0000000000000003-0000000000000003.seg";
const EARLIER: &str = "0000000000000001-0000000000000001.seg";

/// The files of a store.
type Files = BTreeMap<String, Vec<u8>>;
/// What is done to the bytes of a file.
type Damage = fn(&mut Vec<u8>);
/// A record that is put, or one that is removed.
type Change = (u8, Option<&'static [u8]>);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let present = present()?;
    keep(&folder, "version-2", &present)?;
    for (name, file, damage) in DAMAGES {
        let mut files = present.clone();
        damage(files.get_mut(*file).ok_or("no such segment")?);
        keep(&folder, &format!("version-2-{name}"), &files)?;
    }
    let mut files = present.clone();
    files.remove(FIRST);
    keep(&folder, "version-2-first-missing", &files)?;
    let mut files = present.clone();
    let (first, second) = (present[FIRST].clone(), present[SECOND].clone());
    files.insert(FIRST.to_owned(), second);
    files.insert(SECOND.to_owned(), first);
    keep(&folder, "version-2-exchanged", &files)?;
    let mut files = present.clone();
    for (name, text) in [
        ("pending-4711-0.tmp", "what a writer that was killed left"),
        (&format!("{SECOND}.damaged"), "what a repair has put aside"),
        ("notes.txt", "somebody's own"),
        ("9-9.seg", "a name that is none"),
    ] {
        files.insert(name.to_owned(), text.into());
    }
    keep(&folder, "version-2-beside-others", &files)?;

    let mut earlier = Files::from([(EARLIER.to_owned(), fs::read(folder.join("version-1.seg"))?)]);
    keep(&folder, "version-1", &earlier)?;
    for (name, damage) in EARLIER_DAMAGES {
        let mut files = earlier.clone();
        damage(files.get_mut(EARLIER).ok_or("no such segment")?);
        keep(&folder, &format!("version-1-{name}"), &files)?;
    }
    earlier.extend(present.into_iter().filter(|(name, _)| name != FIRST));
    keep(&folder, "version-1-and-2", &earlier)?;

    keep(&folder, "no-segments", &Files::from([("STORE".to_owned(), store())]))?;
    keep(&folder, "no-store", &Files::from([("notes.txt".to_owned(), b"somebody's own\n".to_vec())]))?;
    println!("{}", folder.display());
    Ok(())
}

/// What is damaged, in which file.
const DAMAGES: &[(&str, &str, Damage)] = &[
    ("header", SECOND, |bytes| bytes[20] ^= 1),
    ("header-of-zeros", SECOND, |bytes| bytes[..64].fill(0)),
    ("footer", SECOND, |bytes| flip_from_end(bytes, 10)),
    ("footer-of-zeros", SECOND, |bytes| from_end(bytes, 96).fill(0)),
    ("header-and-footer", SECOND, |bytes| {
        bytes[20] ^= 1;
        flip_from_end(bytes, 60);
    }),
    ("index", SECOND, |bytes| flip_from_end(bytes, 96 + 30)),
    ("footer-and-index", SECOND, |bytes| {
        flip_from_end(bytes, 96 + 30);
        from_end(bytes, 96).fill(0);
    }),
    ("record-header", SECOND, |bytes| bytes[70] ^= 1),
    ("record-payload", SECOND, |bytes| bytes[128] ^= 0x20),
    ("payload-of-two-records", FIRST, |bytes| flip(bytes, b"shared by two")),
    ("index-and-record-header", SECOND, |bytes| {
        bytes[70] ^= 1;
        flip_from_end(bytes, 96 + 30);
    }),
    ("cut-in-the-footer", SECOND, |bytes| bytes.truncate(bytes.len() - 50)),
    ("cut-in-a-record", SECOND, |bytes| bytes.truncate(150)),
    ("empty-file", SECOND, Vec::clear),
    ("longer", SECOND, |bytes| bytes.extend([7; 1000])),
    ("other-file", SECOND, |bytes| *bytes = b"a text under the name of a segment\n".to_vec()),
    ("other-version", SECOND, |bytes| {
        bytes[8] = 9;
        let sum = xxh3_64(&bytes[..56]);
        bytes[56..64].copy_from_slice(&sum.to_le_bytes());
    }),
    ("unsynced-cut", THIRD, |bytes| bytes.truncate(100)),
    ("unsynced-header-and-footer", THIRD, |bytes| {
        bytes[..64].fill(0);
        from_end(bytes, 96).fill(0);
    }),
    ("no-digits", "STORE", |bytes| *bytes = b"not what it says\n".to_vec()),
];

const EARLIER_DAMAGES: &[(&str, Damage)] = &[
    ("footer", |bytes| flip_from_end(bytes, 10)),
    ("record-payload", |bytes| bytes[130] ^= 1),
    ("cut", |bytes| bytes.truncate(200)),
];

/// A store of the present version: two commits that were synced, and one that was not.
fn present() -> Result<Files, Box<dyn Error>> {
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
    let mut files = Files::from([("STORE".to_owned(), store())]);
    for name in [FIRST, SECOND, THIRD] {
        files.insert(name.to_owned(), disk.contents(name).ok_or("no such segment")?);
    }
    Ok(files)
}

/// Digits that are not drawn: the fixtures are the same each time.
fn store() -> Vec<u8> {
    b"cst-frozen store 00000000000051d7\n".to_vec()
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
