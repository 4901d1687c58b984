//! Writes the seeds of the fuzz targets anew: `cargo run -p cst-frozen --example fuzz-seeds`.

use std::{error::Error, fs, path::Path, sync::Arc};

use cst_frozen::{Durability, Key, Options, Pack, Writer, testkit::Disk};

#[path = "../tests/fuzz/targets/segment.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "the tests use all of it")]
mod segment;

fn main() -> Result<(), Box<dyn Error>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for target in ["open", "operations", "pack", "record"] {
        fs::create_dir_all(seeds.join(target))?;
    }
    segments(&seeds.join("open"))?;
    packs(&seeds.join("pack"))?;
    records(&seeds.join("record"))?;
    // When the disk fails and how, twice; what survives; operations. See `tests/fuzz/targets/operations.rs`.
    let work: [u8; 24] = [4, 1, 1, 40, 2, 0, 0, 2, 1, 255, 3, 20, 6, 1, 5, 7, 1, 0, 4, 200, 3, 0, 5, 9];
    for (name, head) in [
        ("nothing_fails", [0, 0, 0, 0, 0]),
        ("crash_names", [20, 3, 0, 0, 2]),
        ("crash_some", [30, 3, 0, 0, 77]),
        ("full_then_crash", [12, 1, 33, 3, 3]),
        ("error_then_crash", [25, 0, 40, 3, 1]),
    ] {
        fs::write(seeds.join("operations").join(name), [&head[..], &work, &work].concat())?;
    }
    // A commit, a backup, a commit, back, a commit, back again.
    let restores: [u8; 15] = [3, 0, 1, 40, 249, 3, 0, 2, 50, 253, 0, 0, 1, 20, 253];
    for (name, head) in [("backup_and_restore", [0, 0, 0, 0, 0]), ("restore_then_crash", [45, 3, 0, 0, 2])] {
        fs::write(seeds.join("operations").join(name), [&head[..], &restores].concat())?;
    }
    println!("{}", seeds.display());
    Ok(())
}

/// Segments of a few records, of many, of tombstones, and one that compaction made.
fn segments(folder: &Path) -> Result<(), Box<dyn Error>> {
    let disk = Disk::new();
    let writer = Writer::open_on(Arc::new(disk.clone()), Options::default())?;
    let commit = |name: &str, records: &[(u8, Option<&[u8]>)], durability| {
        for (key, value) in records {
            match value {
                Some(value) => writer.put(&[*key; 32], value)?,
                None => writer.remove(&[*key; 32])?,
            }
        }
        writer.commit(durability)?;
        keep(&disk, &folder.join(name))
    };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for (fixture, seed) in [
        ("version-1.seg", "version_1"),
        ("version-2/0000000000000001-0000000000000001.durable.seg", "version_2"),
    ] {
        fs::copy(fixtures.join(fixture), folder.join(seed))?;
    }
    commit("few", &[(1, Some(b"one")), (2, Some(&[7; 40])), (3, Some(b""))], Durability::Fsync)?;
    commit("buffered", &[(1, Some(b"another")), (3, None), (4, Some(&[0; 16]))], Durability::Buffered)?;
    commit("overridden", &[(5, Some(b"5")), (5, Some(b"five")), (5, None)], Durability::Fsync)?;
    let many: Vec<(u8, Option<&[u8]>)> = (10..40).map(|key| (key, Some(&b"many"[..]))).collect();
    commit("many", &many, Durability::Fsync)?;
    commit("same", &[(50, Some(&[9; 70])), (51, Some(&[9; 70])), (52, Some(&[8; 70]))], Durability::Fsync)?;
    writer.compact()?;
    keep(&disk, &folder.join("compacted"))
}

/// Writes the newest segment of the disk to a file, with numbers that are not drawn.
fn keep(disk: &Disk, path: &Path) -> Result<(), Box<dyn Error>> {
    let newest = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).ok_or("no segment")?;
    let mut bytes = disk.contents(&newest).ok_or("no such file")?;
    segment::put(&mut bytes, 32, 0x51d7);
    segment::put(&mut bytes, 40, 0x0dd_ba11);
    segment::mend(&mut bytes);
    fs::write(path, bytes)?;
    Ok(())
}

/// Packs of nothing, of a few records, and of some that are the same.
fn packs(folder: &Path) -> Result<(), Box<dyn Error>> {
    let record = |key: u8, value: &[u8]| ([key; 32], value.to_vec());
    Pack::write(folder.join("empty"), b"", Vec::<(Key, Vec<u8>)>::new())?;
    Pack::write(
        folder.join("few"),
        b"a caller's header",
        vec![record(1, b"one"), record(2, &[7; 40]), record(3, b"")],
    )?;
    let same = (1..9).map(|key| record(key, b"the same in all of them")).collect();
    Pack::write(folder.join("same"), &[0xff; 16], same)?;
    Ok(())
}

/// Record headers as they lie in a segment, with payloads; sums are made to match by the target.
fn records(folder: &Path) -> Result<(), Box<dyn Error>> {
    let record = |kind: u8, key: u8, body: &[u8], len: u8| {
        let mut bytes = vec![0; 64];
        // The target takes the kind modulo three, plus one.
        bytes[16] = len;
        bytes[20] = kind - 1;
        bytes[24] = 1;
        bytes[32..].fill(key);
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(16), 0);
        bytes
    };
    let put = |key: u8, body: &[u8]| record(1, key, body, u8::try_from(body.len()).unwrap_or(u8::MAX));
    let same = |key: u8, place: u8| record(3, key, &[place, 0, 0, 0, 0, 0, 0, 0, 0], 0);
    let remove = |key: u8| record(2, key, &[], 0);
    for (name, records) in [
        ("puts", vec![put(1, b"one"), put(2, &[3; 40]), put(1, b"one again"), put(3, b"")]),
        (
            "removals",
            vec![put(1, b"one"), remove(1), put(2, b"two"), remove(3), put(4, b"four"), put(5, b"five")],
        ),
        ("same", vec![put(1, &[9; 30]), same(2, 0), same(3, 0), put(4, b"four"), same(5, 0)]),
        ("nowhere", vec![put(1, &[9; 30]), same(2, 200), put(3, b"three"), put(4, b"four"), same(5, 96)]),
    ] {
        fs::write(folder.join(name), records.concat())?;
    }
    Ok(())
}
