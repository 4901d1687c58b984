//! Writes the seeds of the fuzz targets anew: `cargo run -p cst-frozen --example fuzz-seeds`.

use std::{error::Error, fs, path::Path, sync::Arc};

use cst_frozen::{Durability, Options, Writer, testkit::Disk};

fn main() -> Result<(), Box<dyn Error>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for target in ["open", "operations"] {
        fs::create_dir_all(seeds.join(target))?;
    }
    segments(&seeds.join("open"))?;
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
    commit("few", &[(1, Some(b"one")), (2, Some(&[7; 40])), (3, Some(b""))], Durability::Fsync)?;
    commit("buffered", &[(1, Some(b"another")), (3, None), (4, Some(&[0; 16]))], Durability::Buffered)?;
    commit("overridden", &[(5, Some(b"5")), (5, Some(b"five")), (5, None)], Durability::Fsync)?;
    let many: Vec<(u8, Option<&[u8]>)> = (10..40).map(|key| (key, Some(&b"many"[..]))).collect();
    commit("many", &many, Durability::Fsync)?;
    commit("same", &[(50, Some(&[9; 70])), (51, Some(&[9; 70])), (52, Some(&[8; 70]))], Durability::Fsync)?;
    writer.compact()?;
    keep(&disk, &folder.join("compacted"))
}

/// Writes the newest segment of the disk to a file.
fn keep(disk: &Disk, path: &Path) -> Result<(), Box<dyn Error>> {
    let newest = disk.names().into_iter().rfind(|name| name.ends_with(".seg")).ok_or("no segment")?;
    fs::write(path, disk.contents(&newest).ok_or("no such file")?)?;
    Ok(())
}
